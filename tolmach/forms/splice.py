"""Files that are text with markup: translated parts are put in the place of the source's.

What is not text of a block stays as it was, character for character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tolmach.document import Article, Kind, Mark, Span, TargetBlock
from tolmach.forms.parts import Part, is_unchanged
from tolmach.forms.raw import RawText
from tolmach.markup import Open, events
from tolmach.readers.normalise import normalise

__all__ = ["Chars", "Code", "Ends", "Opens", "Piece", "SpliceForm", "Unit", "marked_up", "unit_of"]


@dataclass(frozen=True, slots=True)
class Chars:
    """A text.

    Attributes:
        text: what it says, such as ``"&"`` for ``"&amp;"``.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Opens:
    """Here a mark begins.

    Attributes:
        name: what it is: the first part of its key.
        raw: its markup in the file.
        shown: for what is not translated, such as code, the text that stands for it in the
            document; ``raw`` is all of it then.
    """

    name: str
    raw: str
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Ends:
    """Here the mark that began last ends.

    Attributes:
        raw: its markup in the file.
    """

    raw: str = ""


Piece: TypeAlias = Chars | Opens | Ends


@dataclass(frozen=True, slots=True)
class Code:
    """What a mark is in the file.

    Attributes:
        before: what stands before the marked text.
        after: what stands after it.
        shown: see :class:`Opens`.
        apart: whether it stands at a point with white space on both sides.
    """

    before: str
    after: str = ""
    shown: str | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes a block.

    Attributes:
        place: where its text stands in the file.
        part: the text of the block, with its marks.
        codes: what the marks are, by key.
        dialect: how its text is written, for forms that have several ways.
    """

    place: Span
    part: Part
    codes: Mapping[str, Code]
    dialect: str = ""


def unit_of(
    pieces: Sequence[Piece],
    *,
    place: Span,
    kind: Kind,
    first: int,
    dialect: str = "",
    figures: bool = False,
) -> Unit | None:
    """Return a unit; None if there are no words in it.

    Args:
        pieces: what begins in them also ends; white space counts as one space.
        place: where they stand in the file.
        kind: of the block.
        first: the number of the first mark; each takes the next one.
        dialect: see :class:`Unit`.
        figures: whether figures are words, too.
    """
    texts: list[str] = []
    marks: list[Mark] = []
    codes: dict[str, Code] = {}
    waiting: list[int] = []
    length = 0
    blank = True  # white space at the edges, and after white space, is none
    point = ""  # the mark at a point behind white space that was read last
    for piece in pieces:
        if isinstance(piece, Chars):
            if point and piece.text[:1].isspace():
                codes[point] = replace(codes[point], apart=True)
            point = "" if piece.text else point
            text, blank = _folded(piece.text, blank)
            texts.append(text)
            length += len(text)
        elif isinstance(piece, Opens):
            outer = f"{marks[waiting[-1]].key}." if waiting else ""
            key = f"{outer}{piece.name}-{first + len(marks)}"
            codes[key] = Code(piece.raw, shown=piece.shown)
            waiting.append(len(marks))
            marks.append(Mark(key, Span(length, length), fixed=bool(piece.shown)))
            if piece.shown:
                shown, blank = _folded(piece.shown, blank)
                codes[key] = Code(piece.raw, shown=shown)
                texts.append(shown)
                length += len(shown)
        else:
            index = waiting.pop()
            mark = marks[index]
            marks[index] = replace(mark, span=Span(mark.span.start, length))
            codes[mark.key] = Code(codes[mark.key].before, piece.raw, codes[mark.key].shown)
            point = mark.key if blank and 0 < length == mark.span.start else ""
    whole = "".join(texts)
    text = whole.rstrip()
    if not any(map(str.isalnum if figures else str.isalpha, text)):
        return None
    return Unit(place, Part(text, kind, tuple(_tight(text, marks))), codes, dialect)


def _tight(text: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield the marks without the white space at their edges, which would part signs from words."""
    spans: dict[str, Span] = {}
    for mark in marks:
        around = spans.get(mark.key.rpartition(".")[0], Span(0, len(text)))
        start = min(max(mark.span.start, around.start), around.end)
        end = min(max(mark.span.end, start), around.end)
        marked = text[start:end]
        if not mark.fixed and marked != marked.strip():
            start += len(marked) - len(marked.lstrip()) if marked.strip() else 0
            end = start + len(marked.strip())
        spans[mark.key] = Span(start, end)
        yield replace(mark, span=spans[mark.key])


def _folded(text: str, blank: bool) -> tuple[str, bool]:
    """Return normalised text with single spaces, and whether it ends in white space."""
    folded = " ".join(normalise(f"x{text}x")[0].split())[1:-1]
    if blank:
        folded = folded.lstrip()
    return folded, folded[-1:] == " " if folded else blank


def marked_up(
    target: TargetBlock, codes: Mapping[str, Code], escape: Callable[[str], str]
) -> Iterator[str]:
    """Yield a text with its markup, piece by piece.

    Args:
        target: with its marks in their places.
        codes: what they are.
        escape: writes a text as it is written in the file.
    """
    shown: str | None = None
    before, apart = " ", False
    for event in events(target.text, target.marks):
        if isinstance(event, str):
            if apart and not event[:1].isspace():
                yield " "
            before, apart = event[-1:], False
            # what the mark shows is part of its markup; anything else is not to be lost
            if shown is None or event != shown:
                yield escape(event) if shown is None else escape(f" {event}")
        elif isinstance(event, Open):
            shown = codes[event.key].shown
            if apart or (codes[event.key].apart and not before.isspace()):
                yield " "
            apart = codes[event.key].apart
            yield codes[event.key].before
        else:
            shown = None
            yield codes[event.key].after


@dataclass(frozen=True)
class SpliceForm:
    """Writes a file with translated texts spliced in; a :class:`tolmach.document.Form`.

    Attributes:
        suffix: of the file.
        raw: the file as it was.
        units: a unit for each block of the document, in order.
    """

    suffix: str
    raw: RawText
    units: tuple[Unit, ...]

    def render(self, article: Article) -> bytes:
        """Return the file in the target language.

        Args:
            article: with the marks in their places.
        """
        text, pieces, position = self.raw.text, list[str](), 0
        for target, unit in zip(article.blocks, self.units, strict=True):
            if is_unchanged(article, target):
                continue
            pieces += text[position : unit.place.start], self.written(target, unit)
            position = unit.place.end
        return self.encode("".join(pieces) + text[position:]) if pieces else self.raw.data

    def written(self, target: TargetBlock, unit: Unit) -> str:
        """Return the text of a block with its markup."""
        return "".join(marked_up(target, unit.codes, self.escape))

    def escape(self, text: str) -> str:
        """Return a text as it is written in the file."""
        raise NotImplementedError

    def encode(self, text: str) -> bytes:
        """Return the characters of the file as bytes."""
        return self.raw.encode(text)
