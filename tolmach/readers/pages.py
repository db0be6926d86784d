"""Saved web pages: where the article is in them.

The extractor `trafilatura <https://trafilatura.readthedocs.io>`_ says which paragraphs are the
article. What stands between the first and the last of them is kept for the cleaner, which knows
captions, credits and teasers, with the links and the emphasis of the page.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape, unescape
from itertools import compress
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin, urlsplit

from tolmach.document import Document, Mark
from tolmach.errors import InputError
from tolmach.forms.html import Line, PageForm
from tolmach.forms.raw import RawText
from tolmach.forms.splice import Code
from tolmach.markup import name_of
from tolmach.readers.html_units import Found, units_of

__all__ = ["article_of"]

# shorter ones may stand in menus as well
_LONG: Final = 40
_PREFIX: Final = 24
_LONGEST_CELL: Final = 80
_SPACE: Final = re.compile(r"\s+")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][\w-]*)")
_HREF: Final = re.compile(
    r"\shref\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
_CANONICAL: Final = re.compile(r"<(?:link|meta)\s[^>]{0,500}>", re.IGNORECASE)
_CONTENT: Final = re.compile(
    r"\s(?:href|content)\s{0,9}=\s{0,9}[\"']([^\"']{1,2000})", re.IGNORECASE
)
_HEAD: Final = 65536
_KEPT: Final = frozenset((
    "abbr", "b", "cite", "del", "em", "i", "ins", "mark", "q", "s", "small", "strong", "sub",
    "sup", "u", "br",
))  # fmt: skip
_SAFE: Final = frozenset(("http", "https", "mailto", ""))
_CONTAINERS: Final = {"li": "ul", "td": "table", "th": "table"}


def article_of(raw: RawText, *, name: str, path: Path | None) -> Document | None:
    """Return the article of a page, to be cleaned; None if there is none.

    Args:
        raw: the page.
        name: the name of the document.
        path: the file.

    Raises:
        InputError: the page is built in such a way that it cannot be looked through.
    """
    found = units_of(raw.text, figures=True)
    chosen = _chosen(found, _paragraphs(raw.text, shown=str(path or name)))
    if not chosen:
        return None
    base = _address(raw.text)
    texts: list[str] = []
    lines: dict[int, Line] = {}
    marks: list[Mark] = []
    codes: dict[str, Code] = {}
    length = 0
    for item, line, gap in zip(chosen, _lines(chosen), _gaps(chosen), strict=True):
        texts.append(gap)
        length += len(gap)
        lines[length] = line
        marks += (replace(m, span=m.span.shift(length)) for m in item.unit.part.marks)
        codes |= {key: _clean(code, base) for key, code in item.unit.codes.items()}
        texts.append(item.unit.part.text)
        length += len(item.unit.part.text)
    return Document(
        name=name,
        text="".join(texts) + "\n",
        path=path,
        encoding=raw.encoding,
        marks=tuple(marks),
        form=PageForm(MappingProxyType(lines), MappingProxyType(codes)),
        cells=frozenset(compress(lines, _are_cells(chosen))),
    )


def _paragraphs(html: str, *, shown: str) -> frozenset[str]:
    """Return the paragraphs of the article, without white space, and their beginnings."""
    import trafilatura

    # it tells its own log what it does not like about a page
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(html, favor_recall=True, include_comments=False)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown}: this page cannot be looked through ({error})") from error
    cells = [cell for line in (text or "").splitlines() for cell in line.lstrip("-# ").split("|")]
    lines = [_SPACE.sub("", cell) for cell in cells]
    return frozenset([*lines, *(line[:_PREFIX] for line in lines if len(line) >= _PREFIX)])


def _chosen(found: Sequence[Found], known: frozenset[str]) -> list[Found]:
    """Return the article: all from its heading or first paragraph to its last one."""

    def is_known(item: Found) -> bool:
        text = _SPACE.sub("", item.unit.part.text)
        return text in known or (len(text) >= _PREFIX and text[:_PREFIX] in known)

    matched = [
        index
        for index, item in enumerate(found)
        if not item.aside
        and item.tag != "title"
        and len(item.unit.part.text) >= _LONG
        and is_known(item)
    ]
    if not matched:
        return []
    first, last = matched[0], matched[-1]
    while last + 1 < len(found) and not found[last + 1].aside and is_known(found[last + 1]):
        last += 1  # what is too short to tell by itself, such as cells
    titles = [i for i, item in enumerate(found[: first + 1]) if item.tag == "h1"]
    inside = [
        item
        for index, item in enumerate(found[: last + 1])
        if index >= (titles[-1] if titles else first)
        and item.tag != "title"
        # below the first paragraph, what is nothing but a link leads to something else
        and (is_known(item) or not (item.aside or (index > first and _is_link(item))))
    ]
    if not any(item.tag == "h1" for item in inside):
        inside[:0] = [item for item in found[:first] if item.tag == "title"][:1]
    return inside


def _is_link(item: Found) -> bool:
    """Whether all of a text is a link, or several."""
    part = item.unit.part
    linked = sum(len(mark.span) for mark in part.marks if name_of(mark.key) == "link")
    return linked >= len(part.text.replace(" ", ""))


def _gaps(chosen: Sequence[Found]) -> Iterator[str]:
    """Yield what stands before each text."""
    before: Found | None = None
    for item in chosen:
        near = before is not None and item.group >= 0 and item.group == before.group
        yield "" if before is None else "\n" if near else "\n\n"
        before = item


def _lines(chosen: Sequence[Found]) -> Iterator[Line]:
    """Yield for each text the element it is, with the lists and tables that begin and end."""
    for index, item in enumerate(chosen):
        before = chosen[index - 1] if index else None
        after = chosen[index + 1] if index + 1 < len(chosen) else None
        opening, closing = "", ""
        around = _CONTAINERS.get(item.tag)
        if around is not None:
            if not _together(before, item):
                opening += f"<{around}>\n"
            if around == "table" and not (_together(before, item) and _in_row(before, item)):
                opening += "<tr>"
            if around == "table" and not (_together(item, after) and _in_row(item, after)):
                closing += "</tr>\n"
            if not _together(item, after):
                closing += f"</{around}>\n"
        yield Line(_element(item.tag), opening, closing)


def _are_cells(chosen: Sequence[Found]) -> list[bool]:
    """Tell which texts are cells; in a table that only lays out a page nothing is."""
    sizes: dict[int, int] = {}
    counts: dict[int, int] = {}
    for item in chosen:
        sizes[item.row] = max(sizes.get(item.row, 0), len(item.unit.part.text))
        counts[item.row] = counts.get(item.row, 0) + 1
    return [
        item.row >= 0 and counts[item.row] > 1 and sizes[item.row] <= _LONGEST_CELL
        for item in chosen
    ]


def _element(tag: str) -> str:
    if tag in {"li", "td", "th", "blockquote"}:
        return tag
    # the cleaner says what is the title; headings keep their level below it
    return tag if tag in {"h3", "h4", "h5", "h6"} else "p"


def _together(one: Found | None, other: Found | None) -> bool:
    if one is None or other is None or one.group != other.group:
        return False
    return _CONTAINERS.get(one.tag) == _CONTAINERS.get(other.tag)


def _in_row(one: Found | None, other: Found | None) -> bool:
    return one is not None and other is not None and one.row == other.row


def _address(html: str) -> str:
    """Return where the page comes from, as it says itself; empty if it does not."""
    for found in _CANONICAL.finditer(html, 0, _HEAD):
        tag = found[0].lower()
        if "canonical" in tag or "og:url" in tag:
            place = _CONTENT.search(found[0])
            if place is not None and urlsplit(place[1]).scheme in {"http", "https"}:
                return unescape(place[1])
    return ""


def _clean(code: Code, base: str) -> Code:
    """Return markup without anything that loads, runs or styles."""
    found = _TAG.match(code.before)
    name = found[2].lower() if found else ""
    if code.shown is not None:
        return Code(f"<code>{escape(code.shown, quote=False)}</code>", shown=code.shown)
    if name == "a":
        address = _link(code.before, base)
        return Code(f'<a href="{escape(address)}">', "</a>") if address else Code("")
    if name == "br":
        return Code("<br>")
    return Code(f"<{name}>", f"</{name}>") if name in _KEPT else Code("")


def _link(tag: str, base: str) -> str:
    found = _HREF.search(tag)
    if found is None:
        return ""
    address = unescape(next(filter(None, found.groups()), "")).strip()
    try:
        joined = urljoin(base, address) if base else address
        return joined if urlsplit(joined).scheme.lower() in _SAFE else ""
    except ValueError:  # no address at all
        return ""
