"""What an evaluation found: frozen, stored as JSON, read by reports, gates and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = [
    "Comparison",
    "DocumentResult",
    "EvaluationResult",
    "Score",
    "SegmentResult",
    "SystemResult",
]


def _nothing() -> Mapping[str, float]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Score:
    """One figure and how it was made.

    Attributes:
        metric: its name as people write it, such as ``"BLEU"`` or ``"chrF2"``.
        value: the figure; its unit is the metric's own.
        signature: what anybody needs to get the same figure.
        low: lower end of the 95 % confidence interval, if one was estimated.
        high: upper end.
        better: ``"higher"``, ``"lower"`` or ``""`` for figures that are neither.
    """

    metric: str
    value: float
    signature: str = ""
    low: float | None = None
    high: float | None = None
    better: str = "higher"


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """One line of a system's output.

    Attributes:
        id: unique in the suite.
        document: the document it belongs to; empty if the suite has none.
        source: the source text.
        hypothesis: what the system wrote.
        references: what it is compared with.
        scores: by metric, such as ``{"chrF2": 61.2}``.
        checks: codes of what the checks found, such as ``("numbers",)``, with repeats.
    """

    id: str
    source: str
    hypothesis: str
    references: tuple[str, ...]
    document: str = ""
    scores: Mapping[str, float] = field(default_factory=_nothing)
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """The scores of one document."""

    name: str
    segments: int
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one suite in one direction.

    Attributes:
        name: as the user called it, unique in an evaluation together with ``to``.
        to: target language code.
        signature: what made the hypotheses.
        scores: of the whole suite, in the order of the suite's metrics.
        segments: in the order of the suite.
        documents: in the order of the suite; empty if it has none.
        seconds: time to translate; 0 if it was not measured (finished files).
        words: source words.
        peak_mb: most memory that the process held, in MB; 0 if not measured.
    """

    name: str
    to: str
    signature: Mapping[str, str]
    scores: tuple[Score, ...]
    segments: tuple[SegmentResult, ...]
    documents: tuple[DocumentResult, ...] = ()
    seconds: float = 0.0
    words: int = 0
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether one system differs from another on the same lines.

    Attributes:
        metric: which figure.
        to: target language code.
        baseline: name of the system that is compared with.
        system: name of the system that is compared.
        difference: system less baseline.
        p_value: probability of such a difference if there were none.
        method: ``"paired bootstrap"`` or ``"paired approximate randomisation"``.
        signature: trials and seed.
    """

    metric: str
    to: str
    baseline: str
    system: str
    difference: float
    p_value: float
    method: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Systems on a suite.

    Attributes:
        suite: its name.
        created: date and time, ISO 8601, UTC.
        systems: in the order they were asked for.
        comparisons: of the first system with each other one.
        notes: what readers should know: what was left out, which data were missing.
    """

    suite: str
    created: str
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()

    def as_table(self) -> list[dict[str, str | float | None]]:
        """Return a row for each figure, for ``pandas.DataFrame`` or ``Dataset.from_list``.

        Returns:
            Rows with ``suite``, ``system``, ``to``, ``metric``, ``value``, ``low``, ``high``,
            ``signature``, ``seconds``, ``words`` and ``peak_mb``.
        """
        return [
            {
                "suite": self.suite,
                "system": system.name,
                "to": system.to,
                "metric": score.metric,
                "value": score.value,
                "low": score.low,
                "high": score.high,
                "signature": score.signature,
                "seconds": system.seconds,
                "words": system.words,
                "peak_mb": system.peak_mb,
            }
            for system in self.systems
            for score in system.scores
        ]

    def segments_as_table(self) -> list[dict[str, str | float | None]]:
        """Return a row for each line of each system.

        Returns:
            Rows with ``system``, ``to``, ``id``, ``document``, ``source``, ``hypothesis``,
            ``reference`` (the first one), ``checks`` and a column for each metric.
        """
        metrics = dict.fromkeys(
            metric for system in self.systems for item in system.segments for metric in item.scores
        )
        return [
            {
                "system": system.name,
                "to": system.to,
                "id": item.id,
                "document": item.document,
                "source": item.source,
                "hypothesis": item.hypothesis,
                "reference": item.references[0] if item.references else None,
                "checks": " ".join(item.checks),
                **{metric: item.scores.get(metric) for metric in metrics},
            }
            for system in self.systems
            for item in system.segments
        ]
