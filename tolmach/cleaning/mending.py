"""Which lines are one sentence that a stray line end broke.

Copying from a page or a PDF leaves line ends inside sentences. Two neighbouring lines are taken
for one when the first does not finish a sentence and the second goes on in lower case, when the
first ends in a word or a mark that cannot end a sentence, or when the whole page is visibly
wrapped at one width.
"""

from __future__ import annotations

from collections.abc import Sequence

from tolmach.cleaning import patterns as p
from tolmach.cleaning.lines import Shape, Unit, final_mark, shape_of
from tolmach.cleaning.profiles import SiteProfile

__all__ = ["units_of"]

_LEADERS = frozenset(
    [
        "в",
        "во",
        "на",
        "с",
        "со",
        "к",
        "ко",
        "о",
        "об",
        "от",
        "до",
        "из",
        "у",
        "по",
        "за",
        "для",
        "при",
        "без",
        "под",
        "над",
        "перед",
        "через",
        "между",
        "про",
        "и",
        "или",
        "а",
        "но",
        "что",
        "чтобы",
        "как",
        "не",
        "ни",
        "же",
        "его",
        "её",
        "их",
    ]
)
_LOOSE = frozenset({Shape.TEXT, Shape.TITLE, Shape.SHORT, Shape.QUESTION})
_SHORTEST = 25  # a broken sentence of news text is longer than a menu entry
_SHORTEST_APART = 40  # and than many a title, where a blank line stands between
_WIDEST = 140  # characters; wider columns are not wrapping but paragraphs
_FEWEST = 5  # lines that a page must have before a common width means anything


def units_of(
    lines: Sequence[str], *, profile: SiteProfile | None = None, mend: bool = True
) -> tuple[Unit, ...]:
    """Group the non-blank lines of a page into units.

    Args:
        lines: the physical lines of the page, without line ends.
        profile: what is known about the site.
        mend: whether broken sentences become one unit; otherwise each line is one.

    Returns:
        The units in order; blank lines belong to none.
    """
    stripped = [line.strip() for line in lines]
    filled = [index for index, line in enumerate(stripped) if line]
    shapes = {index: shape_of(stripped[index]) for index in filled}
    width = _wrap_width(stripped, filled) if mend else 0
    groups: list[list[int]] = []
    for index in filled:
        previous = groups[-1][-1] if groups else -1
        if (
            mend
            and groups
            and index - previous <= 2
            and shapes[previous] in _LOOSE
            and shapes[index] in _LOOSE | {Shape.CAPTION}
            and not _known(stripped[previous], profile)
            and not _known(stripped[index], profile)
            and _goes_on(stripped[previous], stripped[index], groups[-1], stripped, width)
        ):
            groups[-1].append(index)
        else:
            groups.append([index])
    return tuple(_unit(group, groups[at - 1][-1] if at else -1, stripped, shapes, profile)
                 for at, group in enumerate(groups))  # fmt: skip


def _known(line: str, profile: SiteProfile | None) -> bool:
    return profile is not None and (profile.kind_of(line) is not None or profile.cuts(line))


def _unit(
    group: Sequence[int],
    before: int,
    stripped: Sequence[str],
    shapes: dict[int, Shape],
    profile: SiteProfile | None,
) -> Unit:
    text = " ".join(stripped[index] for index in group)
    return Unit(
        first=group[0],
        last=group[-1],
        text=text,
        shape=shapes[group[0]] if len(group) == 1 else shape_of(text),
        gap=group[0] - before - 1,
        forced=profile.kind_of(text) if profile else None,
        cut=profile.cuts(text) if profile else False,
    )


def _goes_on(
    first: str, second: str, group: Sequence[int], stripped: Sequence[str], width: int
) -> bool:
    """Say whether ``second`` continues the sentence of ``first``."""
    if second[0] in ",.;:!?)»" and len(second) > 1 and second[1:2] != second[0]:
        return True  # links of a page often come out as lines of their own
    if final_mark(first) or first.endswith("/"):
        return False
    if len(first) > 3 and first[-1] in "-\u00ad" and first[-2].isalpha():
        return _starts_low(second)
    opened = stripped[group[0]]
    # A list of tags or menu entries in lower case is not a sentence.
    if len(group) == 1 and (_starts_low(opened) or len(first) < _SHORTEST):
        return False
    adjacent = group[-1] + 1 < len(stripped) and bool(stripped[group[-1] + 1])
    if len(group) == 1 and not adjacent and len(first) < _SHORTEST_APART:
        return False
    if _starts_low(second):
        return True
    if first.endswith(",") or first.split()[-1].lower() in _LEADERS:
        return second[0].isalnum() or second[0] in '«“"(№'
    return bool(width) and adjacent and len(first) >= 0.75 * width and second[0] not in "-–—•"


def _starts_low(line: str) -> bool:
    """Say whether a line starts like the middle of a Russian sentence."""
    head = line.lstrip('«“"(')[:1]
    # Latin lower case starts brand names and addresses; Cyrillic lower case starts nothing.
    return head.islower() and ("а" <= head <= "я" or head == "ё") and not _list_item(line)


def _list_item(line: str) -> bool:
    return len(line) > 1 and line[1] in ").;" and not line.startswith(("г.", "т."))


def _wrap_width(stripped: Sequence[str], filled: Sequence[int]) -> int:
    """Return the width at which the page was wrapped, 0 if it was not."""
    # Menu entries and dates are short whether or not the paragraphs are wrapped.
    inner = [
        i
        for i in filled
        if i + 1 < len(stripped) and stripped[i + 1] and len(stripped[i]) >= _SHORTEST_APART
    ]
    if len(inner) < _FEWEST:
        return 0
    lengths = sorted(len(stripped[index]) for index in inner)
    width = lengths[int(0.9 * (len(lengths) - 1))]
    broken = sum(_starts_low(stripped[i + 1]) and not final_mark(stripped[i]) for i in inner)
    open_ended = sum(not final_mark(stripped[i]) for i in inner)
    common = width <= _WIDEST and broken * 5 >= 2 * len(inner) and open_ended * 2 >= len(inner)
    return width if common and width <= p.LONGEST else 0
