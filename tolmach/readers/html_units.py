"""What can be translated in HTML: runs of text and inline markup, between other elements."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from html import unescape
from itertools import accumulate
from typing import Final

from tolmach.document import Kind, Span
from tolmach.forms.html_tokens import Shape, Token, tokens
from tolmach.forms.splice import Chars, Ends, Opens, Piece, Unit, unit_of
from tolmach.readers.html_places import WHOLE, is_beside, is_comments

__all__ = ["Found", "units_of"]

# https://html.spec.whatwg.org/#phrasing-content, without what holds no words of the sentence
_INLINE: Final = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font",
    "i", "ins", "label", "mark", "nobr", "q", "ruby", "s", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u",
))  # fmt: skip
_POINTS: Final = frozenset(("br", "img", "wbr"))
# what is in them stays as it is
_LITERAL: Final = frozenset(("code", "kbd", "samp", "var", "svg", "math"))
_SKIPPED: Final = frozenset((
    "script", "style", "pre", "template", "textarea", "iframe", "noembed", "noframes", "xmp",
    "object", "audio", "video", "canvas", "select", "noscript",
))  # fmt: skip
_KINDS: Final = {
    "title": Kind.TITLE,
    "h1": Kind.TITLE,
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), Kind.HEADING),
    "blockquote": Kind.QUOTE,
    "figcaption": Kind.CAPTION,
    "caption": Kind.CAPTION,
}
_NOT_TRANSLATED: Final = re.compile(r"\stranslate\s{0,9}=\s{0,9}[\"']?no\b", re.IGNORECASE)
_NAMES: Final = {"a": "link", "br": "break", "img": "image", "b": "bold", "strong": "bold"}
# of a text in several of these the innermost says what it is
_TELLING: Final = frozenset((
    "p", "div", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "title",
    "blockquote", "figcaption", "caption",
))  # fmt: skip
# which say nothing new inside of these
_PLAIN: Final = frozenset(("p", "div"))
_SPECIAL: Final = frozenset(("li", "td", "th", "blockquote", "figcaption", "caption"))
_GROUPS: Final = frozenset(("ul", "ol", "dl", "table"))
_LISTS: Final = frozenset(("ul", "ol"))
# https://html.spec.whatwg.org/#optional-tags: what ends where another one of these begins
_SIBLINGS: Final = {
    "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd"), "td": ("td", "th"), "th": ("td", "th"),
    "tr": ("td", "th", "tr"),
}  # fmt: skip
_ENDING_P: Final = frozenset((
    "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main",
    "menu", "nav", "ol", "p", "section", "table", "ul",
))  # fmt: skip
_EMPTY: Final = frozenset(("hr", "input", "link", "meta", "base", "col", "embed", "source"))
_ASIDE: Final = frozenset(("nav", "aside", "footer", "form", "button", "dialog", "menu"))
_ENDED: Final = re.compile(r"[.!?…:;»”]\s*\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """What can be translated, and where it was found.

    Attributes:
        unit: text and markup.
        tag: the innermost element that says what the text is, such as ``li``.
        group: where the list or table begins in the file that it belongs to; -1 for none.
        list: what kind of list that is, ``ul`` or ``ol``.
        row: where the row of the table begins.
        cell: where the cell begins.
        aside: whether it stands beside the content of the page, such as in a menu.
        beside: whether the name of its place says so, such as ``related-news``.
        linked: whether all of it is a link, or several.
    """

    unit: Unit
    tag: str = "p"
    group: int = -1
    list: str = "ul"
    row: int = -1
    cell: int = -1
    aside: bool = False
    beside: bool = False
    linked: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """An element that is open, and what it and those around it say of a text in it."""

    name: str = ""
    kind: Kind = Kind.BODY
    tag: str = "p"
    group: int = -1
    list: str = "ul"
    row: int = -1
    cell: int = -1
    aside: bool = False
    beside: bool = False

    def inner(self, token: Token, *, second_title: bool) -> _Around:
        """Return what holds in an element that begins inside."""
        name = token.name
        kind = _KINDS.get(name, self.kind)
        if name == "h1" and second_title:
            kind = Kind.HEADING
        return _Around(
            name,
            kind,
            name
            if name in _TELLING and not (name in _PLAIN and self.tag in _SPECIAL)
            else self.tag,
            token.start if name in _GROUPS else self.group,
            name if name in _LISTS else self.list,
            token.start if name == "tr" else self.row,
            token.start if name in {"td", "th"} else self.cell,
            # in a quotation it says whose words they are
            self.aside or (name in _ASIDE and not (name == "footer" and self.tag == "blockquote")),
            self.beside,
        )


def units_of(text: str, *, figures: bool = False) -> tuple[Found, ...]:
    """Return what can be translated in HTML, in order.

    Args:
        text: the file.
        figures: whether what has no words but figures, such as cells, is wanted as well.
    """
    scan = _Scan(text, figures=figures)
    for token in tokens(text):
        scan.take(token)
    scan.end_unit()
    return tuple(scan.units)


class _Scan:
    """Divides the tokens of a file into units: runs of text and inline markup."""

    def __init__(self, text: str, *, figures: bool) -> None:
        self._figures = figures
        self.units: list[Found] = []
        self._titles = 0
        self._text = text
        self._marks = 1
        self._run: list[Token] = []
        self._around = [_Around()]
        self._open: dict[str, int] = {}
        # inside something whose content stays: its name and how deep
        self._kept, self._depth = "", 0
        self._kept_from: Token | None = None
        # how many elements are around the link that is open, and the texts in links
        self._link_depth = 0
        self._linked: set[int] = set()

    def take(self, token: Token) -> None:
        """Take the next token."""
        if self._kept:
            self._in_kept(token)
        elif token.shape in (Shape.TEXT, Shape.OTHER):
            if self._link_depth:
                self._linked.add(token.start)
            self._run.append(token)
        elif token.shape is Shape.START and self._keeps(token):
            self._kept, self._depth, self._kept_from = token.name, 1, token
            if token.name not in _LITERAL and token.name not in _INLINE:
                self.end_unit()
                self._kept_from = None
        elif token.name in _INLINE or token.name in _POINTS:
            if token.name == "a":
                self._link_depth = len(self._around) if token.shape is Shape.START else 0
            self._run.append(token)
        else:
            self._block(token)

    def _keeps(self, token: Token) -> bool:
        tag = self._text[token.start : token.end]
        if tag.endswith("/>") and token.name in ("svg", "math", "object"):
            return False
        is_kept = token.name in _LITERAL or token.name in _SKIPPED
        return is_kept or (token.name not in _POINTS and bool(_NOT_TRANSLATED.search(tag)))

    def _in_kept(self, token: Token) -> None:
        if token.name == self._kept and token.shape in (Shape.START, Shape.END):
            self._depth += 1 if token.shape is Shape.START else -1
            if self._depth == 0:
                self._kept = ""
                if self._kept_from is not None:
                    whole = replace(self._kept_from, shape=Shape.OTHER, end=token.end)
                    self._run.append(replace(whole, name=self._kept_from.name))

    def _block(self, token: Token) -> None:
        self.end_unit()
        if token.shape is Shape.START:
            if token.name in _EMPTY:
                return
            self._end_siblings(token.name)
            self._end_link()
            inner = self._around[-1].inner(token, second_title=self._titles > 0)
            if is_comments(self._text, token.start, token.end):
                inner = replace(inner, aside=True)
            elif token.name not in WHOLE and is_beside(self._text[token.start : token.end]):
                inner = replace(inner, beside=True)
            self._around.append(inner)
            self._open[token.name] = self._open.get(token.name, 0) + 1
        elif self._open.get(token.name, 0):
            name = ""
            while name != token.name:
                name = self._around.pop().name
                self._open[name] -= 1
        self._end_link()

    def _end_link(self) -> None:
        """End a link that was never closed with the element that it is in."""
        if len(self._around) < self._link_depth:
            self._link_depth = 0

    def _end_siblings(self, name: str) -> None:
        """End what has no end tag of its own before an element like it."""
        if name in _ENDING_P:
            ending: tuple[str, ...] = ("p",)
        else:
            ending = ("p", *_SIBLINGS.get(name, ())) if name in _SIBLINGS else ()
        while self._around[-1].name in ending and self._around[-1].name:
            self._open[self._around.pop().name] -= 1

    def end_unit(self) -> None:
        """What comes next belongs to another unit."""
        run, self._run = self._run, []
        for part in _balanced(self._text, run):
            self._add(part)

    def _add(self, run: list[Token]) -> None:
        run = _trimmed(self._text, run)
        if not run:
            return
        first, last = run[0], run[-1]
        start, end = first.start, last.end
        if first.shape is Shape.TEXT:
            inner = first.start + len(_left(self._text[first.start : first.end]))
            start = min(inner, first.end)
        if last.shape is Shape.TEXT:
            end = last.end - len(_right(self._text[last.start : last.end]))
        pieces = [piece for token in run for piece in self._pieces(token)]
        around = self._around[-1]
        unit = unit_of(
            pieces,
            place=Span(start, end),
            kind=around.kind,
            first=self._marks,
            figures=self._figures,
        )
        if unit is not None:
            self._marks += len(unit.part.marks)
            self._titles += around.kind is Kind.TITLE and around.tag == "h1"
            linked = all(
                token.start in self._linked
                for token in run
                if token.shape is Shape.TEXT and self._text[token.start : token.end].strip()
            )
            self.units.append(
                Found(
                    unit,
                    around.tag,
                    around.group,
                    around.list,
                    around.row,
                    around.cell,
                    around.aside,
                    around.beside,
                    linked,
                )
            )

    def _pieces(self, token: Token) -> list[Piece]:
        raw = self._text[token.start : token.end]
        name = _NAMES.get(token.name, token.name) or "comment"
        if token.shape is Shape.TEXT:
            return [Chars(unescape(raw))]
        if token.shape is Shape.OTHER:  # a comment, or something that stays as it is
            shown = _words(raw) if token.name else None
            return [Opens(name, raw, shown), Ends()]
        if token.name == "br":
            return [Opens(name, raw), Ends(), Chars(" ")]
        if token.name in _POINTS:
            return [Opens(name, raw), Ends()]
        return [Opens(name, raw)] if token.shape is Shape.START else [Ends(raw)]


def _words(raw: str) -> str:
    """Return the text in some markup."""
    found = (raw[t.start : t.end] for t in tokens(raw) if t.shape is Shape.TEXT)
    return " ".join(unescape(" ".join(found)).split())


def _balanced(text: str, run: list[Token]) -> list[list[Token]]:
    """Divide a run where a tag has no partner in it, and where lines end for good."""
    lonely = _without_partner(run)
    parts: list[list[Token]] = [[]]
    depth = 0
    for index, token in enumerate(run):
        if lonely[index] or (depth == 0 and _ends_line(text, run, index)):
            parts.append([])
            continue
        if _is_range(token):
            depth += 1 if token.shape is Shape.START else -1
        parts[-1].append(token)
    return [part for part in parts if part]


def _is_range(token: Token) -> bool:
    """Whether a token begins or ends a marked text."""
    return token.shape in (Shape.START, Shape.END) and token.name not in _POINTS


def _without_partner(run: list[Token]) -> list[bool]:
    """Tell which tags have no partner, or have such tags between them and their partner."""
    lonely = [_is_range(token) for token in run]
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    counts: Counter[str] = Counter()
    for index, token in enumerate(run):
        if not lonely[index]:
            continue
        if token.shape is Shape.START:
            waiting.append(index)
            counts[token.name] += 1
        elif counts[token.name]:
            while run[waiting[-1]].name != token.name:
                counts[run[waiting.pop()].name] -= 1
            counts[token.name] -= 1
            pairs.append((waiting.pop(), index))
    for first, last in pairs:
        lonely[first] = lonely[last] = False
    before = list(accumulate(lonely, initial=0))
    for first, last in pairs:
        if before[last] > before[first]:
            lonely[first] = lonely[last] = True
    return lonely


def _ends_line(text: str, run: list[Token], index: int) -> bool:
    """Whether a ``<br>`` ends a paragraph: after a sentence, or when there are two of them."""
    if run[index].name != "br":
        return False
    for step in (-1, 1):
        near = index + step
        while 0 <= near < len(run) and run[near].shape is Shape.TEXT:
            if text[run[near].start : run[near].end].strip():
                break
            near += step
        if not 0 <= near < len(run) or run[near].name == "br":
            return True
        token = run[near]
        if step < 0 and token.shape is Shape.TEXT and _ENDED.search(text[token.start : token.end]):
            return True
    return False


def _trimmed(text: str, run: list[Token]) -> list[Token]:
    """Return a run without what is not text at its edges; marks that hold text stay."""

    def is_idle(token: Token) -> bool:
        if token.shape is Shape.TEXT:
            return not text[token.start : token.end].strip()
        return token.name in _POINTS or (token.shape is Shape.OTHER and not token.name)

    start, end = 0, len(run)
    while start < end and is_idle(run[start]):
        start += 1
    while end > start and is_idle(run[end - 1]):
        end -= 1
    return run[start:end]


def _left(raw: str) -> str:
    return raw[: len(raw) - len(raw.lstrip())]


def _right(raw: str) -> str:
    return raw[len(raw.rstrip()) :]
