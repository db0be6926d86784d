"""``tolmach translate``: files in, files out, with a report."""

from __future__ import annotations

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tolmach.cli.codes import DONE, INTERRUPTED, SOME_FAILED
from tolmach.cli.progress import Display, display_for
from tolmach.composition import PipelineConfig, load_config
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.config.schema import build
from tolmach.document import Severity
from tolmach.errors import ConfigError, InputError
from tolmach.inputs import find_inputs
from tolmach.languages import TARGETS
from tolmach.pipeline import Pipeline
from tolmach.report import FAILED, NOT_REACHED, RunReport, write_report
from tolmach.stages import Input, Item
from tolmach.writers import make_folder

__all__ = ["translate"]

_STANDARD_INPUT = "-"


def translate(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: an option, a pipeline or a run setting is wrong.
        InputError: a source does not exist.
        OutputError: nothing can be written into the output folder.
        ModelError: no model is available.
    """
    settings = _settings(options)
    config = _pipeline_config(options)
    targets = tuple(options.to or TARGETS)
    if _STANDARD_INPUT in options.sources:
        return _from_standard_input(options, config, settings, targets)
    folder = Path(options.out or "out")
    inputs = find_inputs(options.sources, output=folder)
    # before anything is translated, which may take hours
    make_folder(folder)
    report = RunReport(_recorded(options, config, targets))
    signal.signal(signal.SIGTERM, _interrupt)
    with display_for(quiet=options.quiet) as display:
        display.expect(len(inputs))
        with Pipeline(config, settings=settings, progress=display, output=folder) as pipeline:
            _translate_all(pipeline, inputs, targets, report, display)
    report.notes = display.notes
    path = write_report(report, folder)
    if options.json:
        sys.stdout.write(report.as_json())
    _say_failures(report)
    if not options.quiet and not options.json:
        _print_table(report, targets, path)
    if report.interrupted:
        return INTERRUPTED
    return SOME_FAILED if report.failed else DONE


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _settings(options: argparse.Namespace) -> RunSettings:
    settings = load_run_settings(options.config)
    changes: dict[str, Any] = {}
    if options.device:
        changes["device"] = options.device
    if options.threads is not None:
        changes["threads"] = options.threads
    for name in ("offline", "fast"):
        if getattr(options, name):
            changes[name] = True
    if options.licences:
        changes["licences"] = options.licences
    if options.memory:
        changes["memory"] = options.memory
    values = settings.model_dump(exclude_unset=True) | changes
    return build(RunSettings, values, where="command line")


def _pipeline_config(options: argparse.Namespace) -> PipelineConfig:
    config = load_config(options.pipeline)
    stages = {stage.name for stage in config.stages}
    if options.model:
        models = dict.fromkeys(TARGETS, (options.model,))
        config = config.with_options("translate", models=models)
    config = _with_checks(options, config)
    if options.field:
        config = config.with_options("read", fields=tuple(dict.fromkeys(options.field)))
    if options.summary and "summarize" not in stages:
        raise ConfigError(f"--summary: the pipeline {config.name!r} has no stage 'summarize'")
    if not options.summary:
        config = config.without("summarize")
    if "write" not in stages and options.sources != [_STANDARD_INPUT]:
        raise ConfigError(
            f"the pipeline {config.name!r} has no stage 'write': nothing would be kept"
        )
    return _with_formats(options, config)


def _with_formats(options: argparse.Namespace, config: PipelineConfig) -> PipelineConfig:
    """Return the pipeline with the output formats that the command line asks for."""
    if options.review and _STANDARD_INPUT in options.sources:
        raise ConfigError("--review: the page is written beside a file; give a file, not -")
    found = next((stage.options for stage in config.stages if stage.name == "write"), None)
    if found is None or not (options.format or options.review):
        return config
    formats = [*(options.format or found.formats), *(["review"] if options.review else [])]
    if "review" in formats:
        config = config.with_options("translate", suggest=True)
    return config.with_options("write", formats=tuple(dict.fromkeys(formats)))


def _with_checks(options: argparse.Namespace, config: PipelineConfig) -> PipelineConfig:
    """Return the pipeline with what the command line says of glossaries and errors."""
    found = {stage.name: stage.options for stage in config.stages}
    if options.glossary:
        # terms are put right where the pipeline does that, else only looked for
        name = next((name for name in ("terms", "check") if name in found), None)
        if name is None:
            raise ConfigError(
                f"--glossary: the pipeline {config.name!r} has no stage 'terms' or 'check'"
            )
        files = (*options.glossary, *map(str, found[name].glossary))
        config = config.with_options(name, glossary=files)
    if options.strict:
        if "check" not in found:
            raise ConfigError(f"--strict: the pipeline {config.name!r} has no stage 'check'")
        config = config.with_options("check", strict=True)
    return config


def _recorded(
    options: argparse.Namespace, config: PipelineConfig, targets: Sequence[str]
) -> dict[str, Any]:
    return {
        "pipeline": f"{config.name} {config.fingerprint()}",
        "config": options.config,
        "sources": list(options.sources),
        "to": list(targets),
        "summary": bool(options.summary),
    }


def _translate_all(
    pipeline: Pipeline,
    inputs: Sequence[Input],
    targets: Sequence[str],
    report: RunReport,
    display: Display,
) -> None:
    try:
        for item in pipeline.items(inputs, to=targets):
            report.add(item)
    except BaseException as error:
        if not _is_interrupt(error):
            raise
        # finished documents are on disk already; those that were begun have written nothing
        report.interrupted = True
        report.miss(inputs)
        display.note("interrupted: what was finished is complete")


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether an interrupt is behind an error: imports of compiled modules disguise it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _say_failures(report: RunReport) -> None:
    for record in report.documents:
        if record["status"] == FAILED:
            print(f"tolmach: failed: {record['error']}", file=sys.stderr)


def _print_table(report: RunReport, targets: Sequence[str], path: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=None, show_edge=False, pad_edge=False)
    table.add_column("document", overflow="fold")
    table.add_column("status")
    for heading in ("segments", "words", "seconds"):
        table.add_column(heading, justify="right")
    for target in targets:
        table.add_column(f"{target}: warnings", justify="right")
    for record in report.documents:
        table.add_row(*_row(record, targets))
    totals = report.as_dict()["totals"]
    console = Console(file=sys.stderr)
    console.print(table, markup=False)
    console.print(
        f"{totals.get('done', 0)} of {totals['documents']} documents translated, "
        f"{totals['words']} words, {_by_severity(totals['severities'])}; details in {path}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if any(_is_draft(record) for record in report.documents):
        console.print("draft quality: edit before use", style="yellow", highlight=False)


def _row(record: dict[str, Any], targets: Sequence[str]) -> list[str]:
    if record["status"] in {FAILED, NOT_REACHED}:
        return [record["name"], record["status"], "", "", "", *("" for _ in targets)]
    cells = [record["name"], record["status"], str(record["segments"]), str(record["words"])]
    cells.append(f"{sum(record['seconds'].values()):.1f}")
    for target in targets:
        warnings = record["targets"][target]["warnings"]
        counts = Counter(warning["severity"] for warning in warnings)
        errors, others = counts[Severity.ERROR.value], counts[Severity.WARNING.value]
        cells.append(f"{_number(errors, 'error')} + {others}" if errors else str(others))
    return cells


def _by_severity(counts: Mapping[str, int]) -> str:
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}
    return ", ".join(_number(counts[severity.value], noun) for severity, noun in nouns.items())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_draft(record: dict[str, Any]) -> bool:
    return any(
        warning["code"] == "draft"
        for target in record.get("targets", {}).values()
        for warning in target["warnings"]
    )


def _from_standard_input(
    options: argparse.Namespace,
    config: PipelineConfig,
    settings: RunSettings,
    targets: Sequence[str],
) -> int:
    if len(options.sources) > 1:
        raise ConfigError("-: standard input cannot be combined with other sources")
    if options.out:
        raise ConfigError("-: the translation goes to standard output; leave out --out")
    if len(targets) > 1 and not options.json:
        raise ConfigError("-: give one --to, or --json for several")
    data = sys.stdin.buffer.read()
    source = Input("stdin.txt", data=data)
    with (
        display_for(quiet=options.quiet) as display,
        Pipeline(config, settings=settings, progress=display) as pipeline,
    ):
        (item,) = pipeline.items([source], to=targets)
    return _print_item(item, as_json=options.json)


def _print_item(item: Item, *, as_json: bool) -> int:
    from tolmach.writers import WRITERS

    if item.failure is not None:
        if isinstance(item.failure, InputError):
            message = str(item.failure).replace(item.source.name, "standard input", 1)
            print(f"tolmach: failed: {message}", file=sys.stderr)
        else:
            print(f"tolmach: failed: {item.failure}", file=sys.stderr)
        return SOME_FAILED
    writer = WRITERS["jsonl" if as_json else "text"]
    for article in item.articles.values():
        sys.stdout.write("\n".join(map(str, writer.render(article).values())))
    return DONE
