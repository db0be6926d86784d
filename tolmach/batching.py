"""How segments become batches: pure functions, no model and no document in sight.

A batch costs the engine its *padded* size: the number of rows times the longest row. Rows of
like length waste least, so a window of segments is sorted by length before it is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

__all__ = ["distinct", "padded_size", "plan", "restore", "windows"]

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def windows(
    items: Iterable[T], *, size: int, weight: Callable[[T], int] = lambda _: 1
) -> Iterator[list[T]]:
    """Cut a stream into consecutive lists that are read no further than needed.

    Args:
        items: any iterable; it is consumed lazily.
        size: a window is closed as soon as its weight reaches this.
        weight: the weight of one item.

    Yields:
        Non-empty lists; together they are ``items`` in order.
    """
    window: list[T] = []
    total = 0
    for item in items:
        window.append(item)
        total += weight(item)
        if total >= size:
            yield window
            window, total = [], 0
    if window:
        yield window


def plan(lengths: Sequence[int], *, budget: int, rows: int) -> list[tuple[int, ...]]:
    """Group rows into batches of like length within a budget of padded tokens.

    Args:
        lengths: length of each row, in tokens.
        budget: the most padded tokens in a batch; a longer single row is a batch by itself.
        rows: the most rows in a batch.

    Returns:
        Batches of indexes into ``lengths``, longest rows first: if memory does not suffice,
        the first batch shows it. Every index stands in exactly one batch.

    Raises:
        ValueError: ``budget`` or ``rows`` is below 1.
    """
    if budget < 1 or rows < 1:
        raise ValueError(f"budget and rows must be at least 1, not {budget} and {rows}")
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[tuple[int, ...]] = []
    batch: list[int] = []
    for index in order:
        longest = lengths[batch[0]] if batch else lengths[index]
        if batch and (len(batch) >= rows or longest * (len(batch) + 1) > budget):
            batches.append(tuple(batch))
            batch = []
        batch.append(index)
    if batch:
        batches.append(tuple(batch))
    return batches


def padded_size(lengths: Sequence[int], batch: Sequence[int]) -> int:
    """Return what a batch costs: its rows times its longest row, in tokens."""
    return len(batch) * max((lengths[index] for index in batch), default=0)


def restore(batches: Sequence[Sequence[int]], results: Sequence[Sequence[T]]) -> list[T]:
    """Put the results of planned batches back into the order of the rows.

    Args:
        batches: what :func:`plan` returned.
        results: one sequence for each batch, one result for each of its rows.

    Raises:
        ValueError: a batch and its results differ in number.
    """
    pairs = [
        pair
        for batch, found in zip(batches, results, strict=True)
        for pair in zip(batch, found, strict=True)
    ]
    return [result for _, result in sorted(pairs, key=lambda pair: pair[0])]


def distinct(keys: Iterable[K]) -> dict[K, list[int]]:
    """Return each different key with the positions where it stands, in order of appearance."""
    found: dict[K, list[int]] = {}
    for position, key in enumerate(keys):
        found.setdefault(key, []).append(position)
    return found
