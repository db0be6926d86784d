"""Marks as the tree they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from tolmach.document import Mark, Span, TargetMark

__all__ = ["Close", "Node", "Open", "events", "name_of", "nested", "ordered", "parents_of"]

AnyMark: TypeAlias = Mark | TargetMark
MarkT = TypeVar("MarkT", Mark, TargetMark)

_NUMBER = re.compile(r"-?\d+\Z")


@dataclass(frozen=True, slots=True)
class Node:
    """A marked part of a text.

    Attributes:
        key: of the mark.
        children: texts and further nodes, in order; none for what stands at a point.
    """

    key: str
    children: tuple[str | Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """Here a mark begins; the text it covers and its end follow."""

    key: str


@dataclass(frozen=True, slots=True)
class Close:
    """Here a mark ends."""

    key: str


def name_of(key: str) -> str:
    """Return what a mark is: ``"bold"`` for the key ``"link-7.bold-8"``."""
    return _NUMBER.sub("", key.rpartition(".")[2])


def parents_of(marks: Sequence[AnyMark]) -> tuple[int, ...]:
    """Return for each mark the index of the mark it lies in, -1 for none.

    Args:
        marks: in order, outer ones first; ranges nest or are disjoint.
    """
    parents: list[int] = []
    open_marks: list[int] = []
    for mark in marks:
        while open_marks and not _holds(marks[open_marks[-1]], mark):
            open_marks.pop()
        parents.append(open_marks[-1] if open_marks else -1)
        open_marks.append(len(parents) - 1)
    return tuple(parents)


def _holds(outer: AnyMark, inner: AnyMark) -> bool:
    if inner.key.startswith(outer.key + "."):
        return True
    start, end = outer.span.start, outer.span.end
    return start <= inner.span.start < end and inner.span.end <= end


def ordered(marks: Sequence[MarkT], parents: Sequence[int]) -> tuple[MarkT, ...]:
    """Return marks in the order of a document: by place, outer ones first.

    Args:
        marks: in an order in which each mark comes after the one it lies in.
        parents: as :func:`parents_of` returns them.
    """
    children: dict[int, list[int]] = {}
    for index, parent in enumerate(parents):
        children.setdefault(parent, []).append(index)
    result: list[MarkT] = []
    # of marks that begin at the same place the empty ones stand before the others
    waiting = [-1]
    while waiting:
        index = waiting.pop()
        if index >= 0:
            result.append(marks[index])
        inner = children.get(index, [])
        inner.sort(key=lambda i: (marks[i].span.start, marks[i].span.end, i))
        waiting.extend(reversed(inner))
    return tuple(result)


def events(text: str, marks: Sequence[AnyMark]) -> Iterator[str | Open | Close]:
    """Walk through a text with marks: texts, beginnings and ends, always well-formed.

    Args:
        text: what the spans of the marks refer to.
        marks: as :func:`parents_of` needs them.

    Yields:
        The text in pieces; for each mark one :class:`Open` and later one :class:`Close`.
    """
    position = 0
    open_marks: list[AnyMark] = []
    for mark in marks:
        while open_marks and not _holds(open_marks[-1], mark):
            closing = open_marks.pop()
            yield from _between(text, position, closing.span.end)
            position = max(position, closing.span.end)
            yield Close(closing.key)
        yield from _between(text, position, mark.span.start)
        position = max(position, mark.span.start)
        yield Open(mark.key)
        open_marks.append(mark)
    while open_marks:
        closing = open_marks.pop()
        yield from _between(text, position, closing.span.end)
        position = max(position, closing.span.end)
        yield Close(closing.key)
    yield from _between(text, position, len(text))


def _between(text: str, start: int, end: int) -> Iterator[str]:
    if end > start:
        yield text[start:end]


@dataclass(slots=True)
class _Opened:
    key: str
    children: list[str | Node] = field(default_factory=list)


def nested(text: str, marks: Sequence[AnyMark], *, span: Span | None = None) -> Node:
    """Return a text with marks as a tree.

    Args:
        text: what the spans of the marks refer to.
        marks: of this text alone, as :func:`parents_of` needs them.
        span: the part of ``text`` that is meant, such as the span of a block; default all of it.

    Returns:
        A node without a key. Its texts, put together, are ``text`` or the part that is meant.
    """
    part = span or Span(0, len(text))
    shifted = [replace(mark, span=mark.span.shift(-part.start)) for mark in marks]
    stack = [_Opened("")]
    for event in events(part.of(text), shifted):
        if isinstance(event, Open):
            stack.append(_Opened(event.key))
        elif isinstance(event, Close):
            done = stack.pop()
            stack[-1].children.append(Node(done.key, tuple(done.children)))
        else:
            stack[-1].children.append(event)
    return Node("", tuple(stack[0].children))
