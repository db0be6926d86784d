"""Which of the texts of a saved page are its article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tolmach.readers.html_units import Found

__all__ = ["PREFIX", "chosen", "squeezed"]

PREFIX: Final = 24
"""So many characters of a paragraph tell it from others."""
# shorter ones may stand in menus as well
_LONG: Final = 40
# more texts than dates, names and captions do not stand between a title and its article
_BELOW_TITLE: Final = 6
# so many times more text than the extractor's stands elsewhere if it was mistaken
_MISSED: Final = 3
_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_STEM: Final = 5
_HEADINGS: Final = frozenset(("h2", "h3", "h4", "h5", "h6"))
_ENDED: Final = re.compile(r"[.!?…:;][»”\")]*\Z")


def squeezed(text: str) -> str:
    """Return a text without white space, of which extractors change what they like."""
    return _SPACE.sub("", text)


def chosen(found: Sequence[Found], known: frozenset[str]) -> list[Found]:
    """Return the article: all from its heading or first paragraph to its last one.

    Args:
        found: the texts of the page.
        known: the paragraphs that the extractor takes for the article, without white space, and
            their beginnings.
    """
    prose = _prose(found)

    def is_known(item: Found) -> bool:
        text = squeezed(item.unit.part.text)
        return text in known or (len(text) >= PREFIX and text[:PREFIX] in known)

    matched = [i for i, item in enumerate(found) if _tells(item) and is_known(item)]
    if _MISSED * _length(found, matched) < _length(found, prose):
        matched = prose  # the extractor was looking elsewhere
    if not matched or _is_index(found, matched):
        return []
    beside = _beside(found, matched)
    matched = [index for index in matched if index not in beside]
    first, last = matched[0], matched[-1]
    while last + 1 < len(found) and not found[last + 1].aside and is_known(found[last + 1]):
        last += 1  # what is too short to tell by itself, such as cells
    title = _title(found, first, beside)
    teasers = _lists_of_links(found)
    inside = [
        item
        for index, item in enumerate(found[: last + 1])
        if index >= (first if title is None else title)
        and item.tag != "title"
        and (index == title or index not in beside)
        and (index <= first or not _leads_away(item, is_known(item), item.group in teasers))
        and (not item.aside or is_known(item))
    ]
    if title is None:
        inside[:0] = [item for item in found[:first] if item.tag == "title"][:1]
    return inside


def _tells(item: Found) -> bool:
    """Whether a text is long enough to be told from others, and no link to another article."""
    is_teaser = item.linked and not _ENDED.search(item.unit.part.text)
    is_long = len(item.unit.part.text) >= _LONG
    return is_long and not item.aside and item.tag != "title" and not is_teaser


def _prose(found: Sequence[Found]) -> list[int]:
    """Return the longest run of paragraphs with hardly anything between them."""
    runs: list[list[int]] = [[]]
    for index, item in enumerate(found):
        is_sentence = bool(_ENDED.search(item.unit.part.text)) and not item.beside
        if item.linked or (runs[-1] and index - runs[-1][-1] > _BELOW_TITLE):
            runs.append([])
        elif _tells(item) and is_sentence:
            runs[-1].append(index)
    longest = max(runs, key=lambda run: _length(found, run))
    return longest if len(longest) > 1 else []


def _length(found: Sequence[Found], indexes: Sequence[int]) -> int:
    return sum(len(found[index].unit.part.text) for index in indexes)


def _leads_away(item: Found, known: bool, listed: bool) -> bool:
    """Whether a text below the first paragraph is nothing but a link to something else."""
    if not item.linked:
        return False
    is_sentence = item.tag in _HEADINGS or bool(_ENDED.search(item.unit.part.text))
    return not known or listed or not is_sentence


def _lists_of_links(found: Sequence[Found]) -> frozenset[int]:
    """Return the lists that consist of several links and nothing else."""
    sizes: dict[int, int] = {}
    others: set[int] = set()
    for item in found:
        if item.tag == "li" and item.linked:
            sizes[item.group] = sizes.get(item.group, 0) + 1
        else:
            others.add(item.group)
    return frozenset(group for group, size in sizes.items() if size > 1) - others


def _beside(found: Sequence[Found], matched: Sequence[int]) -> frozenset[int]:
    """Return what the names of its places put beside the article.

    If that is most of what the extractor has found, the names mean something else.
    """
    if 2 * _length(found, [i for i in matched if found[i].beside]) > _length(found, matched):
        return frozenset()
    return frozenset(index for index, item in enumerate(found) if item.beside)


def _is_index(found: Sequence[Found], matched: Sequence[int]) -> bool:
    """Whether the paragraphs belong to the links above them, each to another article."""
    led = sum(index > 0 and found[index - 1].linked for index in matched)
    return led > 1 and 3 * led >= 2 * len(matched)


def _title(found: Sequence[Found], first: int, beside: frozenset[int]) -> int | None:
    """Return the title of the article; None if it is only said in the head of the page."""
    above = [index for index in range(first + 1) if not found[index].aside]
    titles = [index for index in above if found[index].tag == "h1"]
    free = [index for index in titles if index not in beside]
    if free:
        return free[-1]
    headings = [
        index
        for index in above
        if found[index].tag in _HEADINGS and index not in beside and first - index <= _BELOW_TITLE
    ]
    said = " ".join(item.unit.part.text for item in found[:first] if item.tag == "title")
    wanted = _stems(said)
    for index in (*reversed(headings), *reversed(titles)):
        words = _stems(found[index].unit.part.text)
        # the head of a page may say no more than the name of the site
        if len(wanted) < len(words) or 2 * len(words & wanted) >= len(words) > 0:
            return index
    return None


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.casefold()))
