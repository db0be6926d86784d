"""Baselines, and whether a system is worse than one: for those who change models or glossaries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.comparing import compare, is_worse
from tolmach.evaluation.corpus import Corpus, Example
from tolmach.evaluation.results import Comparison, EvaluationResult, Score, SystemResult
from tolmach.evaluation.running import Output
from tolmach.evaluation.scoring import Scoring, score_output
from tolmach.evaluation.store import plain, read_record
from tolmach.writers.base import write_atomically

__all__ = ["GATED", "Baseline", "Verdict", "load_baseline", "save_baseline", "verdict"]

GATED: Final = ("chrF2", "BLEU", "checks")
"""Figures that a system must not be worse in, if the suite has them."""

_KIND, _VERSION = "baseline", 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a system wrote once, to compare others with.

    Its figures are for whoever reads the file: metrics and checks may have changed since, so what
    is compared is scored anew.

    Attributes:
        name: of the system.
        to: target language code.
        suite: name of the suite.
        created: when it was measured.
        texts: hash of the source texts, which must still be the same.
        scores: figures at that time.
        hypotheses: by id of the text, in order.
    """

    name: str
    to: str
    suite: str
    created: str
    texts: str
    scores: tuple[Score, ...]
    hypotheses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one system.

    Attributes:
        system: its name.
        comparisons: with the baseline.
        worse: those in which it is significantly worse.
    """

    system: str
    comparisons: tuple[Comparison, ...]
    worse: tuple[Comparison, ...]


def texts_hash(system: SystemResult) -> str:
    """Return a hash of the texts that a system was given."""
    rows = [(item.id, item.document, item.source) for item in system.segments]
    text = json.dumps(rows, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_baseline(result: EvaluationResult, system: SystemResult, path: Path) -> None:
    """Write one system's figures and texts as a baseline.

    Raises:
        OutputError: it cannot be written.
    """
    values = plain(system)
    rows = [(item.id, item.hypothesis) for item in system.segments]
    del values["segments"], values["documents"]
    head = {
        "tolmach": _KIND,
        "version": _VERSION,
        "suite": result.suite,
        "created": result.created,
        "texts": texts_hash(system),
        "system": values,
    }
    text = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False)
    # one line for each text, so that a diff shows which ones have changed
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    write_atomically(path, f'{text[:-2]},\n "hypotheses": [\n{lines}\n ]\n}}\n')


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        InputError: it is damaged.
    """
    record = read_record(path, kind=_KIND, version=_VERSION)
    try:
        system = record["system"]
        return Baseline(
            name=str(system["name"]),
            to=str(system["to"]),
            suite=str(record["suite"]),
            created=str(record["created"]),
            texts=str(record["texts"]),
            scores=tuple(Score(**item) for item in system["scores"]),
            hypotheses=MappingProxyType(
                {str(key): str(text) for key, text in record["hypotheses"]}
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: a damaged baseline ({type(error).__name__}: {error})") from error


def rescored(baseline: Baseline, like: SystemResult, *, metrics: Sequence[str]) -> SystemResult:
    """Return the result of a baseline by today's metrics and references.

    Args:
        baseline: what was written once.
        like: a system's result on the same suite, which gives sources and references.
        metrics: what is computed.

    Raises:
        InputError: the suite has other texts now.
    """
    if texts_hash(like) != baseline.texts or list(baseline.hypotheses) != [
        item.id for item in like.segments
    ]:
        raise InputError(
            f"the suite {baseline.suite!r} has other texts than the baseline of "
            f"{baseline.created}; measure it anew with --update"
        )
    corpus = Corpus(
        tuple(
            Example(item.id, item.source, {like.to: item.references}, item.document)
            for item in like.segments
        )
    )
    output = Output(tuple(baseline.hypotheses.values()), MappingProxyType({}))
    return score_output(baseline.name, output, corpus, Scoring(tuple(metrics), 0), to=like.to)


def verdict(
    baseline: Baseline,
    system: SystemResult,
    *,
    metrics: Sequence[str] = (),
    method: str = "bs",
    trials: int = 0,
) -> Verdict:
    """Compare a system with a baseline.

    Args:
        baseline: what it must not be worse than.
        system: what is measured.
        metrics: in which figures; default those of :data:`GATED` that the system has.
        method: ``bs`` or ``ar``.
        trials: 0 for the test's usual number.

    Raises:
        InputError: they are not about the same texts, or the system lacks a figure.
        ConfigError: there is no figure to compare.
    """
    measured = [score.metric for score in system.scores]
    wanted = list(metrics) or [name for name in GATED if name in measured]
    if not wanted:
        raise ConfigError(f"{system.name}: no figure for the gate; name one with --metric")
    before = rescored(baseline, system, metrics=wanted)
    found = compare(before, system, metrics=wanted, method=method, trials=trials)
    return Verdict(system.name, found, tuple(filter(is_worse, found)))
