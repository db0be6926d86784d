"""Where subtitles are divided: between cues, and between the lines of a cue."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tolmach.document import Span

__all__ = ["divide", "wrap"]

_GAP: Final = re.compile(r"\s+")
_PAUSES: Final = frozenset(",.;:!?…—–")
# in characters: how far a boundary may move to stand after a punctuation mark, or outside a tag
_WORTH_A_PAUSE, _WORTH_A_TAG = 6, 15
_NEAR: Final = 8


def divide(text: str, wanted: Sequence[int], *, whole: Sequence[Span] = ()) -> tuple[int, ...]:
    """Return where a text is divided so that no part is empty, near the places that are wanted.

    Args:
        text: one line.
        wanted: positions in ``text``, not decreasing.
        whole: ranges that are rather not cut.

    Returns:
        Positions at which words begin, increasing; fewer than wanted if there are too few words.
    """
    starts = [match.end() for match in _GAP.finditer(text) if match.start() > 0]
    if starts and starts[-1] >= len(text):
        starts.pop()
    found: list[int] = []
    left = 0
    for number, place in enumerate(wanted):
        right = len(starts) - (len(wanted) - number) + 1  # leave words for those that follow
        if left >= len(starts):
            break
        right = max(right, left + 1)
        middle = min(max(bisect_left(starts, place), left), right - 1)
        near = range(max(left, middle - _NEAR), min(right, middle + _NEAR + 1))
        best = min(near, key=lambda i: (_cost(text, starts[i], place, whole), i))
        found.append(starts[best])
        left = best + 1
    return tuple(found)


def _cost(text: str, start: int, wanted: int, whole: Sequence[Span]) -> int:
    cost = abs(start - wanted)
    if text[max(0, start - 3) : start].rstrip()[-1:] in _PAUSES:
        cost -= _WORTH_A_PAUSE
    if any(span.start < start < span.end for span in whole):
        cost += _WORTH_A_TAG
    return cost


def wrap(text: str, *, width: int, lines: int) -> tuple[int, ...]:
    """Return the positions of the spaces that become line ends.

    The lines are as long as each other as far as words allow; only a text that does not fit
    makes lines that are longer than ``width``.

    Args:
        text: one line without white space at its ends.
        width: most characters in a line.
        lines: most lines.
    """
    count = min(lines, -(-len(text) // width))
    breaks: list[int] = []
    start = 0
    spaces = [match.start() for match in _GAP.finditer(text)]
    for left in range(count, 1, -1):
        if left > len(spaces) + 1:
            continue
        target = start + (len(text) - start) / left
        choices = [space for space in spaces if space > start]
        if not choices:
            break
        best = min(choices, key=lambda space: (_unbalanced(text, space, target), space))
        breaks.append(best)
        start = best + 1
        spaces = [space for space in spaces if space > best]
    return tuple(breaks)


def _unbalanced(text: str, space: int, target: float) -> float:
    return abs(space - target) - (3 if text[space - 1] in _PAUSES else 0)
