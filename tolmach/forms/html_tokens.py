"""HTML cut into tags, texts and what is neither, with their places in the file.

The rules are those of the HTML standard's tokeniser (https://html.spec.whatwg.org/#tokenization)
as far as they say where something begins and ends. All of it takes linear time, whatever is left
open in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

__all__ = ["Shape", "Token", "tokens"]

_NAME: Final = re.compile(r"[A-Za-z][^\s/>\x00]*")
# up to the next quotation mark that begins a value, or to the end of the tag
_UNQUOTED: Final = re.compile(r"[^>=]*")
_VALUE: Final = re.compile(r"=\s*")
# what is in these elements is no markup
_RAW: Final = frozenset(
    ("script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title")
)


class Shape(Enum):
    """What a token is."""

    TEXT = auto()
    START = auto()
    END = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the file.

    Attributes:
        shape: what it is; comments, declarations and instructions are ``OTHER``.
        start: of its first character.
        end: behind its last character.
        name: of a tag, in lower case.
    """

    shape: Shape
    start: int
    end: int
    name: str = ""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a file, in order, without gaps.

    What is in ``<script>``, ``<style>``, ``<textarea>`` and the like is one text token.
    """
    scanner = _Scanner(text)
    position = begun = 0
    while True:
        position = text.find("<", position)
        token = scanner.markup(position) if position >= 0 else None
        if position < 0 or token is None:
            if position >= 0 and not scanner.exhausted(position):
                position += 1  # a lone "<" is text
                continue
            break
        if position > begun:
            yield Token(Shape.TEXT, begun, position)
        yield token
        begun = position = token.end
        if token.shape is Shape.START and token.name in _RAW:
            begun = position = scanner.raw_end(token)
            if begun > token.end:
                yield Token(Shape.TEXT, token.end, begun)
    if begun < len(text):
        yield Token(Shape.TEXT, begun, len(text))


class _Scanner:
    """Finds the ends of things, and remembers what it looked for in vain."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: set[str] = set()

    def _find(self, what: str, start: int) -> int:
        if what in self._absent:
            return -1
        found = self._text.find(what, start)
        if found < 0:
            self._absent.add(what)
        return found

    def exhausted(self, position: int) -> bool:
        """Whether nothing behind a position can be a tag, as none is ever closed."""
        return self._find(">", position) < 0

    def markup(self, start: int) -> Token | None:
        """Return what begins with the ``<`` at ``start``; None if that is text."""
        after = self._text[start + 1 : start + 2]
        if after in ("!", "?") and after:
            return self._other(start)
        end_tag = after == "/"
        name = _NAME.match(self._text, start + 1 + end_tag)
        if name is None:
            following = self._text[start + 2 : start + 3]
            return self._bogus(start) if end_tag and following else None
        # in an end tag attributes have no meaning, but are skipped in the same manner
        end = self._tag_end(name.end())
        if end < 0:
            return None
        return Token(Shape.END if end_tag else Shape.START, start, end, name[0].lower())

    def _other(self, start: int) -> Token | None:
        for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
            if self._text.startswith(opening, start):
                if opening == "<!--" and self._text.startswith((">", "->"), start + 4):
                    break  # "<!-->" is a comment without content
                end = self._find(closing, start + len(opening))
                stop = len(self._text) if end < 0 else end + len(closing)
                return Token(Shape.OTHER, start, stop)
        return self._bogus(start)

    def _bogus(self, start: int) -> Token | None:
        end = self._find(">", start)
        return None if end < 0 else Token(Shape.OTHER, start, end + 1)

    def _tag_end(self, position: int) -> int:
        """Return the end of a tag; a ``>`` in a quoted value does not end it."""
        text = self._text
        while True:
            found = _UNQUOTED.match(text, position)
            position = found.end() if found else position
            if position >= len(text):
                return -1
            if text[position] == ">":
                return position + 1
            value = _VALUE.match(text, position)
            position = value.end() if value else position + 1
            quote = text[position : position + 1]
            if quote and quote in "\"'":
                end = self._find(quote, position + 1)
                if end < 0:  # never closed: the tag ends where it can
                    end = self._find(">", position)
                    return -1 if end < 0 else end + 1
                position = end + 1

    def raw_end(self, token: Token) -> int:
        """Return where the content of an element like ``<script>`` ends."""
        closing = re.compile(rf"</{token.name}(?=[\s/>])", re.IGNORECASE)
        found = closing.search(self._text, token.end)
        return found.start() if found else len(self._text)
