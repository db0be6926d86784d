"""The metrics that compare a text with references, and the intervals of their figures.

BLEU, chrF2, chrF++ and TER come from sacreBLEU's own classes, so figures and signatures are those
of its command. BLEU cuts English into tokens with ``13a``. It does the same with Vietnamese:
syllables are written apart, so white space and punctuation already divide a text into units that
any word segmenter would only glue together in its own way; chrF2, which does not depend on this,
stands first for Vietnamese.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tolmach.errors import InputError
from tolmach.evaluation.results import Score

__all__ = ["COUNTED", "SACREBLEU", "UNITS", "ratio_score", "sacrebleu_metric", "segment_scores"]

SACREBLEU: Final = ("chrF2", "BLEU", "chrF++", "TER")
"""Metrics of sacreBLEU, in the order in which they are shown."""

COUNTED: Final = ("numbers", "names", "checks", "faithful", "ROUGE-1", "ROUGE-2", "ROUGE-L")
"""Metrics that are a sum over the segments, divided by another."""

UNITS: Final[Mapping[str, str]] = {
    "numbers": "% of the source's numbers that are right in the translation",
    "names": "% of the source's names whose right form is in the translation",
    "checks": "doubtful places per 100 segments",
    "faithful": "% of summary sentences that the article supports",
}
"""What a figure means, for metrics that are not known by their name."""

LOWER_IS_BETTER: Final = frozenset({"TER", "checks"})
_TOKENIZERS: Final[Mapping[str, str]] = {"en": "13a", "vi": "13a"}


def sacrebleu_metric(
    name: str, *, to: str, references: Sequence[Sequence[str | None]] | None = None
) -> Any:
    """Return a metric of sacreBLEU.

    Args:
        name: one of :data:`SACREBLEU`.
        to: language of the texts.
        references: one sequence for each reference of all lines; kept by the metric.
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    kept: Any = references
    made: Mapping[str, Callable[[], Any]] = {
        "BLEU": lambda: BLEU(tokenize=_TOKENIZERS[to], references=kept, force=True),
        "chrF2": lambda: CHRF(references=kept),
        "chrF++": lambda: CHRF(word_order=2, references=kept),
        "TER": lambda: TER(references=kept),
    }
    return made[name]()


def columns(references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """Return references as sacreBLEU wants them: one list for each, None where there are fewer.

    Args:
        references: for each line, its references.
    """
    most = max(map(len, references))
    return [
        [line[place] if place < len(line) else None for line in references] for place in range(most)
    ]


def corpus_score(
    name: str,
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    to: str,
    trials: int = 0,
) -> Score:
    """Return a figure of sacreBLEU for all lines together.

    Args:
        name: one of :data:`SACREBLEU`.
        hypotheses: what a system wrote.
        references: for each line, its references.
        to: language of the texts.
        trials: bootstrap trials for the 95 % interval, 0 for none. The interval is the one that
            the command shows with ``--confidence``: the mean of the trials and half of what lies
            between their percentiles.

    Raises:
        InputError: the figure is not a number.
    """
    metric = sacrebleu_metric(name, to=to)
    trials = trials if len(hypotheses) > 1 else 0
    found = metric.corpus_score(hypotheses, columns(references), n_bootstrap=trials or 1)
    value = finite(float(found.score), name)
    low = high = None
    if trials:
        low, high = float(found._mean - found._ci), float(found._mean + found._ci)
    signature = metric.get_signature().format()
    better = "lower" if name in LOWER_IS_BETTER else "higher"
    return Score(name, value, signature, low, high, better)


def finite(value: float, name: str) -> float:
    """Return a figure, unless it is none.

    Raises:
        InputError: it is NaN or infinite.
    """
    if not math.isfinite(value):
        raise InputError(f"{name} is {value}: the texts cannot be scored")
    return value


def segment_scores(
    name: str, hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, to: str
) -> list[float]:
    """Return a figure of sacreBLEU for each line by itself.

    BLEU of single lines is smoothed, with the effective order, as sacreBLEU recommends.
    """
    if name == "BLEU":
        from sacrebleu.metrics.bleu import BLEU

        metric: Any = BLEU(tokenize=_TOKENIZERS[to], effective_order=True)
    else:
        metric = sacrebleu_metric(name, to=to)
    return [
        finite(float(metric.sentence_score(text, list(expected)).score), name)
        for text, expected in zip(hypotheses, references, strict=True)
    ]


def ratio_score(
    name: str, counts: Sequence[tuple[float, float]], *, signature: str, trials: int = 0
) -> Score | None:
    """Return 100 times one sum over another, None if there was nothing to count.

    Args:
        name: of the metric.
        counts: for each line, what is added above and below.
        signature: how the counts were made.
        trials: bootstrap trials for the 95 % interval, 0 for none; drawn as sacreBLEU does.
    """
    total = sum(below for _, below in counts)
    if not total:
        return None
    value = 100 * sum(above for above, _ in counts) / total
    low = high = None
    if trials and len(counts) > 1:
        low, high = _interval(counts, trials)
        signature += f"|bs:{trials}|seed:{seed_text()}"
    better = "lower" if name in LOWER_IS_BETTER else "higher"
    return Score(name, finite(value, name), signature, low, high, better)


def _interval(counts: Sequence[tuple[float, float]], trials: int) -> tuple[float, float]:
    import numpy as np

    figures = np.sort(resampled(np.asarray(counts, dtype=float), trials))
    cut = len(figures) // 40
    return float(figures[cut]), float(figures[len(figures) - cut - 1])


def resampled(counts: Any, trials: int) -> Any:
    """Return the ratio of sums for bootstrap samples of the lines.

    Args:
        counts: [lines, 2]: above and below.
        trials: how many samples.

    Returns:
        [trials], in per cent; 0 where nothing was counted in a sample.
    """
    import numpy as np

    generator = np.random.default_rng(seed())
    figures = np.empty(trials)
    for trial in range(trials):
        chosen = generator.choice(len(counts), size=len(counts), replace=True)
        above, below = counts[chosen].sum(0)
        figures[trial] = 100 * above / below if below else 0.0
    return figures


def seed() -> int | None:
    """Return the seed of random draws: ``$SACREBLEU_SEED``, by default 12345; None for none.

    Raises:
        InputError: the variable is neither a number nor ``none``.
    """
    text = seed_text()
    if text == "none":
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"SACREBLEU_SEED is {text!r}; it must be a number or none") from None


def seed_text() -> str:
    """Return the seed as signatures name it."""
    import os

    return os.environ.get("SACREBLEU_SEED", "12345").lower()
