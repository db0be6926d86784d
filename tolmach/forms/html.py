"""The forms of HTML: fragments with other words in place, and articles found in pages."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from tolmach.document import Action, Article, Kind, TargetBlock
from tolmach.forms.splice import Code, SpliceForm, marked_up

__all__ = ["HtmlForm", "Line", "PageForm"]

_UTF8: Final = "utf-8"
# what a heading of an article is, whatever the page took for it
_TAGS: Final[Mapping[Kind, str]] = {Kind.TITLE: "h1", Kind.LEAD: "p", Kind.CAPTION: "p"}
_HEADINGS: Final = frozenset(("h3", "h4", "h5", "h6"))
_STYLE: Final = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.6 Georgia,serif}"
    "h1,h2,h3{line-height:1.25}.caption,.credit{font-size:.9em;color:#555}.lead{font-weight:bold}"
    "table{border-collapse:collapse}td{border:1px solid #999;padding:.2rem .5rem}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}a{color:#9cf}"
    ".caption,.credit{color:#aaa}}"
)


class HtmlForm(SpliceForm):
    """HTML whose markup stays as it is; a :class:`tolmach.document.Form`."""

    def escape(self, text: str) -> str:
        """Return a text as it is written between tags."""
        return escape(text, quote=False)

    def encode(self, text: str) -> bytes:
        """Return the file in its encoding; letters that it lacks become references."""
        encoding = self.raw.encoding
        start = codecs.BOM_UTF8 if self.raw.data.startswith(codecs.BOM_UTF8) else b""
        if encoding.lower().startswith(("utf-16", "utf-32")):
            return self.raw.encode(text)
        return start + text.encode(encoding, "xmlcharrefreplace")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an article that was found in a page.

    Attributes:
        tag: the element it is; empty for what is alone in the cell that ``before`` opens.
        before: markup that opens what it is the first line of, such as a list.
        after: markup that closes what it is the last line of.
    """

    tag: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class PageForm:
    """A small page with nothing but the article; a :class:`tolmach.document.Form`.

    Attributes:
        lines: by the place in the document's text at which they begin.
        codes: what the marks are, by key.
        suffix: ``.html``.
    """

    lines: Mapping[int, Line]
    codes: Mapping[str, Code]
    suffix: str = ".html"

    def render(self, article: Article) -> bytes:
        """Return the page.

        Args:
            article: with the marks in their places.
        """
        body = "".join(self._body(article))
        head = (
            f'<!doctype html>\n<html lang="{escape(article.to)}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(article.title or article.document.name, quote=False)}</title>\n"
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<article>\n"
        )
        return f"{head}{body}</article>\n</body>\n</html>\n".encode(_UTF8, "replace")

    def _body(self, article: Article) -> Iterator[str]:
        starts = sorted(self.lines)
        position = 0
        for block in article.blocks:
            # what the cleaner has joined to other lines leaves its markup, so that it is in pairs
            end = bisect_left(starts, block.span.start)
            yield from self._markup(starts[position:end])
            position = bisect_left(starts, block.span.end)
            line = self.lines.get(block.span.start, Line("p"))
            yield line.before
            if block.action is not Action.DROP and block.text.strip():
                yield self._element(block, line)
            elif not line.tag:  # by itself a figure looks like a counter of the page
                source = block.span.of(article.document.text)
                yield "" if any(map(str.isalpha, source)) else escape(source, quote=False)
            yield line.after
            inside = starts[end:position]
            yield from self._markup(start for start in inside if start != block.span.start)
        yield from self._markup(starts[position:])

    def _markup(self, starts: Iterable[int]) -> Iterator[str]:
        for start in starts:
            yield self.lines[start].before + self.lines[start].after

    def _element(self, block: TargetBlock, line: Line) -> str:
        tag = line.tag
        if tag == "p" or (tag in _HEADINGS and block.kind is Kind.TITLE):
            tag = _TAGS.get(block.kind, "h2" if block.kind is Kind.HEADING else "p")
        inner = "".join(marked_up(block, self.codes, lambda text: escape(text, quote=False)))
        if not tag:
            return inner
        plain = block.kind in {Kind.BODY, Kind.TITLE, Kind.HEADING} or tag != "p"
        label = "" if plain else f' class="{block.kind.value}"'
        return f"<{tag}{label}>{inner}</{tag}>\n"
