"""Where the texts of JSON lines are, so that single ones can be changed and nothing else is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tolmach.document import Kind, Span
from tolmach.errors import InputError, NoArticle
from tolmach.forms.tables import Cell, cell_of

__all__ = ["Field", "fields_of"]

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """A field with a text in it, or one of the texts of a list.

    Attributes:
        name: with the names of the objects it lies in, divided by full stops.
        place: of its literal in the characters of the file.
        value: the text.
    """

    name: str
    place: Span
    value: str

    def cell(self, kind: Kind) -> Cell:
        """Return it as a cell with its lines."""
        return cell_of(self.place, self.value, kind=kind)


def fields_of(text: str, *, shown: str) -> Iterator[Field]:
    """Yield all fields with texts, in order.

    Args:
        text: the characters of the file, an object in each line that is not empty.
        shown: the file, for messages.

    Raises:
        InputError: a line is no JSON object.
        NoArticle: the file is one that tolmach has written.
    """
    first = True
    for number, match in enumerate(re.finditer(r"[^\n]*\n?", text), start=1):
        line = match[0]
        if not line.strip():
            continue
        record = _record(line, f"{shown}:{number}")
        if first and record.get("type") == "article" and "signature" in record:
            raise NoArticle(
                f"{shown} is a translation that tolmach has written, not a source; give the file "
                "it was made from"
            )
        first = False
        yield from _strings(line, match.start())


def _record(line: str, place: str) -> dict[str, object]:
    try:
        # numbers stay characters: nobody computes with them, and they may have any length
        record = json.loads(line, parse_int=str, parse_float=str)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise InputError(f"{place}: not a JSON object in one line ({reason})") from None
    if not isinstance(record, dict):
        raise InputError(f"{place}: must be a JSON object with named fields, such as "
                         '{"title": "…"}')  # fmt: skip
    return record


@dataclass(slots=True)
class _Level:
    """An object or a list that has been opened.

    Attributes:
        name: of the field it is the value of.
        is_object: whether it has named fields.
        key: the name that was read last; None before a value's colon.
    """

    name: str
    is_object: bool
    key: str | None = field(default=None)

    def inner(self) -> str:
        """Return the name of what is being read."""
        if not self.is_object:
            return self.name
        return f"{self.name}.{self.key}" if self.name else str(self.key)


def _strings(line: str, shift: int) -> Iterator[Field]:
    """Yield the texts of a line that is known to be valid."""
    levels: list[_Level] = []
    for match in _TOKEN.finditer(line):
        token = match[0]
        top = levels[-1] if levels else None
        if token in "{[":
            levels.append(_Level(top.inner() if top else "", token == "{"))
        elif token in "}]":
            levels.pop()
        elif token == ",":
            if top is not None:
                top.key = None
        elif token.startswith('"') and top is not None:
            value = json.loads(token)
            if top.is_object and top.key is None:
                top.key = value
            else:
                place = Span(match.start() + shift, match.end() + shift)
                yield Field(top.inner(), place, value)
