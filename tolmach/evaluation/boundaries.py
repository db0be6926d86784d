"""How well sentence boundaries are found, compared with sentences an editor has marked.

A boundary is the end of a sentence, counted in letters and digits from the beginning of its unit
(a line, or several that share a sentence). So white space, list markers without digits, end
marks and quotation marks at either side of a boundary make no difference, and splitters that
return spans or strings can be compared. The end of a unit is no boundary: every splitter finds
it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tolmach.document import Span
from tolmach.errors import InputError

__all__ = ["BoundaryScore", "GoldUnit", "compare", "gold_units", "read_gold", "score"]

_CONTENT: Final = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class BoundaryScore:
    """Boundaries found and missed; scores of several texts can be added.

    Attributes:
        found: boundaries that are in the gold as well.
        extra: boundaries that are not.
        missed: boundaries of the gold that were not found.
    """

    found: int = 0
    extra: int = 0
    missed: int = 0

    def __add__(self, other: BoundaryScore) -> BoundaryScore:
        return BoundaryScore(
            self.found + other.found, self.extra + other.extra, self.missed + other.missed
        )

    @property
    def precision(self) -> float:
        """Share of the boundaries found that are right; 1 if none was found."""
        total = self.found + self.extra
        return self.found / total if total else 1.0

    @property
    def recall(self) -> float:
        """Share of the gold boundaries that were found; 1 if there are none."""
        total = self.found + self.missed
        return self.found / total if total else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 if there is nothing to find or found."""
        total = 2 * self.found + self.extra + self.missed
        return 2 * self.found / total if total else 1.0


@dataclass(frozen=True, slots=True)
class GoldUnit:
    """A stretch of text that begins and ends with lines, and its sentences.

    Attributes:
        span: in the text of the article.
        sentences: spans in the text of the article, in order.
    """

    span: Span
    sentences: tuple[Span, ...]


def read_gold(path: Path) -> dict[str, tuple[tuple[int, str], ...]]:
    """Read reference sentences.

    Args:
        path: JSON lines with ``line`` (1-based) and ``ru``, and ``doc`` if the file is about
            several articles.

    Returns:
        For each article (``""`` without ``doc``) line numbers and sentences, in order.

    Raises:
        InputError: the file is not as it should be.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    try:
        for row in path.read_text(encoding="utf-8").splitlines():
            if row.strip():
                record = json.loads(row)
                sentence = (int(record["line"]), str(record["ru"]))
                found.setdefault(str(record.get("doc", "")), []).append(sentence)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no reference sentences ({error})") from error
    return {name: tuple(sentences) for name, sentences in found.items()}


def gold_units(text: str, sentences: Iterable[tuple[int, str]]) -> tuple[GoldUnit, ...]:
    r"""Find reference sentences in a text and put those with common lines together.

    Args:
        text: of the article, with ``"\n"`` line ends.
        sentences: 1-based line numbers and sentences, in order; white space need not be the same.

    Raises:
        InputError: a sentence is not where it should be.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    units: list[GoldUnit] = []
    place = 0
    for line, sentence in sentences:
        begin = starts[line - 1] if 0 < line <= len(starts) else len(text)
        span = _find(text, sentence, max(place, begin))
        place = span.end
        end = text.find("\n", span.end)
        unit = Span(begin, len(text) if end < 0 else end)
        if units and unit.start < units[-1].span.end:
            last = units.pop()
            joined = Span(last.span.start, max(unit.end, last.span.end))
            units.append(GoldUnit(joined, (*last.sentences, span)))
        else:
            units.append(GoldUnit(unit, (span,)))
    return tuple(units)


def _find(text: str, sentence: str, start: int) -> Span:
    """The span of a sentence; where it has a space the text may have any white space."""
    pattern = r"\s+".join(map(re.escape, sentence.split()))
    match = re.compile(pattern).search(text, start)
    if match is None:
        raise InputError(f"the reference sentence is not in the text: {sentence[:60]}")
    return Span(*match.span())


def compare(text: str, found: Sequence[Span], gold: Sequence[Span]) -> BoundaryScore:
    """Compare the sentences found in one unit with the gold.

    Args:
        text: the unit.
        found: spans of sentences in it, in order.
        gold: the right ones.
    """
    total = len(_CONTENT.findall(text))
    ours, theirs = _boundaries(text, found, total), _boundaries(text, gold, total)
    return BoundaryScore(len(ours & theirs), len(ours - theirs), len(theirs - ours))


def _boundaries(text: str, spans: Sequence[Span], total: int) -> set[int]:
    """How many letters and digits stand before the end of each sentence but the last."""
    counts: set[int] = set()
    count = done = 0
    for span in spans:
        count += len(_CONTENT.findall(text, done, span.end))
        done = span.end
        counts.add(count)
    return counts - {0, total}


def score(
    text: str, units: Iterable[GoldUnit], splitter: Callable[[str], Sequence[Span]]
) -> BoundaryScore:
    """Compare what a splitter makes of the units of an article with the gold.

    Args:
        text: of the article.
        units: of :func:`gold_units`.
        splitter: returns the spans of the sentences of a unit's text.
    """
    result = BoundaryScore()
    for unit in units:
        part = unit.span.of(text)
        gold = [span.shift(-unit.span.start) for span in unit.sentences]
        result += compare(part, splitter(part), gold)
    return result
