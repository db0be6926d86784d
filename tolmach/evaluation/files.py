"""Scoring finished files: translations from anywhere, text line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.comparing import compare
from tolmach.evaluation.corpus import Corpus, checked
from tolmach.evaluation.results import Comparison, EvaluationResult
from tolmach.evaluation.running import Output
from tolmach.evaluation.scoring import Scoring, score_output
from tolmach.evaluation.sources import from_lines, read_lines
from tolmach.evaluation.store import now

__all__ = ["FILE_METRICS", "score_files"]

FILE_METRICS = ("BLEU", "chrF2")
"""What is computed if nothing else is asked for."""


def score_files(
    source: Path,
    references: Sequence[Path],
    hypotheses: Sequence[Path],
    *,
    to: str,
    metrics: Sequence[str] = FILE_METRICS,
    trials: int = 0,
    method: str = "bs",
    samples: int = 0,
    allow_empty: bool = False,
    documents: Path | None = None,
) -> EvaluationResult:
    """Score finished translations.

    Args:
        source: Russian, text line by line.
        references: one or several translations by people.
        hypotheses: translations to score; each further one is compared with the first.
        to: their language.
        metrics: what is computed.
        trials: bootstrap trials for intervals, 0 for none.
        method: ``bs`` or ``ar``, how systems are compared.
        samples: of the comparison, 0 for as many as sacreBLEU takes.
        allow_empty: an empty hypothesis counts as wrong instead of being an error.
        documents: a file with the name of the document of each line.

    Raises:
        InputError: a file is not UTF-8, has empty lines or another number of lines; says where.
        ConfigError: there is nothing to score, or two files have the same name.
    """
    if not references or not hypotheses:
        raise ConfigError("at least one reference and one hypothesis file are needed")
    examples = from_lines(source, {to: references}, documents=documents)
    corpus = checked(examples, to=(to,), where=str(source))
    names = _names(hypotheses)
    scoring = Scoring(tuple(metrics), trials)
    scored, notes = [], []
    for name, path in zip(names, hypotheses, strict=True):
        texts, empty = _hypotheses(path, corpus, source, allow_empty=allow_empty)
        if empty:
            notes.append(f"{name}: {empty} empty lines count as wrong")
        output = Output(texts, MappingProxyType({"file": path.name}))
        scored.append(score_output(name, output, corpus, scoring, to=to))
    found: list[Comparison] = []
    for other in scored[1:]:
        found += compare(scored[0], other, method=method, trials=samples)
    return EvaluationResult(source.name, now(), tuple(scored), tuple(found), tuple(notes))


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the names of files, with their folders where names alone are not unique."""
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    if len(set(names)) < len(names):
        raise ConfigError("the same hypothesis file is given twice")
    return names


def _hypotheses(
    path: Path, corpus: Corpus, source: Path, *, allow_empty: bool
) -> tuple[tuple[str, ...], int]:
    """Return the lines of a file and how many of them are empty."""
    lines = [line.strip() for line in read_lines(path)]
    if len(lines) != len(corpus.examples):
        raise InputError(
            f"{path}: {len(lines)} lines, but {source} has {len(corpus.examples)}: they do not "
            "belong together line by line"
        )
    empty = [number for number, line in enumerate(lines, start=1) if not line]
    if empty and not allow_empty:
        more = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
        raise InputError(
            f"{path}:{empty[0]}: the line is empty{more}; fill in what is missing, or give "
            "--allow-empty to count it as wrong"
        )
    return tuple(lines), len(empty)
