"""From the attention of a model to links of words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tolmach.document import Link, Span
from tolmach.inference.attending import Attended
from tolmach.markup.alignment import tokens_of

__all__ = ["links_of", "places_in"]

# of a word's attention, how much a word of the source must have to be what it stands for
_LEAST = 0.25
# and how much of it a word must have that no word stands for: two that became one
_SHARED = 0.15


def links_of(source: str, target: str, attended: Attended) -> tuple[Link, ...]:
    """Return which words of a sentence became which words of its translation.

    Each word of the target stands for the word of the source that it attends to most, unless it
    attends to nothing in particular, or rather to punctuation and the end. A word of the source
    that none stands for is linked to the one that attends to it most.

    Args:
        source: the sentence.
        target: its translation.
        attended: between the two.
    """
    ours, theirs = tokens_of(source), tokens_of(target)
    shares = _shares(attended, ours, theirs)
    pairs: list[tuple[int, int]] = []
    for there, row in enumerate(shares):
        *words, elsewhere = row
        here = max(range(len(words)), key=words.__getitem__, default=-1)
        if here >= 0 and words[here] >= max(_LEAST, elsewhere):
            pairs.append((here, there))
    linked = {here for here, _ in pairs}
    for here in range(len(ours)):
        there = max(range(len(shares)), key=lambda index: shares[index][here], default=-1)
        if here not in linked and there >= 0 and shares[there][here] >= _SHARED:
            pairs.append((here, there))
    return tuple(Link(ours[here], theirs[there]) for here, there in sorted(pairs))


def _shares(attended: Attended, ours: Sequence[Span], theirs: Sequence[Span]) -> list[list[float]]:
    """Return for each word of the target how much it attends to each word; last, to the rest."""
    columns = [-1 if span is None else _word(span, ours) for span in attended.source]
    shares = [[0.0] * (len(ours) + 1) for _ in theirs]
    pieces = [0] * len(theirs)
    for span, weights in zip(attended.target, attended.weights, strict=False):
        there = _word(span, theirs)
        if there < 0:
            continue
        pieces[there] += 1
        for here, weight in zip(columns, weights, strict=False):
            shares[there][here] += weight
    return [
        [value / max(1, count) for value in row] for row, count in zip(shares, pieces, strict=True)
    ]


def _word(span: Span, words: Sequence[Span]) -> int:
    """Return the index of the word that a piece belongs to, -1 for none."""
    index = bisect_right(words, span.end - 1, key=lambda word: word.start) - 1
    return index if span and index >= 0 and words[index].end > span.start else -1


def places_in(text: str, source: str) -> tuple[int, ...] | None:
    """Return where each character of a segment's source stands in the text it was taken from.

    Args:
        text: as it stands in the document.
        source: the same on one line, and without hyphens at line ends.

    Returns:
        A position for each character and for the end; None if they are different texts.
    """
    places = []
    at = 0
    for char in source:
        while at < len(text) and text[at] != char and not (char == " " and text[at].isspace()):
            at += 1
        if at == len(text):
            return None
        places.append(at)
        at += 1
    return (*places, at)
