"""Putting a stream of items back into the order in which they went in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tolmach.stages import Item

__all__ = ["in_order"]


def in_order(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items by their numbers: a short document waits for a long one that came before it.

    What is held back is bounded by how far earlier stages read ahead. Items without numbers of
    their own pass at once.

    Args:
        items: finished in any order; those of one stream are numbered from 0.
    """
    waiting: dict[int, Item] = {}
    following = 0
    for item in items:
        if item.number > following:
            waiting[item.number] = item
            continue
        yield item
        following = max(following, item.number + 1)
        while following in waiting:
            yield waiting.pop(following)
            following += 1
    # a stream with gaps in its numbers
    for number in sorted(waiting):
        yield waiting[number]
