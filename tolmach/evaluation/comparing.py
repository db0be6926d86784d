"""Is a difference between two systems real? Paired tests on the same lines.

For sacreBLEU's metrics its own tests are run, so p-values are those of ``sacrebleu --paired-bs``
and ``--paired-ar`` (Koehn 2004; Riezler and Maxwell 2005). For figures that are counted the same
two tests are done on the counts, with the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tolmach.errors import InputError
from tolmach.evaluation.corpus import Example
from tolmach.evaluation.counting import name_counts, number_counts, weighty
from tolmach.evaluation.metrics import (
    LOWER_IS_BETTER,
    SACREBLEU,
    columns,
    sacrebleu_metric,
    seed,
    seed_text,
)
from tolmach.evaluation.results import Comparison, SystemResult

__all__ = ["METHODS", "SIGNIFICANT", "compare", "is_worse"]

METHODS: Final = {"bs": "paired bootstrap", "ar": "paired approximate randomisation"}
"""What the tests are called."""

SIGNIFICANT: Final = 0.05
_TRIALS: Final = {"bs": 1000, "ar": 10_000}
_THEIR_NAMES: Final = {"chrF++": "chrF2++"}


def compare(
    baseline: SystemResult,
    system: SystemResult,
    *,
    metrics: Sequence[str] = (),
    method: str = "bs",
    trials: int = 0,
) -> tuple[Comparison, ...]:
    """Compare two systems on the same lines.

    Args:
        baseline: the system that is compared with.
        system: the system that is compared.
        metrics: which figures; default all that both have.
        method: ``"bs"`` or ``"ar"``.
        trials: 0 takes 1,000 for ``bs`` and 10,000 for ``ar``.

    Raises:
        InputError: the two are not about the same lines, or lack a metric.
    """
    _must_match(baseline, system)
    both = [
        score.metric
        for score in baseline.scores
        if score.metric in {other.metric for other in system.scores}
    ]
    lacking = [name for name in metrics if name not in both]
    if lacking:
        raise InputError(f"{', '.join(lacking)}: not among the figures of both ({', '.join(both)})")
    wanted = list(metrics) or both
    trials = trials or _TRIALS[method]
    tested = [name for name in wanted if name in SACREBLEU]
    found = dict(_by_sacrebleu(baseline, system, tested, method, trials)) if tested else {}
    for name in wanted:
        if name not in SACREBLEU:
            found[name] = _by_counts(baseline, system, name, method, trials)
    return tuple(found[name] for name in wanted)


def is_worse(comparison: Comparison) -> bool:
    """Whether the system is significantly worse than the baseline (p < 0.05)."""
    loss = comparison.difference if comparison.metric in LOWER_IS_BETTER else -comparison.difference
    return loss > 0 and comparison.p_value < SIGNIFICANT


def _must_match(baseline: SystemResult, system: SystemResult) -> None:
    if baseline.to != system.to:
        raise InputError(
            f"{baseline.name} is in {baseline.to!r}, {system.name} in {system.to!r}: they cannot "
            "be compared"
        )
    ours = [(item.id, item.source, item.references) for item in baseline.segments]
    theirs = [(item.id, item.source, item.references) for item in system.segments]
    if ours != theirs:
        raise InputError(
            f"{baseline.name} and {system.name} are not about the same lines and references: "
            "evaluate both again"
        )
    if len(ours) < 2:
        raise InputError("one line cannot show whether a difference is real")


def _by_sacrebleu(
    baseline: SystemResult,
    system: SystemResult,
    metrics: Sequence[str],
    method: str,
    trials: int,
) -> list[tuple[str, Comparison]]:
    from sacrebleu.significance import PairedTest

    references = columns([item.references for item in baseline.segments])
    made = {name: sacrebleu_metric(name, to=baseline.to, references=references) for name in metrics}
    texts: list[tuple[str, Sequence[str]]] = [
        (side, [item.hypothesis for item in one.segments])
        for side, one in (("baseline", baseline), ("system", system))
    ]
    seed()  # says what is wrong with the variable, if anything is
    test = PairedTest(texts, made, references=None, test_type=method, n_samples=trials)
    signatures: Any
    results: Any
    signatures, results = test()
    found = []
    for name in made:
        key = _THEIR_NAMES.get(name, name)
        first, second = results[key]
        found.append(
            (
                name,
                Comparison(
                    metric=name,
                    to=baseline.to,
                    baseline=baseline.name,
                    system=system.name,
                    difference=float(second.score - first.score),
                    p_value=float(second.p_value),
                    method=METHODS[method],
                    signature=signatures[key].format(),
                ),
            )
        )
    return found


def _by_counts(
    baseline: SystemResult, system: SystemResult, metric: str, method: str, trials: int
) -> Comparison:
    values = [_values(one, metric) for one in (baseline, system)]
    kept = [pair for pair in zip(*values, strict=True) if None not in pair]
    difference = next(s.value for s in system.scores if s.metric == metric) - next(
        s.value for s in baseline.scores if s.metric == metric
    )
    return Comparison(
        metric=metric,
        to=baseline.to,
        baseline=baseline.name,
        system=system.name,
        difference=difference,
        p_value=_p_value(kept, method, trials),
        method=METHODS[method],
        signature=f"lines:{len(kept)}|{method}:{trials}|seed:{seed_text()}",
    )


def _values(system: SystemResult, metric: str) -> list[float | None]:
    """Return what each line adds to the figure; None where there was nothing to count.

    Lines of both systems have as much to count, so what they add can be compared itself.
    """
    if metric == "checks":
        return [float(weighty(item.checks)) for item in system.segments]
    counter = {"numbers": number_counts, "names": name_counts}.get(metric)
    if counter is None:
        return [item.scores.get(metric) for item in system.segments]
    examples = [Example(item.id, item.source, document=item.document) for item in system.segments]
    texts = [item.hypothesis for item in system.segments]
    counts = counter(examples, texts, to=system.to)
    return [above if below else None for above, below in counts]


def _p_value(pairs: Sequence[Any], method: str, trials: int) -> float:
    """Return the probability of a mean difference as large as this if there were none."""
    import numpy as np

    if len(pairs) < 2:
        return 1.0
    differences = np.asarray([second - first for first, second in pairs], dtype=float)
    real = abs(differences.mean())
    if not real:
        return 1.0
    generator = np.random.default_rng(seed())
    figures = np.empty(trials)
    for trial in range(trials):
        if method == "bs":
            chosen = generator.choice(len(differences), size=len(differences), replace=True)
            figures[trial] = abs(differences[chosen].mean())
        else:
            signs = generator.integers(2, size=len(differences)) * 2 - 1
            figures[trial] = abs((differences * signs).mean())
    if method == "bs":
        figures = figures - figures.mean()
    return float((np.sum(figures > real) + 1) / (trials + 1))
