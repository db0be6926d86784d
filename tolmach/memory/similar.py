"""Finding texts like a given one among many, without comparing it with each of them.

The measure is the normalised indel similarity: the share of characters that the longest common
subsequence of two texts covers, ``2 * LCS / (len + len)``. How many insertions and deletions two
texts need at least follows from how often each letter occurs in them, and that is a subtraction of
two rows of numbers. The candidates with the best bounds are compared by rapidfuzz, until none that
is left can be better; among fewer than 20,000 of like length, nothing similar is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["SimilarTexts"]

# letters share a column if their numbers agree in the lowest bits; Russian ones do not share any
_COLUMNS = 64
_CHUNK = 4096
# longer texts are no sentences, and comparing them takes long
_LONGEST = 4000
# compared at once, and for one text in all: what comes later would hardly be similar enough
_LOT, _MOST_COMPARED = 2000, 20_000


class SimilarTexts:
    """A fixed list of texts in which similar ones are found."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count the letters of all texts.

        Args:
            texts: what is searched; results say their places.
        """
        import numpy

        listed = list(texts)
        order = sorted(range(len(listed)), key=lambda place: len(listed[place]))
        self._places = order
        self._texts = [listed[place] for place in order]
        self._lengths = numpy.array([len(text) for text in self._texts], dtype=numpy.int32)
        self._counts = numpy.zeros((len(listed), _COLUMNS), dtype=numpy.int16)
        for start in range(0, len(listed), _CHUNK):
            chunk = self._texts[start : start + _CHUNK]
            self._counts[start : start + len(chunk)] = _counted(chunk)

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, text: str, *, limit: int, at_least: float) -> list[tuple[int, float]]:
        """Return the most similar texts.

        Args:
            text: to compare with.
            limit: how many at most.
            at_least: similarity, above 0 and at most 1.

        Returns:
            Places and similarities, best first, of the same similarity in the order of the list.
        """
        import numpy

        if not self._texts or limit < 1 or not 0 < len(text) <= _LONGEST:
            return []
        # of two texts whose lengths differ, the longer one has that many letters too many
        ratio = at_least / (2 - at_least)
        lengths = self._lengths
        low = int(numpy.searchsorted(lengths, ratio * len(text) - 1e-6, side="left"))
        longest = min(len(text) / ratio + 1e-6, _LONGEST)
        high = int(numpy.searchsorted(lengths, longest, side="right"))
        own = _counted([text])[0]
        needed = numpy.abs(self._counts[low:high] - own).sum(axis=1, dtype=numpy.int32)
        # no candidate can be more similar than its letters allow: the most promising ones first
        bounds = 1 - needed / (lengths[low:high] + len(text))
        near = numpy.flatnonzero(bounds >= at_least - 1e-9)
        near = near[numpy.argsort(-bounds[near], kind="stable")][:_MOST_COMPARED]
        best: list[tuple[int, float]] = []
        for start in range(0, len(near), _LOT):
            if len(best) == limit and bounds[near[start]] + 1e-9 < best[-1][1]:
                break
            places = (near[start : start + _LOT] + low).tolist()
            best += self._compared(text, places, at_least)
            best = sorted(best, key=lambda item: (-item[1], item[0]))[:limit]
        return best

    def _compared(
        self, text: str, places: Sequence[int], at_least: float
    ) -> list[tuple[int, float]]:
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        found = process.extract(
            text,
            [self._texts[place] for place in places],
            scorer=Indel.normalized_similarity,
            score_cutoff=at_least,
            limit=None,
        )
        return [(self._places[places[place]], float(score)) for _, score, place in found]


def _counted(texts: Sequence[str]) -> Any:
    """Return how often the letters of each column occur in each text, at most 32,000 times."""
    import numpy

    # a text that is too long is never compared
    cut = [text[:_LONGEST] for text in texts]
    joined = "".join(cut).encode("utf-32-le", "surrogatepass")
    letters = numpy.frombuffer(joined, dtype=numpy.uint32) % _COLUMNS
    rows = numpy.repeat(numpy.arange(len(cut)), [len(text) for text in cut])
    counts = numpy.bincount(
        rows * _COLUMNS + letters.astype(numpy.int64), minlength=len(cut) * _COLUMNS
    )
    return counts.reshape(len(cut), _COLUMNS).astype(numpy.int16)
