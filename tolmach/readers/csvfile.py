"""Where the cells of a CSV file are, so that single ones can be changed and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tolmach.document import Kind, Span
from tolmach.errors import InputError
from tolmach.forms.tables import Cell, cell_of

__all__ = ["RawCell", "columns_of", "delimiter_of", "rows_of", "start_of"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_QUOTED_PART: Final = re.compile(r'"[^"]*+"')
_SAID: Final = re.compile(r"\s{0,9}sep=([^\r\n\"])[ \t]*(?:\r\n|\n|\r)", re.IGNORECASE)
_FIRST_LINE: Final = re.compile(r"[^\r\n]*")


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell.

    Attributes:
        place: in the characters of the file, with its quotation marks.
        value: what it says.
    """

    place: Span
    value: str

    def cell(self, kind: Kind) -> Cell:
        """Return the cell with its lines."""
        return cell_of(self.place, self.value, kind=kind)


def start_of(text: str) -> int:
    """Return where the header begins: behind a line such as ``sep=;``, which Excel understands."""
    said = _SAID.match(text)
    return said.end() if said else 0


def delimiter_of(text: str) -> str:
    """Return what divides the columns: what the file says, or what is frequent in the header."""
    said = _SAID.match(text)
    if said:
        return said[1]
    first = _FIRST_LINE.match(text.lstrip("\r\n"))
    header = _QUOTED_PART.sub("", first[0] if first else "")
    return max(_DELIMITERS, key=header.count)


def columns_of(header: Sequence[RawCell]) -> list[tuple[int, str]]:
    """Return the index and the name of each column."""
    return [(index, cell.value.strip()) for index, cell in enumerate(header)]


def rows_of(
    text: str, delimiter: str, *, shown: str, lenient: bool = False, start: int = 0
) -> Iterator[tuple[RawCell, ...]]:
    """Yield the rows of a file; empty lines are none.

    A quotation mark that does not enclose a whole cell is a character like any other.

    Args:
        text: the characters of the file.
        delimiter: one character.
        shown: the file, for messages.
        lenient: take a quotation mark that is never closed for a character, as programs that
            write TSV often do not quote at all.
        start: where the first row begins.

    Raises:
        InputError: a quotation mark is never closed.
    """
    stop = re.escape(delimiter)
    quoted = re.compile(rf'"((?:[^"]++|"")*+)"(?=[{stop}\r\n]|\Z)')
    plain = re.compile(rf"[^{stop}\r\n]*+")
    closing = re.compile(r'"(?:[^"]++|"")*+\Z')
    row: list[RawCell] = []
    position = start
    quoting = True
    while position < len(text):
        match = quoted.match(text, position) if quoting else None
        if match is None and quoting and text[position] == '"' and closing.match(text, position):
            if not lenient:
                line = text.count("\n", 0, position) + 1
                raise InputError(f"{shown}:{line}: a quotation mark is opened and never closed")
            quoting = False
        value = match[1].replace('""', '"') if match else ""
        if match is None:
            match = plain.match(text, position)
            value = match[0] if match else ""
        end = match.end() if match else position
        row.append(RawCell(Span(position, end), value))
        position = end + 1
        if text[end : end + 1] == delimiter:
            if position >= len(text):
                row.append(RawCell(Span(position, position), ""))
            continue
        if text[end : end + 2] == "\r\n":
            position += 1
        if len(row) > 1 or row[0].value.strip():
            yield tuple(row)
        row = []
    if row:
        yield tuple(row)
