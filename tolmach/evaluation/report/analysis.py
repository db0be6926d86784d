"""What a report shows, worked out of an evaluation's result: no page, no drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tolmach.evaluation.results import (
    Comparison,
    EvaluationResult,
    Score,
    SegmentResult,
    SystemResult,
)

__all__ = [
    "ALPHA",
    "Bucket",
    "Direction",
    "Unit",
    "Verdict",
    "buckets",
    "directions",
    "finite",
    "most_different",
    "quantiles",
    "score_of",
    "verdict",
    "worst",
]

ALPHA = 0.05  # what is called significant
PREFERRED = "chrF2"
_EDGES = (1, 6, 11, 21, 31, 41)  # first number of source words of each bucket
_COMPARED = 2000  # characters of a text that are compared: the comparison is quadratic


def finite(value: float | None) -> float | None:
    """Return a figure, or None for one that is missing, NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


@dataclass(frozen=True)
class Unit:
    """One source text and what each system made of it.

    Attributes:
        id: of the segment.
        document: the document it belongs to; may be empty.
        source: the source text.
        references: what outputs are compared with.
        outputs: one for each system of the direction, None where a system lacks the segment.
    """

    id: str
    document: str
    source: str
    references: tuple[str, ...]
    outputs: tuple[SegmentResult | None, ...]

    def scores(self, metric: str) -> tuple[float | None, ...]:
        """Return the score of each system, None where there is none."""
        return tuple(
            None if output is None else finite(output.scores.get(metric)) for output in self.outputs
        )

    def mean(self, metric: str) -> float | None:
        """Return the mean over the systems that have a score."""
        return _mean(score for score in self.scores(metric) if score is not None)

    def spread(self, metric: str) -> float:
        """Return how far the best and the worst score are apart; 0 for less than two."""
        scores = [score for score in self.scores(metric) if score is not None]
        return max(scores) - min(scores) if len(scores) > 1 else 0.0

    @cached_property
    def distance(self) -> float:
        """How much the two least similar outputs differ, 0 to 100.

        Normalised indel distance of their first 2,000 characters (rapidfuzz ``fuzz.ratio``).
        """
        from rapidfuzz import fuzz

        texts = {output.hypothesis[:_COMPARED] for output in self.outputs if output is not None}
        ordered = sorted(texts)
        ratios = [
            fuzz.ratio(one, other)
            for index, one in enumerate(ordered)
            for other in ordered[index + 1 :]
        ]
        return 100.0 - min(ratios, default=100.0)


@dataclass(frozen=True)
class Direction:
    """All systems with one target language.

    Attributes:
        to: target language code.
        systems: in the order of the result.
        comparisons: those of this language.
        units: the segments, in the order of the suite.
    """

    to: str
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...]
    units: tuple[Unit, ...]

    @cached_property
    def metrics(self) -> tuple[Score, ...]:
        """The first score of each metric, in order: its name and which way is better."""
        found: dict[str, Score] = {}
        for system in self.systems:
            for score in system.scores:
                found.setdefault(score.metric, score)
        return tuple(found.values())

    @cached_property
    def headline(self) -> str:
        """The metric that plots and findings are about; empty if there is none."""
        names = [score.metric for score in self.metrics if score.better == "higher"]
        names += [score.metric for score in self.metrics]
        return PREFERRED if PREFERRED in names else next(iter(names), "")

    @cached_property
    def segment_metrics(self) -> tuple[str, ...]:
        """The metrics that single segments are scored by, the most telling one first."""
        found: dict[str, None] = {}
        for unit in self.units:
            for output in unit.outputs:
                found.update(dict.fromkeys(output.scores if output is not None else ()))
        first = [name for name in (PREFERRED, self.headline) if name in found]
        return tuple(dict.fromkeys([*first, *found]))

    @property
    def segment_metric(self) -> str:
        """The first of the metrics of segments; empty if segments have no scores."""
        return next(iter(self.segment_metrics), "")

    @cached_property
    def document_metric(self) -> str:
        """The metric of the plot of documents: the headline if documents have it."""
        names = [
            score.metric
            for system in self.systems
            for document in system.documents
            for score in document.scores
        ]
        return self.headline if self.headline in names else next(iter(names), "")

    def lower_is_better(self, metric: str) -> bool:
        """Return whether smaller figures of a metric are better ones."""
        return any(score.metric == metric and score.better == "lower" for score in self.metrics)

    def best(self, metric: str) -> float | None:
        """Return the best figure of a metric; None if that cannot be said of it."""
        scores = [score_of(system.scores, metric) for system in self.systems]
        values = [value for score in scores if score and (value := finite(score.value)) is not None]
        better = next((score.better for score in self.metrics if score.metric == metric), "")
        if len(values) < 2 or better not in {"higher", "lower"}:
            return None
        return max(values) if better == "higher" else min(values)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Segments whose sources are about as long.

    Attributes:
        label: their numbers of source words, such as ``"6–10"``.
        count: how many segments.
        means: the mean score of each system, None where there is none.
    """

    label: str
    count: int
    means: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison says, in words.

    Attributes:
        text: a few words for a table.
        kind: ``"better"``, ``"worse"``, ``"different"`` or ``"same"``.
    """

    text: str
    kind: str


def score_of(scores: Sequence[Score], metric: str) -> Score | None:
    """Return the score of a metric, if there is one."""
    return next((score for score in scores if score.metric == metric), None)


def directions(result: EvaluationResult) -> tuple[Direction, ...]:
    """Return the systems of a result by target language, in order of appearance."""
    found = []
    for to in dict.fromkeys(system.to for system in result.systems):
        systems = tuple(system for system in result.systems if system.to == to)
        comparisons = tuple(item for item in result.comparisons if item.to == to)
        found.append(Direction(to, systems, comparisons, _units(systems)))
    return tuple(found)


def _units(systems: Sequence[SystemResult]) -> tuple[Unit, ...]:
    outputs = [{segment.id: segment for segment in system.segments} for system in systems]
    first: dict[str, SegmentResult] = {}
    for system in systems:
        for segment in system.segments:
            first.setdefault(segment.id, segment)
    return tuple(
        Unit(
            id=segment.id,
            document=segment.document,
            source=segment.source,
            references=segment.references,
            outputs=tuple(by_id.get(segment.id) for by_id in outputs),
        )
        for segment in first.values()
    )


def buckets(direction: Direction) -> tuple[Bucket, ...]:
    """Return the mean scores by length of the source, without empty buckets."""
    metric = direction.segment_metric
    groups: dict[int, list[Unit]] = {}
    for unit in direction.units:
        words = len(unit.source.split())
        groups.setdefault(sum(words >= edge for edge in _EDGES), []).append(unit)
    found = []
    for place, units in sorted(groups.items()):
        columns = zip(*(unit.scores(metric) for unit in units), strict=True)
        means = tuple(_mean(score for score in column if score is not None) for column in columns)
        if any(mean is not None for mean in means):
            found.append(Bucket(_label(place), len(units), means))
    return tuple(found)


def _label(place: int) -> str:
    if place == 0:
        return "0"
    low = _EDGES[place - 1]
    return f"{low}+" if place == len(_EDGES) else f"{low}–{_EDGES[place] - 1}"


def quantiles(direction: Direction, index: int, shares: Sequence[float]) -> tuple[float, ...]:
    """Return quantiles of the segment scores of one system; empty if it has none.

    Linear interpolation between closest ranks, as in ``numpy.quantile``.
    """
    metric = direction.segment_metric
    scores = (unit.scores(metric)[index] for unit in direction.units)
    values = sorted(score for score in scores if score is not None)
    if not values:
        return ()
    found = []
    for share in shares:
        rank = share * (len(values) - 1)
        below = math.floor(rank)
        above = min(below + 1, len(values) - 1)
        found.append(values[below] + (values[above] - values[below]) * (rank - below))
    return tuple(found)


def worst(direction: Direction, count: int) -> tuple[Unit, ...]:
    """Return the segments whose mean score over the systems is worst, worst first."""
    metric = direction.segment_metric
    sign = -1.0 if direction.lower_is_better(metric) else 1.0
    scored = [(mean, unit) for unit in direction.units if (mean := unit.mean(metric)) is not None]
    scored.sort(key=lambda pair: sign * pair[0])
    return tuple(unit for _, unit in scored[:count])


def most_different(direction: Direction, count: int) -> tuple[Unit, ...]:
    """Return the segments whose scores differ most between systems, most different first."""
    metric = direction.segment_metric
    ordered = sorted(direction.units, key=lambda unit: -unit.spread(metric))
    return tuple(unit for unit in ordered[:count] if unit.spread(metric) > 0)


def verdict(direction: Direction, comparison: Comparison) -> Verdict:
    """Say in words what a comparison has shown."""
    p, difference = finite(comparison.p_value), finite(comparison.difference)
    if p is None or difference is None:
        return Verdict("not known", "same")
    if p >= ALPHA or difference == 0:
        return Verdict("no significant difference", "same")
    better = next((s.better for s in direction.metrics if s.metric == comparison.metric), "higher")
    if better not in {"higher", "lower"}:
        return Verdict("significantly different", "different")
    if (difference > 0) == (better == "higher"):
        return Verdict("significantly better", "better")
    return Verdict("significantly worse", "worse")
