"""Evaluating systems on a suite, and scoring texts that were made elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from tolmach import __version__
from tolmach.catalog.choice import choose
from tolmach.catalog.licences import members
from tolmach.catalog.loading import storage_type
from tolmach.catalog.store import open_store
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, ModelError
from tolmach.evaluation.child import run_apart
from tolmach.evaluation.cleaning import evaluate_cleaning
from tolmach.evaluation.comparing import compare
from tolmach.evaluation.corpus import Corpus
from tolmach.evaluation.loading import load_corpus
from tolmach.evaluation.results import Comparison, EvaluationResult, SystemResult
from tolmach.evaluation.running import Job, Mode, Output, System, run_job
from tolmach.evaluation.scoring import Scoring, score_output
from tolmach.evaluation.store import (
    OutputStore,
    find_result,
    load_result,
    new_folder,
    now,
    save_result,
)
from tolmach.evaluation.suites import Suite, load_suite
from tolmach.pipeline import Pipeline
from tolmach.stages import Progress, Silence

__all__ = ["Evaluation", "evaluate"]

# what does not change what is written
_BESIDE_THE_POINT: Final = ("evaluation", "cli", "writers", "readers", "report.py")
# of the run settings, what decides what is written
_DECIDING: Final = {"device", "engine", "precision", "fast", "shortlist", "batch"}


def evaluate(
    suite: str | Path | Suite,
    *,
    systems: Sequence[str | System] = (),
    to: Sequence[str] = (),
    results: str | Path | None = "eval-results",
    again: bool = False,
    apart: bool = True,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run systems over a suite and score what they write.

    Args:
        suite: shipped name, YAML file, or a suite.
        systems: models by name, or systems; default the pipeline of the suite as it is.
        to: target languages; default those of the suite.
        results: folder that keeps outputs and results, so that nothing is translated twice; None
            keeps nothing.
        again: translate even if an output of the same signature is kept.
        apart: run each system in a process of its own; only then is its memory measured.
        progress: told how things go on.

    Returns:
        The figures, with intervals, and how each further system differs from the first.

    Raises:
        ConfigError: the suite, a pipeline or run settings are wrong.
        InputError: texts or references are missing or damaged.
        ModelError: a model is not available, or failed.
        OutputError: results cannot be written.

    Example:
        >>> result = tolmach.evaluate("snippets-small", systems=["embedded"], to=["en"])
        >>> for score in result.systems[0].scores:
        ...     print(score.metric, round(score.value, 1))
    """
    root = None if results is None else Path(results)
    work = Evaluation(suite, systems, to=to, root=root, progress=progress)
    return work.run(again=again, apart=apart)


class Evaluation:
    """One evaluation: what is asked for, and where it is kept.

    Attributes:
        suite: the suite.
        systems: what is measured.
        targets: into which languages.
        folder: where the result was written; None before the end, and if nothing is kept.
        reused: whether nothing was new.
    """

    def __init__(
        self,
        suite: str | Path | Suite,
        systems: Sequence[str | System],
        *,
        to: Sequence[str] = (),
        root: Path | None,
        progress: Progress | None = None,
    ) -> None:
        """Check what is asked for; nothing is translated yet.

        Args:
            suite: shipped name, YAML file, or a suite.
            systems: models by name, or systems.
            to: target languages; default those of the suite.
            root: folder that keeps outputs and results, None for none.
            progress: told how things go on.

        Raises:
            ConfigError: the suite is wrong, does not have a language, or a name is not unique.
        """
        self.suite = load_suite(suite)
        self.systems = _named(systems, self.suite)
        lacking = [language for language in to if language not in self.suite.to]
        if lacking:
            raise ConfigError(
                f"suite {self.suite.name!r} is in {', '.join(self.suite.to)}, not in "
                + ", ".join(lacking)
            )
        self.targets: tuple[str, ...] = tuple(dict.fromkeys(to)) or self.suite.to
        self.folder: Path | None = None
        self.reused = False
        self._root = root
        self._progress = progress or Silence()

    def run(self, *, again: bool = False, apart: bool = True) -> EvaluationResult:
        """Translate what has not been translated yet, score everything, and keep the result.

        Args:
            again: translate even if an output of the same signature is kept.
            apart: run each system in a process of its own.

        Raises:
            TolmachError: see :func:`evaluate`.
        """
        if self.suite.data.kind in {"boundaries", "structure"}:
            result = evaluate_cleaning(self.suite, [system.name for system in self.systems])
            return self._keep(result, OutputStore.key({"cleaning": result.systems[0].segments}))
        offline = any(system.offline for system in self.systems)
        corpus = load_corpus(self.suite, to=self.targets, offline=offline)
        keys: list[str] = []
        scored: list[SystemResult] = []
        fresh = again
        notes: list[str] = []
        for to in self.targets:
            for system in self.systems:
                job = Job(system, to, self._mode(), corpus.examples, self.suite.stages)
                output, key, new = self._output(job, corpus, again=again, apart=apart)
                keys.append(key)
                fresh = fresh or new
                notes += _notes(system, to, output)
                scored.append(score_output(system.name, output, corpus, self._scoring(), to=to))
        about = {"outputs": keys, "references": [corpus.fingerprint(to) for to in self.targets]}
        result_key = OutputStore.key({**about, "suite": self.suite.model_dump(mode="json")})[:8]
        kept = None if fresh or self._root is None else self._kept(result_key)
        if kept is not None:
            self.reused = True
            return kept
        comparisons = self._comparisons(scored)
        made = EvaluationResult(
            self.suite.name, now(), tuple(scored), comparisons, tuple(dict.fromkeys(notes))
        )
        return self._keep(made, result_key)

    def _scoring(self) -> Scoring:
        return Scoring(self.suite.measured, self.suite.confidence)

    def _mode(self) -> Mode:
        kind = self.suite.data.kind
        return cast(Mode, kind if kind in {"articles", "summaries"} else self.suite.split)

    def _output(
        self, job: Job, corpus: Corpus, *, again: bool, apart: bool
    ) -> tuple[Output, str, bool]:
        """Return what a system writes, the key it is kept under, and whether it is new."""
        about = deciding(job, corpus)
        key = OutputStore.key(about)
        store = None if self._root is None else OutputStore(self._root, self.suite.name)
        kept = None if again or store is None else store.get(key)
        # memory and time of a process of its own must not come from a shared one
        if kept is not None and (kept.peak_mb or not apart):
            self._progress.note(f"{job.system.name}, {job.to}: translated before")
            return kept, key, False
        self._progress.note(f"{job.system.name}, {job.to}: {len(job.examples)} texts")
        run: Callable[..., Output] = run_apart if apart else run_job
        output = run(job, progress=self._progress)
        if store is not None:
            store.put(key, output, about=about)
        return output, key, True

    def _kept(self, key: str) -> EvaluationResult | None:
        if self._root is None:
            return None
        found = find_result(self._root, self.suite.name, key)
        if found is None:
            return None
        self.folder = found
        return load_result(found)

    def _keep(self, result: EvaluationResult, key: str) -> EvaluationResult:
        if self._root is not None:
            self.folder = new_folder(self._root, self.suite.name, key[:8])
            save_result(result, self.folder)
        return result

    def _comparisons(self, scored: Sequence[SystemResult]) -> tuple[Comparison, ...]:
        found: list[Comparison] = []
        for to in self.targets:
            first, *others = [system for system in scored if system.to == to]
            if len(first.segments) < 2:
                continue
            for other in others:
                found += compare(first, other, method=self.suite.test, trials=self.suite.trials)
        return tuple(found)


def _named(systems: Sequence[str | System], suite: Suite) -> tuple[System, ...]:
    made = [
        System(item, suite.pipeline, model=item) if isinstance(item, str) else item
        for item in systems
    ] or [System(suite.pipeline, suite.pipeline)]
    names = [system.name for system in made]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"two systems are called {', '.join(twice)}: give names with --name")
    return tuple(made)


def _notes(system: System, to: str, output: Output) -> list[str]:
    found = [f"{system.name}: {note}" for note in output.notes]
    empty = sum(not text for text in output.hypotheses)
    if empty:
        found.append(f"{system.name}, {to}: {empty} texts came out empty and count as wrong")
    return found


def deciding(job: Job, corpus: Corpus) -> Mapping[str, object]:
    """Return everything that decides what a system writes, so that nothing else is reused.

    Raises:
        ConfigError: pipeline or settings are wrong.
    """
    settings = job.system.settings()
    config = job.system.composition(stages=job.stages)
    # options of stages that take part in the signature, such as the hash of all names
    pipeline = Pipeline(config, settings=settings)
    signature = dict(pipeline.signature)
    pipeline.close()
    return MappingProxyType(
        {
            "tolmach": __version__,
            "code": code_hash(),
            "pipeline": signature,
            "models": _models(job, settings),
            "settings": settings.model_dump(mode="json", include=_DECIDING),
            "mode": job.mode,
            "stages": list(job.stages),
            "to": job.to,
            "texts": corpus.fingerprint(job.to, references=False),
        }
    )


def _models(job: Job, settings: RunSettings) -> list[str]:
    """Return which model would be used now, with all that decides its weights and search."""
    stages = job.system.composition(stages=job.stages).stages
    options = next((item.options for item in stages if item.name == "translate"), None)
    if options is None:
        raise ConfigError("without the stage 'translate' there is nothing to evaluate")
    store = open_store(settings)
    try:
        chosen = choose(
            options.models.get(job.to, ()),
            source="ru",
            target=job.to,
            store=store,
            quantization=storage_type(settings),
        )
    except ModelError:
        return []  # whoever runs it will say so
    return [
        f"{card.name} {card.fingerprint()} "
        + hashlib.sha256(card.model_dump_json(exclude={"summary", "notes"}).encode()).hexdigest()
        for card in members(chosen.card)
    ]


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return a hash of the code that translates, so that outputs of older code are not reused."""
    package = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package)
        if name.parts[0] not in _BESIDE_THE_POINT:
            found.update(str(name).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]
