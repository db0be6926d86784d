"""From what systems wrote to figures: of the whole suite, of documents and of single lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.corpus import Corpus
from tolmach.evaluation.counting import (
    check_codes,
    name_counts,
    number_counts,
    signature,
    weighty,
)
from tolmach.evaluation.metrics import (
    SACREBLEU,
    corpus_score,
    finite,
    ratio_score,
    segment_scores,
)
from tolmach.evaluation.results import DocumentResult, Score, SegmentResult, SystemResult
from tolmach.evaluation.rouge import ROUGE, rouge
from tolmach.evaluation.rouge import signature as rouge_signature
from tolmach.evaluation.running import Output

__all__ = ["Scoring", "score_output"]

_Counts = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scoring:
    """What is computed.

    Attributes:
        metrics: in the order in which they are shown.
        trials: bootstrap trials for intervals, 0 for none.
    """

    metrics: tuple[str, ...]
    trials: int = 1000


def score_output(
    name: str, output: Output, corpus: Corpus, scoring: Scoring, *, to: str
) -> SystemResult:
    """Return the figures of one system.

    Args:
        name: of the system.
        output: what it wrote.
        corpus: what it was given.
        scoring: what is computed.
        to: target language code.

    Raises:
        InputError: there is not one hypothesis for each text.
        ConfigError: a metric needs something that the output does not have.
    """
    if len(output.hypotheses) != len(corpus.examples):
        raise InputError(
            f"{name}: {len(output.hypotheses)} hypotheses for {len(corpus.examples)} texts"
        )
    work = _Work(output, corpus, scoring, to)
    documents = corpus.documents
    by_document = () if len(documents) < 2 else tuple(map(work.document, documents))
    return SystemResult(
        name=name,
        to=to,
        signature=output.signature,
        scores=work.scores(range(len(corpus.examples)), trials=scoring.trials),
        segments=work.segments(),
        documents=by_document,
        seconds=output.seconds,
        words=output.words,
        peak_mb=output.peak_mb,
    )


class _Work:
    """The figures of one system while they are computed."""

    def __init__(self, output: Output, corpus: Corpus, scoring: Scoring, to: str) -> None:
        self._texts = output.hypotheses
        self._examples = corpus.examples
        self._references = corpus.references(to)
        self._metrics = scoring.metrics
        self._to = to
        self._codes: list[tuple[str, ...]] = [()] * len(self._texts)
        if "checks" in self._metrics:
            self._codes = check_codes(self._examples, self._texts, to=to)
        self._counts = {
            metric: self._counted(metric, output)
            for metric in self._metrics
            if metric not in SACREBLEU
        }
        self._single: Mapping[str, list[float]] = {
            metric: segment_scores(metric, self._texts, self._references, to=to)
            for metric in self._metrics
            if metric in SACREBLEU
        }

    def _counted(self, metric: str, output: Output) -> _Counts:
        if metric in ROUGE:
            figures = (
                rouge(text, expected, metrics=(metric,))[metric]
                for text, expected in zip(self._texts, self._references, strict=True)
            )
            return [(figure, 1.0) for figure in figures]
        if metric == "numbers":
            return number_counts(self._examples, self._texts, to=self._to)
        if metric == "names":
            return name_counts(self._examples, self._texts, to=self._to)
        if metric == "checks":
            return [(float(weighty(codes)), 1.0) for codes in self._codes]
        if metric not in output.figures:
            raise ConfigError(f"the metric {metric!r} does not fit this kind of data")
        return [(finite(figure, metric), 1.0) for figure in output.figures[metric]]

    def scores(self, indexes: Sequence[int], *, trials: int = 0) -> tuple[Score, ...]:
        """Return the figures of some lines together."""
        found = (self._score(metric, indexes, trials) for metric in self._metrics)
        return tuple(score for score in found if score is not None)

    def _score(self, metric: str, indexes: Sequence[int], trials: int) -> Score | None:
        if metric in SACREBLEU:
            texts = [self._texts[index] for index in indexes]
            references = [self._references[index] for index in indexes]
            return corpus_score(metric, texts, references, to=self._to, trials=trials)
        how = rouge_signature() if metric in ROUGE else signature(metric)
        counts = [self._counts[metric][index] for index in indexes]
        return ratio_score(metric, counts, signature=how, trials=trials)

    def document(self, name: str) -> DocumentResult:
        """Return the figures of a document."""
        indexes = [n for n, item in enumerate(self._examples) if item.document == name]
        return DocumentResult(name, len(indexes), self.scores(indexes))

    def segments(self) -> tuple[SegmentResult, ...]:
        """Return all lines with their figures."""
        return tuple(
            SegmentResult(
                id=example.id,
                document=example.document,
                source=example.source,
                hypothesis=self._texts[index],
                references=tuple(self._references[index]),
                scores=MappingProxyType(dict(self._figures(index))),
                checks=self._codes[index],
            )
            for index, example in enumerate(self._examples)
        )

    def _figures(self, index: int) -> Iterable[tuple[str, float]]:
        for metric in self._metrics:
            if metric in SACREBLEU:
                yield metric, self._single[metric][index]
            elif metric != "checks":
                above, below = self._counts[metric][index]
                if below:
                    yield metric, 100 * above / below
