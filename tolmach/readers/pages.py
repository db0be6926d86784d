"""Saved web pages: where the article is in them.

The extractor `trafilatura <https://trafilatura.readthedocs.io>`_ says which paragraphs are the
article. What stands between the first and the last of them is kept for the cleaner, which knows
captions, credits and teasers, with the links and the emphasis of the page.
"""

from __future__ import annotations

import logging
import re
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
from tolmach.readers.html_cells import cells_of
from tolmach.readers.html_units import units_of
from tolmach.readers.page_choice import PREFIX, chosen, squeezed
from tolmach.readers.page_lines import are_cells, gaps_of, lines_of

__all__ = ["article_of"]

_TAG: Final = re.compile(r"<(/?)([A-Za-z][\w-]*)")
_HREF: Final = re.compile(
    r"\shref\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
_CANONICAL: Final = re.compile(r"<(?:link|meta)\s[^>]{0,500}>", re.IGNORECASE)
_BASE: Final = re.compile(
    r"<base\s(?:[^>]{0,500}\s)?href\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE
)
_CONTENT: Final = re.compile(
    r"\s(?:href|content)\s{0,9}=\s{0,9}[\"']([^\"']{1,2000})", re.IGNORECASE
)
_HEAD: Final = 65536
_KEPT: Final = frozenset((
    "abbr", "b", "cite", "del", "em", "i", "ins", "mark", "q", "s", "small", "strong", "sub",
    "sup", "u", "br",
))  # fmt: skip
_SAFE: Final = frozenset(("http", "https", "mailto", ""))


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
    article = chosen(found, _paragraphs(raw.text, shown=str(path or name)))
    if not article:
        return None
    base = _address(raw.text)
    texts: list[str] = []
    lines: dict[int, Line] = {}
    marks: list[Mark] = []
    codes: dict[str, Code] = {}
    length = 0
    written = lines_of(article, cells_of(raw.text))
    for item, line, gap in zip(article, written, gaps_of(article), strict=True):
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
        cells=frozenset(compress(lines, are_cells(article))),
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
    lines = [squeezed(cell) for cell in cells]
    return frozenset([*lines, *(line[:PREFIX] for line in lines if len(line) >= PREFIX)])


def _address(html: str) -> str:
    """Return what relative links start from, as the page says itself; empty if it does not."""
    said = _BASE.search(html, 0, _HEAD)
    if said is not None and _is_web(said[1]):
        return unescape(said[1])
    for found in _CANONICAL.finditer(html, 0, _HEAD):
        tag = found[0].lower()
        if "canonical" in tag or "og:url" in tag:
            place = _CONTENT.search(found[0])
            if place is not None and _is_web(place[1]):
                return unescape(place[1])
    return ""


def _is_web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in {"http", "https"}
    except ValueError:  # no address at all
        return False


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
