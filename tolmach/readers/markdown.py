"""Markdown: CommonMark with tables and strikethrough, and front matter in YAML or TOML.

markdown-it-py says what the file means; where each text stands is found by walking through the
file beside what it says. A text that cannot be followed in that way stays as it is, and a warning
says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tolmach.document import Document, EditorWarning, Kind, Severity, Span
from tolmach.errors import InputError
from tolmach.forms.markdown import CELL, FRONT, HEADING, TEXT, MarkdownForm
from tolmach.forms.parts import document_of
from tolmach.forms.raw import raw_text
from tolmach.forms.splice import Chars, Piece, Unit, unit_of
from tolmach.readers.markdown_blocks import add_blocks
from tolmach.readers.markdown_inline import walk
from tolmach.readers.options import ReadOptions

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["MarkdownReader"]

# deeper lists and quotations are taken for text that nobody wrote by hand
_DEPTH: Final = 100
_LINE: Final = re.compile(r"[^\n\r]*(?:\r\n|\n|\r|\Z)")
_FRONT: Final = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\n|\r)")
_VALUE: Final = re.compile(
    r"(title|description|summary|subtitle)[ \t]*[:=][ \t]*(\S[^\r\n]*)", re.I
)
# where a text stands that begins with the box of a task
_TASK: Final = "task"
_BOX: Final = re.compile(r"\[[ xX]\]\s+(?=\S)")
_PLAIN_UNSAFE: Final = re.compile(r"[|>&*!%@`{\[#\"']|.*(?:: | #)")


class MarkdownReader:
    """Reads Markdown; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:  # noqa: ARG002
        """Return a document with a block for each heading, paragraph, list item and cell.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file.
            options: nothing that concerns Markdown.

        Raises:
            InputError: there are no words in it.
        """
        raw = raw_text(data, name=name, path=path)
        lines = _lines(raw.text)
        body, units, unread = _front_matter(raw.text, lines)
        found, lost = _body(raw.text, lines[body:], above=body)
        units += found
        lost = [*unread, *lost]
        if not units:
            raise InputError(f"{path or name}: there are no words in this Markdown file")
        warnings = list(raw.warnings())
        if lost:
            warnings.append(_left_alone(lost))
        suffix = (path.suffix if path else Path(name).suffix).lower() or ".md"
        return document_of(
            [unit.part for unit in units],
            name=name,
            path=path,
            form=MarkdownForm(suffix, raw, tuple(units)),
            encoding=raw.encoding,
            warnings=warnings,
        )


def _left_alone(lost: Sequence[int]) -> EditorWarning:
    listed = ", ".join(map(str, lost[:10])) + (" …" if len(lost) > 10 else "")
    return EditorWarning(
        "markup_unclear",
        f"markup that could not be followed; not translated, from line {listed} on",
        Severity.WARNING,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file: where it begins, and where its text ends, without the line end."""

    start: int
    end: int


def _lines(text: str) -> list[_Line]:
    found = [match for match in _LINE.finditer(text) if match[0]]
    return [_Line(m.start(), m.start() + len(m[0].rstrip("\r\n"))) for m in found]


def _front_matter(text: str, lines: Sequence[_Line]) -> tuple[int, list[Unit], list[int]]:
    """Return the length of the front matter, its texts, and the lines that cannot be read."""
    begun = _FRONT.match(text)
    if begun is None:
        return 0, [], []
    closing = {begun[1], "..."} if begun[1] == "---" else {begun[1]}
    last = next(
        (
            i
            for i, line in enumerate(lines)
            if i and text[line.start : line.end].rstrip() in closing
        ),
        None,
    )
    if last is None:
        return 0, [], []
    units: list[Unit] = []
    lost: list[int] = []
    for number, line in enumerate(lines[1:last], start=2):
        value = _VALUE.match(text, line.start, line.end)
        if value is None:
            continue
        said = _scalar(value[2].rstrip())
        if said is None:
            lost.append(number)
            continue
        kind = Kind.TITLE if value[1].lower() == "title" else Kind.LEAD
        place = Span(value.start(2), value.start(2) + len(value[2].rstrip()))
        unit = unit_of([Chars(said)], place=place, kind=kind, first=1, dialect=FRONT)
        if unit is not None:
            units.append(unit)
    return last + 1, units, lost


def _scalar(value: str) -> str | None:
    """Return what a YAML or TOML value of one line says; None if it is no plain text."""
    if value.startswith('"'):
        try:
            said = json.loads(value)
        except ValueError:
            return None
        return said if isinstance(said, str) else None
    if len(value) > 1 and value.startswith("'") and value.endswith("'"):
        return value[1:-1].replace("''", "'")
    return None if _PLAIN_UNSAFE.match(value) else value


def _body(text: str, lines: Sequence[_Line], *, above: int) -> tuple[list[Unit], list[int]]:
    """Return the texts of the body, and the lines of those that could not be followed."""
    from markdown_it import MarkdownIt

    # as the parser counts lines: without what stands before, with its line ends
    content = "\n".join(text[line.start : line.end] for line in lines)
    parser = MarkdownIt("commonmark", {"maxNesting": _DEPTH}).enable(["table", "strikethrough"])
    add_blocks(parser)
    units: list[Unit] = []
    lost: list[int] = []
    first = 1
    reached: dict[int, int] = {}
    for token, kind, dialect in _texts(parser.parse(content)):
        if token.map is None or token.children is None or not token.content.strip():
            continue
        begin, end = token.map
        after = reached.get(begin, 0) if dialect == CELL else None
        places = _places(text, lines[begin:end], token.content, after)
        if places is None:
            lost.append(above + begin + 1)
            continue
        if dialect == CELL:  # the next cell of the row stands behind it
            reached[begin] = places[-1]
        walked = walk(token.content, token.children, places, text)
        if walked is None:
            lost.append(above + begin + 1)
            continue
        pieces, inner = walked
        if dialect == _TASK:
            dialect = TEXT
            pieces, inner = _without_box(pieces, inner)
        place = Span(places[inner.start], places[inner.end])
        unit = unit_of(pieces, place=place, kind=kind, first=first, dialect=dialect)
        if unit is not None:
            first += len(unit.part.marks)
            units.append(unit)
    return units, lost


def _without_box(pieces: list[Piece], inner: Span) -> tuple[list[Piece], Span]:
    """Leave the box of a task out of its text."""
    begun = pieces[0] if pieces else None
    box = _BOX.match(begun.text) if isinstance(begun, Chars) else None
    if box is None or not isinstance(begun, Chars):
        return pieces, inner
    rest = Chars(begun.text[box.end() :])
    return [rest, *pieces[1:]], Span(inner.start + box.end(), inner.end)


def _texts(found: Sequence[Token]) -> Iterator[tuple[Token, Kind, str]]:
    """Yield the tokens with text, what they are and where they stand."""
    quotes = cells = 0
    heading, underlined, titles = "", False, 0
    begins_item = False
    for token in found:
        if token.type != "paragraph_open":
            begins_item = token.type == "list_item_open" or (begins_item and token.type == "inline")
        quotes += token.nesting if token.type.startswith("blockquote") else 0
        cells += (
            token.nesting if token.type in {"th_open", "th_close", "td_open", "td_close"} else 0
        )
        if token.type == "heading_open":
            heading, underlined = token.tag, not token.markup.startswith("#")
        elif token.type == "heading_close":
            heading = ""
        elif token.type == "inline":
            if heading:
                is_title = heading == "h1" and not titles
                titles += is_title
                dialect = TEXT if underlined else HEADING
                yield token, Kind.TITLE if is_title else Kind.HEADING, dialect
            elif cells:
                yield token, Kind.BODY, CELL
            else:
                is_task = begins_item and _BOX.match(token.content)
                yield token, Kind.QUOTE if quotes else Kind.BODY, _TASK if is_task else TEXT


def _places(
    text: str, lines: Sequence[_Line], content: str, reached: int | None
) -> list[int] | None:
    """Return for each character of a content, and its end, where it stands in the file.

    Args:
        text: the file.
        lines: those that the content is from.
        content: what the parser says they say, without indents, ``>`` and the like.
        reached: where to look from in the first line; None if its end is what the content says.
    """
    said = content.split("\n")
    if len(said) > len(lines):
        return None
    places: list[int] = []
    for index, (part, line) in enumerate(zip(said, lines, strict=False)):
        if index:
            places.append(lines[index - 1].end)  # the line end
        if reached is None:
            # what stands before may be the same: the label of a note
            begun = text.rfind(part, line.start, line.end)
            found = None if begun < 0 else list(range(begun, begun + len(part)))
        else:
            found = _find(text, part, max(line.start, reached), line.end)
        if found is None:
            return None
        places += found
    return [*places, places[-1] + 1]


def _find(text: str, part: str, start: int, end: int) -> list[int] | None:
    begun = text.find(part, start, end)
    if begun >= 0:
        return list(range(begun, begun + len(part)))
    # in tables a bar that belongs to the text has a backslash, which the parser takes away
    escaped = part.replace("|", "\\|")
    begun = text.find(escaped, start, end)
    if begun < 0 or escaped == part:
        return None
    places: list[int] = []
    for character in part:
        begun += character == "|"
        places.append(begun)
        begun += 1
    return places
