"""Inline markup of an article, divided among its segments, as XLIFF wants it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tolmach.assembly import block_pieces
from tolmach.document import Article, Document, Segment, Span, TargetBlock
from tolmach.writers.review.data import folded

__all__ = ["Code", "source_codes", "target_codes"]

Part = Literal["whole", "start", "end", "point"]
_FIRST = 1 << 60


@dataclass(frozen=True, slots=True)
class Code:
    """A mark, or one end of it, in one segment.

    Attributes:
        id: of the mark, fit for an XML name token.
        span: in the text of the segment; empty for ends and points.
        part: whether the segment has the whole mark, only its start or end, or a mark that
            stands at a point.
    """

    id: str
    span: Span
    part: Part


def source_codes(
    document: Document, block: Span, segments: Sequence[Segment]
) -> tuple[tuple[Code, ...], ...]:
    """Return the codes of the source text of each segment of a block.

    Args:
        document: with marks.
        block: the span of the block.
        segments: of the block.
    """
    marks = [
        (mark.key, mark.span)
        for mark in document.marks
        if block.start <= mark.span.start and mark.span.end <= block.end
    ]
    found = _divided(marks, [segment.span for segment in segments])
    return tuple(
        tuple(
            Code(code.id, folded(document.text, segment.span, code.span), code.part)
            for code in codes
        )
        for segment, codes in zip(segments, found, strict=True)
    )


def target_codes(article: Article, block: TargetBlock) -> tuple[tuple[Code, ...], ...]:
    """Return the codes of the target text of each segment of a block.

    Args:
        article: that the block belongs to.
        block: with its marks in their places.
    """
    if not block.marks:
        return tuple(() for _ in block.segments)
    places = _places(article, block)
    marks = [(mark.key, mark.span) for mark in block.marks]
    return tuple(
        tuple(
            Code(code.id, _inside(code.span, place, len(segment.target)), code.part)
            for code in codes
        )
        for segment, place, codes in zip(
            block.segments, places, _divided(marks, places), strict=True
        )
    )


def _inside(span: Span, place: Span, length: int) -> Span:
    start, end = (min(edge - place.start, length) for edge in (span.start, span.end))
    return Span(start, end)


def _places(article: Article, block: TargetBlock) -> list[Span]:
    """Return where the target of each segment stands in the text of the block."""
    places = []
    position = 0
    for piece in block_pieces(article.document, block, block.segments, to=article.to):
        end = position + len(piece.text)
        if piece.segment is not None:
            places.append(Span(position, end))
        position = end
    return places


def _divided(marks: Iterable[tuple[str, Span]], places: Sequence[Span]) -> list[list[Code]]:
    """Divide marks among the places of segments.

    What begins or ends between two segments is moved to the next, or the last, of them.
    """
    found: list[list[tuple[int, int, int, Code]]] = [[] for _ in places]
    if not places:
        return []
    for order, (key, span) in enumerate(marks):
        name = _token(key)
        first = next((i for i, p in enumerate(places) if span.start < p.end), len(places) - 1)
        if not len(span):
            point = _clamped(span.start, places[first])
            code = Code(name, Span(point, point), "point")
            found[first].append((point, 0, order, code))
            continue
        last = next((i for i, p in enumerate(places) if span.end <= p.end), len(places) - 1)
        last = max(first, last if span.end > places[last].start else last - 1)
        start = _clamped(span.start, places[first])
        end = _clamped(span.end, places[last])
        if first == last:
            code = Code(name, Span(start, end), "whole")
            found[first].append((start, start - end, order, code))
            continue
        found[first].append((start, start - places[first].end, order, _end(name, start, "start")))
        # before what begins there; of several that end there, the outer ones last
        found[last].append((end, -_FIRST, -order, _end(name, end, "end")))
    return [[item[-1] for item in sorted(codes, key=lambda item: item[:3])] for codes in found]


def _end(name: str, place: int, part: Part) -> Code:
    return Code(name, Span(place, place), part)


def _clamped(place: int, span: Span) -> int:
    return min(max(place, span.start), span.end)


def _token(key: str) -> str:
    """Return a key as a name token: other characters as their numbers."""
    return "m" + "".join(
        mark if mark.isascii() and (mark.isalnum() or mark in "-.") else f"_{ord(mark):x}_"
        for mark in key
    )
