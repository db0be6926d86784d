"""``tolmach eval``: measuring and comparing translations."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from itertools import product
from pathlib import Path

from tolmach import resources
from tolmach.cli.codes import DONE, SOME_FAILED
from tolmach.cli.eval_tables import (
    print_comparisons,
    print_lines,
    print_systems,
    print_verdict,
)
from tolmach.cli.progress import display_for
from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.comparing import compare
from tolmach.evaluation.evaluate import Evaluation
from tolmach.evaluation.files import FILE_METRICS, score_files
from tolmach.evaluation.gate import load_baseline, save_baseline, verdict
from tolmach.evaluation.results import Comparison, EvaluationResult, SystemResult
from tolmach.evaluation.running import System
from tolmach.evaluation.store import RESULT, load_result, plain, result_record
from tolmach.evaluation.suites import Suite, known_metrics, load_suite

__all__ = ["evaluation"]


def evaluation(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        TolmachError: a suite, data or a system cannot be used.
    """
    actions = {
        "list": _list,
        "run": _run,
        "score": _score,
        "compare": _compare,
        "gate": _gate,
        "report": _report,
    }
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:  # noqa: ARG001
    for name in resources.names("eval"):
        suite = load_suite(name)
        print(f"{name:16} {suite.summary}")
        languages = ", ".join(suite.to) if _translates(suite) else "ru"
        print(f"{'':16} {suite.data.kind}; {languages}; {', '.join(suite.measured)}")
    return DONE


def _translates(suite: Suite) -> bool:
    return suite.data.kind not in {"boundaries", "structure"}


def _systems(options: argparse.Namespace, suite: Suite) -> list[System]:
    """Return every combination of what was given, each with a name that tells it from the others.

    Raises:
        ConfigError: there are not as many names as systems.
    """
    models = options.model or [""]
    configs = options.config or ["auto"]
    pipelines = options.pipeline or [suite.pipeline]
    made = []
    for pipeline, model, config in product(pipelines, models, configs):
        parts = [
            part
            for part, listed in ((pipeline, pipelines), (model, models), (config, configs))
            if part and len(listed) > 1
        ]
        if model and model not in parts:
            parts.append(model)
        name = " ".join(Path(part).stem if "/" in part else part for part in parts) or pipeline
        made.append(System(name, pipeline, model, config, options.offline))
    names = options.name or [system.name for system in made]
    if len(names) != len(made):
        raise ConfigError(f"--name: {len(names)} names for {len(made)} systems")
    return [
        System(name, system.pipeline, system.model, system.config, system.offline)
        for name, system in zip(names, made, strict=True)
    ]


def _evaluate(
    options: argparse.Namespace, suite: Suite, to: list[str]
) -> tuple[EvaluationResult, Evaluation]:
    systems = _systems(options, suite) if _translates(suite) else []
    root = Path(options.results)
    # so that the process that translates is ended with this one
    signal.signal(signal.SIGTERM, _interrupt)
    with display_for(quiet=options.quiet) as display:
        work = Evaluation(suite, systems, to=to, root=root, progress=display)
        return work.run(again=options.again), work


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _run(options: argparse.Namespace) -> int:
    suite = load_suite(options.suite)
    result, work = _evaluate(options, suite, options.to or [])
    if options.json:
        print(json.dumps(result_record(result), ensure_ascii=False))
    else:
        print_systems(result)
        print_comparisons(result.comparisons)
        for note in result.notes:
            print(note)
    if work.folder is not None:
        _write_report(result, work.folder)
        told = "reused" if work.reused else "kept"
        print(f"{told}: {work.folder / RESULT}", file=sys.stderr)
    return DONE


def _write_report(result: EvaluationResult, folder: Path) -> list[Path]:
    from tolmach.evaluation.report import write_report

    return write_report(result, folder)


def _score(options: argparse.Namespace) -> int:
    metrics = options.metric or FILE_METRICS
    unknown = [name for name in metrics if name not in known_metrics()]
    if unknown:
        known = ", ".join(known_metrics())
        raise ConfigError(f"--metric: no metric {', '.join(unknown)}; known: {known}")
    result = score_files(
        Path(options.src),
        [Path(path) for path in options.ref],
        [Path(path) for path in options.hyp],
        to=options.to,
        metrics=metrics,
        trials=_count(options.confidence, "--confidence"),
        method=options.method,
        samples=_count(options.trials, "--trials"),
        allow_empty=options.allow_empty,
        documents=Path(options.documents) if options.documents else None,
    )
    if options.json:
        print(json.dumps(result_record(result), ensure_ascii=False))
    elif len(result.systems) == 1:
        print_lines(result.systems[0])
    else:
        print_systems(result)
        print_comparisons(result.comparisons)
    for note in result.notes:
        print(note, file=sys.stderr)
    if options.report:
        for path in _write_report(result, Path(options.report)):
            print(path, file=sys.stderr)
    return DONE


def _count(number: int, option: str) -> int:
    if number < 0:
        raise ConfigError(f"{option}: must not be negative")
    return number


def _compare(options: argparse.Namespace) -> int:
    first, second = (_chosen(text, options.to) for text in (options.first, options.second))
    found: list[Comparison] = []
    for system in first:
        for other in second:
            if other.to == system.to and other is not system:
                found += compare(
                    system,
                    other,
                    metrics=options.metric or (),
                    method=options.method,
                    trials=_count(options.trials, "--trials"),
                )
    if not found:
        raise InputError(f"{options.first} and {options.second} have no language in common")
    if options.json:
        print(json.dumps(plain(found), ensure_ascii=False))
    else:
        print_comparisons(found)
    return DONE


def _chosen(text: str, to: list[str] | None) -> list[SystemResult]:
    """Return the systems that ``RESULT`` or ``RESULT:NAME`` names; of several, the first."""
    path, name = text, ""
    if not Path(text).exists() and ":" in text:
        path, _, name = text.rpartition(":")
    result = load_result(Path(path))
    found = [item for item in result.systems if not to or item.to in to]
    if name:
        known = ", ".join(dict.fromkeys(item.name for item in result.systems))
        found = [item for item in found if item.name == name]
        if not found:
            raise InputError(f"{path}: there is no system {name!r}; systems: {known}")
    if not found:
        raise InputError(f"{path}: nothing in {', '.join(to or ())}")
    first: dict[str, SystemResult] = {}
    for item in found:
        first.setdefault(item.to, item)
    return list(first.values())


def _gate(options: argparse.Namespace) -> int:
    path = Path(options.baseline)
    suite = load_suite(options.suite)
    if not _translates(suite):
        raise ConfigError(f"suite {suite.name!r}: nothing is translated, so there is no gate")
    if not options.update and not path.is_file():
        raise InputError(f"{path}: there is no baseline; write one with --update")
    to = options.to or (load_baseline(path).to if path.is_file() else "")
    if not to:
        raise ConfigError("--to: say for which language the baseline is")
    result, _ = _evaluate(options, suite, [to])
    if options.update:
        save_baseline(result, result.systems[0], path)
        print(f"baseline written: {path}")
        return DONE
    baseline = load_baseline(path)
    worse = False
    for system in result.systems:
        found = verdict(
            baseline,
            system,
            metrics=options.metric or (),
            method=suite.test,
            trials=suite.trials,
        )
        print_verdict(found)
        worse = worse or bool(found.worse)
    return SOME_FAILED if worse else DONE


def _report(options: argparse.Namespace) -> int:
    path = Path(options.result)
    result = load_result(path)
    folder = Path(options.out) if options.out else path if path.is_dir() else path.parent
    for written in _write_report(result, folder):
        print(written)
    return DONE
