"""Projecting the marks of a document onto its translation.

A mark that covers whole segments covers their translations; what stands between segments is
copied, and the marks in it with it. Inside a segment see :mod:`tolmach.markup.projecting`. The
result is always a tree with the same parents as in the source: what would overlap is cut where
the part that is less sure gives way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from tolmach.assembly import Piece, block_pieces
from tolmach.document import (
    Action,
    Article,
    Block,
    Document,
    EditorWarning,
    Link,
    Mark,
    Origin,
    Severity,
    Span,
    TargetBlock,
    TargetMark,
    TargetSegment,
)
from tolmach.markup.keeping import keep_fixed, occurrences
from tolmach.markup.projecting import Place, Trust, project
from tolmach.markup.tree import name_of, ordered, parents_of

__all__ = ["MOVED", "SILENT", "place_marks"]

MOVED: Final = "markup_moved"
"""The code of the warning that markup may stand in a wrong place."""

# what an editor calls them; a wrong place of these misleads the reader
_NAMES: Final[Mapping[str, str]] = {"link": "link", "note": "note", "image": "picture"}
SILENT: Final = frozenset(("break", "cue", "tab", "line", "space", "bookmark"))
"""Names of marks of which nobody minds where exactly they are."""

_LONGEST_SHOWN: Final = 60


def place_marks(article: Article) -> Article:
    """Return the article with the marks of all blocks in their places.

    Fixed texts that the model has changed are put back (:mod:`tolmach.markup.keeping`).
    Segments in which the place of a mark is a guess get a warning ``markup_moved``; segments that
    an editor has approved are left as they are. Doing it again changes nothing.

    Args:
        article: in any state after translation; marks it may have are replaced.
    """
    document = article.document
    if not document.marks:
        return article
    article = keep_fixed(article)
    blocks = []
    by_block = _marks_by_block(document)
    for block, target, marks in zip(document.blocks, article.blocks, by_block, strict=True):
        if marks:
            target = _placed(article, block, target, marks)
        blocks.append(target)
    return replace(article, blocks=tuple(blocks))


def _marks_by_block(document: Document) -> list[list[Mark]]:
    found: list[list[Mark]] = [[] for _ in document.blocks]
    starts = [block.span.start for block in document.blocks]
    for mark in document.marks:
        place = bisect_right(starts, mark.span.start) - 1
        # what stands at a point between two blocks that touch belongs to the first
        if place and not mark.span and document.blocks[place - 1].span.end == mark.span.start:
            place -= 1
        if place >= 0 and mark.span.end <= document.blocks[place].span.end:
            found[place].append(mark)
    return found


def _placed(
    article: Article, block: Block, target: TargetBlock, marks: Sequence[Mark]
) -> TargetBlock:
    """Return a block of the target with its marks and with warnings about them."""
    if block.action is Action.DROP:
        nowhere = tuple(TargetMark(mark.key, Span(0, 0)) for mark in marks)
        return replace(target, marks=nowhere)
    view = _View(article, block, target)
    places = view.places(marks)
    parents = parents_of(marks)
    settled = _Tree(marks, parents, places, len(target.text)).settle()
    found = [TargetMark(mark.key, place.span) for mark, place in zip(marks, settled, strict=True)]
    return replace(
        target,
        marks=ordered(found, parents),
        segments=tuple(view.warned(marks, settled)),
    )


class _View:
    """A block of the source and of the target, side by side."""

    def __init__(self, article: Article, block: Block, target: TargetBlock) -> None:
        self._text = article.document.text
        self._target = target
        pieces = block_pieces(article.document, block, target.segments, to=article.to)
        if "".join(piece.text for piece in pieces) != target.text:
            pieces = (Piece(block.span, target.text),)  # somebody wrote the block anew
        self._pieces = pieces
        self._ends = [piece.source.end for piece in pieces]
        self._offsets = [0, *accumulate(len(piece.text) for piece in pieces)]

    def places(self, marks: Sequence[Mark]) -> list[Place]:
        """Return where the marks of the block are in the target."""
        found = [self.project(mark.span) for mark in marks]
        left: dict[str, list[Span]] = {}
        for index, mark in enumerate(marks):
            if not mark.fixed:
                continue
            # it stands there letter by letter, unless an editor has changed it
            text = mark.span.of(self._text)
            spans = left.setdefault(text, occurrences(text, self._target.text) if text else [])
            if spans:
                at = found[index].span.start
                span = min(spans, key=lambda one: abs(one.start - at))
                spans.remove(span)
                found[index] = Place(span, Trust.CERTAIN)
        return found

    def project(self, span: Span) -> Place:
        """Return where a part of the block is in the target."""
        first = self._piece(span.start, starting=bool(span))
        last = self._piece(span.end, starting=False) if span else first
        if first == last:
            return self._inside(first, span)
        left = self._inside(first, Span(span.start, self._ends[first]))
        right = self._inside(last, Span(self._pieces[last].source.start, span.end))
        start, end = left.span.start, right.span.end
        if end < start:
            return Place(Span(start, start), Trust.GUESSED)
        return Place(Span(start, end), min(left.trust, right.trust))

    def _piece(self, position: int, *, starting: bool) -> int:
        """Which piece a range begins in, or ends in; points lie at the end of a piece."""
        find = bisect_right if starting else bisect_left
        return min(find(self._ends, position), len(self._ends) - 1)

    def _inside(self, index: int, span: Span) -> Place:
        piece, offset = self._pieces[index], self._offsets[index]
        source = piece.source.of(self._text)
        if piece.text == source or (piece.segment is None and len(self._pieces) > 1):
            # copied, but for list letters and a final mark that was dropped
            shift = offset - piece.source.start
            end = offset + len(piece.text)
            moved = Span(min(span.start + shift, end), min(span.end + shift, end))
            return Place(moved, Trust.CERTAIN)
        links = self._links(piece)
        place = project(source, piece.text, span.shift(-piece.source.start), links)
        return Place(place.span.shift(offset), place.trust)

    def _links(self, piece: Piece) -> tuple[Link, ...]:
        known = None if piece.segment is None else self._target.segments[piece.segment].links
        return known.pairs if known is not None and known.target == piece.text else ()

    def warned(self, marks: Sequence[Mark], places: Sequence[Place]) -> Iterator[TargetSegment]:
        """Yield the segments of the block, with warnings about marks that were guessed."""
        spans = {
            piece.segment: (piece.source, offset)
            for piece, offset in zip(self._pieces, self._offsets, strict=False)
            if piece.segment is not None
        }
        found: dict[int, list[EditorWarning]] = {}
        starts = [segment.span.start for segment in self._target.segments]
        for mark, place in zip(marks, places, strict=True):
            index = bisect_right(starts, mark.span.start) - 1
            if place.trust < Trust.LIKELY and index in spans:
                size = len(self._target.segments[index].target)
                warning = self._warning(mark, place, offset=spans[index][1], size=size)
                found.setdefault(index, []).extend(warning)
        for index, segment in enumerate(self._target.segments):
            kept = tuple(one for one in segment.warnings if one.code != MOVED)
            wanted = (*kept, *found.get(index, ()))
            if segment.origin is Origin.APPROVED or wanted == segment.warnings:
                yield segment
            else:
                yield replace(segment, warnings=wanted)

    def _warning(
        self, mark: Mark, place: Place, *, offset: int, size: int
    ) -> Iterator[EditorWarning]:
        name = name_of(mark.key)
        guessed = place.trust is Trust.GUESSED
        if name in SILENT or not (guessed or name in _NAMES):
            return
        start, end = (min(max(at - offset, 0), size) for at in (place.span.start, place.span.end))
        severity = Severity.WARNING if guessed and name in _NAMES else Severity.INFO
        text = " ".join(mark.span.of(self._text).split())[:_LONGEST_SHOWN]
        what = f"the {_NAMES.get(name, 'emphasis')} at “{text}”"
        if not text:
            what = f"a {_NAMES.get(name, 'mark')}"
        yield EditorWarning(
            MOVED, f"{what} may be in the wrong place", severity, mark.span, Span(start, end)
        )


class _Tree:
    """Places that become a tree: nested like the source, what lies side by side disjoint."""

    def __init__(
        self, marks: Sequence[Mark], parents: Sequence[int], places: Sequence[Place], length: int
    ) -> None:
        self._marks = marks
        self._parents = parents
        self._places = list(places)
        self._length = length
        self._children: dict[int, list[int]] = {}
        for index, parent in enumerate(parents):
            self._children.setdefault(parent, []).append(index)

    def settle(self) -> list[Place]:
        """Return the places; parents are settled before what lies in them."""
        for parent in [-1, *range(len(self._marks))]:
            children = self._children.get(parent)
            if children:
                self._settle_in(parent, children)
        return self._places

    def _settle_in(self, parent: int, children: Sequence[int]) -> None:
        outer = Span(0, self._length) if parent < 0 else self._places[parent].span
        free = _Free(outer)
        # ranges before points, the surest first, then in the order of the source
        ranked = sorted(
            children,
            key=lambda i: (not self._marks[i].span, -self._places[i].trust, i),
        )
        for index in ranked:
            place = self._places[index]
            wanted = place.span
            if parent >= 0 and self._marks[index].span == self._marks[parent].span and wanted:
                wanted = outer  # two marks of the same words
            span = free.take(wanted)
            trust = place.trust if len(span) or not len(wanted) else Trust.GUESSED
            self._places[index] = Place(self._within(parent, index, span), trust)

    def _within(self, parent: int, index: int, span: Span) -> Span:
        """Keep an empty mark off the end of an outer one whose key does not hold it."""
        if parent < 0 or span.start < self._places[parent].span.end or span:
            return span
        outer, keys = self._places[parent].span, (self._marks[parent].key, self._marks[index].key)
        if keys[1].startswith(keys[0] + "."):
            return span
        return Span(outer.start, outer.start)


class _Free:
    """What of a range is not taken yet."""

    def __init__(self, outer: Span) -> None:
        self._outer = outer
        self._taken: list[Span] = []

    def take(self, wanted: Span) -> Span:
        """Return what of ``wanted`` is free, its first longest part, and take it."""
        start = min(max(wanted.start, self._outer.start), self._outer.end)
        end = min(max(wanted.end, start), self._outer.end)
        if start == end:
            return self._point(start)
        best = Span(start, start)
        at = start
        first = max(0, bisect_right(self._taken, Span(start, start)) - 1)
        for taken in self._taken[first : bisect_left(self._taken, Span(end, end))]:
            if taken.end <= at:
                continue
            if taken.start - at > len(best):
                best = Span(at, taken.start)
            at = max(at, taken.end)
        if end - at > len(best):
            best = Span(at, end)
        if not best:
            return self._point(start)
        insort(self._taken, best)
        return best

    def _point(self, at: int) -> Span:
        """Return a point, moved to the nearer edge if it lies inside what is taken."""
        place = bisect_right(self._taken, Span(at, at)) - 1
        if place >= 0:
            taken = self._taken[place]
            if taken.start < at < taken.end:
                at = taken.start if at - taken.start < taken.end - at else taken.end
        return Span(at, at)
