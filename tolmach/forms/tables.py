"""The forms of JSON lines and CSV: the chosen texts change, every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tolmach.document import Article, Kind, Span
from tolmach.forms.parts import Part, is_unchanged
from tolmach.forms.raw import RawText
from tolmach.readers.normalise import normalise

__all__ = ["Cell", "TableForm", "cell_of", "parts_of"]

_LINE_END: Final = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a table.

    Attributes:
        place: where its literal is in the characters of the file, with its quotation marks.
        value: what the literal says.
        lines: the lines of ``value`` that have words; each is a block of the document.
        kind: of these blocks.
    """

    place: Span
    value: str
    lines: tuple[Span, ...]
    kind: Kind = Kind.BODY


def cell_of(place: Span, value: str, *, kind: Kind) -> Cell:
    """Return a cell with its lines, each without the white space around it."""
    lines: list[Span] = []
    start = 0
    for end, following in [
        *(match.span() for match in _LINE_END.finditer(value)),
        (len(value),) * 2,
    ]:
        line = value[start:end]
        if _LETTER.search(line) and normalise(line)[0].strip():
            left = len(line) - len(line.lstrip())
            lines.append(Span(start + left, start + len(line.rstrip())))
        start = following
    return Cell(place, value, tuple(lines), kind)


def parts_of(cells: Sequence[Cell]) -> Iterator[Part]:
    """Yield a part for each line of each cell."""
    for cell in cells:
        for index, line in enumerate(cell.lines):
            text = " ".join(normalise(line.of(cell.value))[0].split("\n")).strip()
            yield Part(text, cell.kind, gap="\n" if index else "\n\n")


@dataclass(frozen=True, slots=True)
class TableForm:
    """A file of records; a :class:`tolmach.document.Form`.

    Attributes:
        suffix: of files of this form.
        raw: the file.
        cells: the texts that are translated, in order.
        delimiter: between the columns of a CSV file; empty for JSON.
    """

    suffix: str
    raw: RawText
    cells: tuple[Cell, ...]
    delimiter: str = ""

    def render(self, article: Article) -> bytes:
        """Return the file with the target texts in place of the source texts."""
        text = self.raw.text
        blocks = iter(article.blocks)
        pieces: list[str] = []
        position = 0
        for cell in self.cells:
            targets = [
                None if is_unchanged(article, block) else block.text
                for block in islice(blocks, len(cell.lines))
            ]
            if all(target is None for target in targets):
                continue
            pieces += text[position : cell.place.start], self._literal(cell, targets)
            position = cell.place.end
        pieces.append(text[position:])
        return self.raw.encode("".join(pieces))

    def _literal(self, cell: Cell, targets: Sequence[str | None]) -> str:
        value = _with_lines(cell, targets)
        literal = cell.place.of(self.raw.text)
        if self.delimiter:
            return _quoted(value, cell, literal, self.delimiter)
        # a file whose letters are all escaped may be meant for a reader that needs it
        escaped = not _NOT_ASCII.search(literal) and bool(_NOT_ASCII.search(cell.value))
        return json.dumps(value, ensure_ascii=escaped or bool(_SURROGATE.search(value)))


def _with_lines(cell: Cell, targets: Sequence[str | None]) -> str:
    pieces: list[str] = []
    position = 0
    for line, target in zip(cell.lines, targets, strict=True):
        pieces.append(cell.value[position : line.start])
        # a line stays a line
        pieces.append(line.of(cell.value) if target is None else " ".join(target.split("\n")))
        position = line.end
    pieces.append(cell.value[position:])
    return "".join(pieces)


def _quoted(value: str, cell: Cell, literal: str, delimiter: str) -> str:
    """Return a value as RFC 4180 writes it, in quotation marks if it was or if it needs them."""
    signs = [delimiter, "\n", "\r"]
    enclosed = value.startswith('"') and value.endswith('"')
    if delimiter != "\t" or enclosed:  # some programs that write TSV never quote
        signs.append('"')
    needed = any(sign in value for sign in signs) or value != value.strip()
    if not needed and literal == cell.value:
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'
