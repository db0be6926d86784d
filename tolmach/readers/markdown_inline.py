"""Inline markup of Markdown: what the parser says, followed in the file character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING, Final

from tolmach.document import Span
from tolmach.forms.splice import Chars, Ends, Opens, Piece

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["walk"]

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAK: Final = re.compile(r"(?:\\| {2,})\n[ \t]*")
_SOFT: Final = re.compile(r"[ \t]*\n[ \t]*")
_LINE_BREAK: Final = re.compile(r"<br\b", re.IGNORECASE)
_KEPT: Final = re.compile(
    r"(?P<note>\[\^[^\[\]\s]{1,200}\])|\{\{[^{}]{1,300}\}\}|\{%[^{}%]{1,300}%\}"
)
_NAMES: Final = {"em": "italic", "strong": "bold", "s": "strike", "link": "link"}


def walk(
    content: str, children: Sequence[Token], places: Sequence[int], text: str
) -> tuple[list[Piece], Span] | None:
    """Return the texts and marks of a content, and what of the content they are.

    What stands before the text and after it, such as a picture or a note, is left out. None if the
    content does not read as the parser says.

    Args:
        content: what the parser was given.
        children: what it made of it.
        places: for each character of ``content``, and its end, where it stands in ``text``.
        text: the file.
    """
    walker = _Walker(content, places, text)
    try:
        pieces = [(piece, walker.at) for token in children for piece in walker.take(token)]
        walker.expect_end()
    except _Lost:
        return None
    first, last = 0, len(pieces)
    while first < last and (size := _idle(pieces[first][0], pieces[first + 1 : last][:1])):
        first += size
    while first < last and (size := _idle(pieces[last - 1][0], pieces[first : last - 1][-1:])):
        last -= size
    begin = pieces[first - 1][1] if first else 0
    end = pieces[last - 1][1] if last else 0
    whole = content[begin:end]
    begin += len(whole) - len(whole.lstrip())
    return [piece for piece, _ in pieces[first:last]], Span(begin, begin + len(whole.strip()))


def _idle(piece: Piece, inner: Sequence[tuple[Piece, int]]) -> int:
    """Return how many pieces at an edge are no text: white space, or what stands at a point.

    Args:
        piece: at the edge.
        inner: the next one, if there is one.
    """
    if isinstance(piece, Chars):
        return 0 if piece.text.strip() else 1
    both = [piece, *(other for other, _ in inner)]
    opened = next((each for each in both if isinstance(each, Opens)), None)
    ended = any(isinstance(each, Ends) for each in both)
    return 2 if opened is not None and ended and not opened.shown else 0


# the file does not read as the parser says
_Lost: Final = LookupError


class _Walker:
    """Knows how far the content has been followed."""

    def __init__(self, content: str, places: Sequence[int], text: str) -> None:
        self._content = content
        self._places = places
        self._text = text
        self._at = 0
        # where the texts of links begin that are open
        self._labels: list[int] = []

    @property
    def at(self) -> int:
        """How far that is."""
        return self._at

    def take(self, token: Token) -> Iterator[Piece]:
        """Follow one token."""
        kind = token.type
        if kind in {"text", "text_special"}:
            yield from self._words(token.content)
        elif kind == "softbreak":
            self._skip(_SOFT)
            yield Chars(" ")
        elif kind == "hardbreak":
            yield Opens("break", self._skip(_BREAK))
            yield Ends()
            yield Chars(" ")
        elif kind == "code_inline":
            yield Opens("code", self._code(token), token.content.strip() or None)
            yield Ends()
        elif kind == "html_inline":
            yield Opens("html", self._literally(token.content))
            yield Ends()
            if _LINE_BREAK.match(token.content):
                yield Chars(" ")
        elif kind == "image":
            yield from self._image(token)
        elif kind == "link_open":
            opening = "<" if token.markup == "autolink" else "["
            yield Opens("link", self._literally(opening))
            self._labels.append(self._at)
        elif kind == "link_close":
            begun = self._labels.pop()
            yield Ends(self._literally(">") if token.markup == "autolink" else self._target(begun))
        elif token.nesting == 1:
            yield Opens(
                _NAMES.get(kind.removesuffix("_open"), "mark"), self._literally(token.markup)
            )
        elif token.nesting == -1:
            yield Ends(self._literally(token.markup))
        else:
            raise _Lost

    def expect_end(self) -> None:
        """Make sure that nothing is left."""
        if self._content[self._at :].strip():
            raise _Lost

    def _raw(self, start: int) -> str:
        """Return the characters of the file from a place in the content to where it is now."""
        return self._text[self._places[start] : self._places[self._at]]

    def _literally(self, expected: str) -> str:
        if not self._content.startswith(expected, self._at):
            raise _Lost
        self._at += len(expected)
        return self._raw(self._at - len(expected))

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._content, self._at)
        if found is None:
            raise _Lost
        self._at = found.end()
        return self._raw(found.start())

    def _follow(self, said: str) -> None:
        """Follow a text, whose special characters may be written in several ways."""
        at, done = self._at, 0
        while done < len(said):
            entity = _ENTITY.match(self._content, at) if self._content[at : at + 1] == "&" else None
            meant = unescape(entity[0]) if entity else ""
            if entity and meant != entity[0] and said.startswith(meant, done):
                at, done = entity.end(), done + len(meant)
            elif (
                self._content[at : at + 1] == "\\" and self._content[at + 1 : at + 2] == said[done]
            ):
                # a backslash that stands for itself is followed by something else
                at, done = at + 2, done + 1
            elif self._content[at : at + 1] == said[done]:
                at, done = at + 1, done + 1
            else:
                raise _Lost
        self._at = at

    def _words(self, said: str) -> Iterator[Piece]:
        """Follow a text with references to notes and with places for programs to fill."""
        done = 0
        for found in _KEPT.finditer(said):
            yield Chars(self._followed(said[done : found.start()]))
            done = found.end()
            start = self._at
            self._follow(found[0])
            if found["note"]:
                yield Opens("note", self._raw(start))
            else:
                yield Opens("code", self._raw(start), found[0])
            yield Ends()
        yield Chars(self._followed(said[done:]))

    def _followed(self, said: str) -> str:
        self._follow(said)
        return said

    def _code(self, token: Token) -> str:
        start = self._at
        self._literally(token.markup)
        fence = re.compile(rf"(?<!`){re.escape(token.markup)}(?!`)")
        closing = fence.search(self._content, self._at)
        if closing is None:
            raise _Lost
        self._at = closing.end()
        return self._raw(start)

    def _image(self, token: Token) -> Iterator[Piece]:
        yield Opens("image", self._literally("!["))
        label = self._at
        if token.children and any(child.type != "text" for child in token.children):
            # markup in a description has no effect, but is written there
            begun = self._at
            self._at = self._label_end()
            yield Chars(self._content[begun : self._at])
        else:
            self._follow(token.content)
            yield Chars(token.content)
        yield Ends(self._target(label))

    def _label_end(self) -> int:
        depth, at = 0, self._at
        while at < len(self._content):
            character = self._content[at]
            if character == "\\":
                at += 1
            elif character == "[":
                depth += 1
            elif character == "]":
                if depth == 0:
                    return at
                depth -= 1
            at += 1
        raise _Lost

    def _target(self, label: int) -> str:
        """Follow the end of a link, with its address or the name of its definition.

        Args:
            label: where its text begins; that is the name if no other one is given.
        """
        from markdown_it.helpers import parseLinkDestination, parseLinkTitle

        start, content, last = self._at, self._content, len(self._content)
        name = content[label:start]
        self._literally("]")
        if content.startswith("(", self._at):
            at = self._blank(self._at + 1)
            address = parseLinkDestination(content, at, last)
            at = self._blank(address.pos if address.ok else at)
            title = parseLinkTitle(content, at, last)
            at = self._blank(title.pos if title.ok else at)
            if content.startswith(")", at):
                self._at = at + 1
                return self._raw(start)
        if content.startswith("[", self._at) and not content.startswith("[]", self._at):
            self._at += 1
            self._at = self._label_end() + 1
            return self._raw(start)
        if content.startswith("[]", self._at):
            self._at += 2
        # the text will be another one
        return f"][{' '.join(name.split())}]"

    def _blank(self, at: int) -> int:
        while at < len(self._content) and self._content[at] in " \t\n":
            at += 1
        return at
