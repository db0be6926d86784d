"""What tells teasers under an article, without any heading over them, from its sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tolmach.cleaning.lines import Shape, Unit, is_person

__all__ = ["flow_of", "pairs_of"]

_TITLES: Final = frozenset({Shape.TITLE, Shape.QUESTION})


def pairs_of(units: Sequence[Unit]) -> tuple[int, ...]:
    """Count, from each title on, the titles with one paragraph each that fill the page's end.

    Args:
        units: the units of one page, in order.

    Returns:
        One number for each unit; 0 where no such series begins.
    """
    size = len(units)
    counts = [0] * (size + 3)
    for index in range(size - 2, -1, -1):
        if units[index].shape not in _TITLES or units[index + 1].shape is not Shape.TEXT:
            continue
        after = index + 2
        if after < size and units[after].shape is Shape.CAPTION:
            after += 1
        closed = after >= size or units[after].shape in (
            Shape.NAV,
            Shape.META,
            Shape.HEAD_WEAK,
            Shape.HEAD_STRONG,
        )
        if closed or counts[after]:
            counts[index] = 1 + counts[after]
    return tuple(counts[:size])


def flow_of(units: Sequence[Unit]) -> tuple[int, ...]:
    """Count the paragraphs above each unit since the last title, pictures and buttons aside.

    Args:
        units: the units of one page, in order.

    Returns:
        One number for each unit.
    """
    counts, count = [], 0
    for unit in units:
        counts.append(count)
        if unit.shape is Shape.TEXT:
            count += 1
        elif unit.shape in _TITLES and not is_person(unit.text):
            count = 0
    return tuple(counts)
