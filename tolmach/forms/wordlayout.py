"""A paragraph of a Word document as a text with marks, and what each mark stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lxml import etree

from tolmach.document import Mark, Span
from tolmach.forms.wordtext import Box, Item, Piece, Point, items_of, local

__all__ = ["Layout", "Payload", "Style", "layout_of"]

_NAMES: Final = {"b": "bold", "i": "italic", "u": "underline"}


@dataclass(frozen=True, slots=True)
class Style:
    """Formatting that differs from that of most of the paragraph.

    Attributes:
        element: the properties of the run; None for none at all.
    """

    element: etree._Element | None


Payload: TypeAlias = Style | Point | Box
"""What a mark stands for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A paragraph.

    Attributes:
        text: with a tab or a line end for what takes such a space.
        marks: with spans in ``text``.
        payloads: what they stand for, in the same order.
        style: the formatting of most of the text.
        prefix: what stands before the text.
        suffix: what stands after it.
    """

    text: str
    marks: tuple[Mark, ...]
    payloads: tuple[Payload, ...]
    style: etree._Element | None
    prefix: tuple[Point, ...]
    suffix: tuple[Point, ...]


def layout_of(paragraph: etree._Element, numbers: Iterator[int]) -> Layout:
    """Return the text of a paragraph and what is in it.

    Args:
        paragraph: it is not changed.
        numbers: for the keys of the marks, which are unique in a document.
    """
    items = list(items_of(paragraph))
    first = next((i for i, item in enumerate(items) if not isinstance(item, Point)), len(items))
    last = next((i for i in range(len(items), 0, -1) if not isinstance(items[i - 1], Point)), first)
    pieces: Counter[str] = Counter()
    styles: dict[str, etree._Element | None] = {}
    for piece in _pieces(items):
        pieces[piece.key] += len(piece.text)
        styles.setdefault(piece.key, piece.style)
    base = pieces.most_common(1)[0][0] if pieces else ""
    builder = _Builder(numbers)
    builder.add(items[first:last], base, "")
    return Layout(
        "".join(builder.texts),
        tuple(Mark(key, span) for key, span, _ in builder.found),
        tuple(payload for _, _, payload in builder.found),
        styles.get(base),
        _points(items[:first]),
        _points(items[last:]),
    )


def _points(items: Sequence[Item]) -> tuple[Point, ...]:
    return tuple(item for item in items if isinstance(item, Point))


def _pieces(items: Sequence[Item]) -> Iterator[Piece]:
    for item in items:
        if isinstance(item, Box):
            yield from _pieces(item.items)
        elif isinstance(item, Piece):
            yield item


@dataclass(slots=True)
class _Builder:
    """Puts the text together and notes the places of marks, in the order of the document."""

    numbers: Iterator[int]
    texts: list[str] = field(default_factory=list)
    length: int = 0
    found: list[tuple[str, Span, Payload]] = field(default_factory=list)

    def add(self, items: Sequence[Item], base: str, outer: str) -> None:
        index = 0
        while index < len(items):
            item = items[index]
            if isinstance(item, Point):
                self._point(item, outer)
            elif isinstance(item, Box):
                self._box(item, base, outer)
            elif item.key == base or not item.text.strip():
                self._write(item.text)
            else:
                end = _run_end(items, index)
                self._styled(items[index:end], item, outer)
                index = end
                continue
            index += 1

    def _write(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)

    def _mark(self, name: str, payload: Payload, outer: str) -> tuple[str, int]:
        """Note a mark that begins here; its end is not known yet."""
        key = f"{outer}{name}-{next(self.numbers)}"
        self.found.append((key, Span(self.length, self.length), payload))
        return key, len(self.found) - 1

    def _end(self, place: int, start: int, end: int) -> None:
        key, _, payload = self.found[place]
        self.found[place] = (key, Span(start, end), payload)

    def _point(self, point: Point, outer: str) -> None:
        self._mark(point.name, point, outer)
        self._write(point.space)

    def _box(self, box: Box, base: str, outer: str) -> None:
        start = self.length
        key, place = self._mark(box.name, box, outer)
        self.add(box.items, base, f"{key}.")
        self._end(place, start, self.length)

    def _styled(self, items: Sequence[Item], first: Piece, outer: str) -> None:
        """Add pieces of one formatting; white space at the edges does not count."""
        start = self.length + len(first.text) - len(first.text.lstrip())
        key, place = self._mark(_style_name(first.style), Style(first.style), outer)
        self.add(items, first.key, f"{key}.")
        last = items[-1]
        space = len(last.text) - len(last.text.rstrip()) if isinstance(last, Piece) else 0
        self._end(place, start, max(start, self.length - space))


def _run_end(items: Sequence[Item], start: int) -> int:
    """Return where the pieces end that have the formatting of the one at ``start``."""
    first = items[start]
    end = start + 1
    for index in range(start + 1, len(items)):
        item = items[index]
        if isinstance(item, Box):
            break
        if isinstance(item, Piece):
            if item.text.strip() and isinstance(first, Piece) and item.key != first.key:
                break
            if item.text.strip():
                end = index + 1
    return end


def _style_name(style: etree._Element | None) -> str:
    names = () if style is None else map(local, style)
    return next((_NAMES[name] for name in names if name in _NAMES), "style")
