"""``tolmach translate``: files in, files out, with a report."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tolmach.cli.closing import print_table, say_failures
from tolmach.cli.codes import DONE, INTERRUPTED, SOME_FAILED
from tolmach.cli.progress import Display, display_for
from tolmach.cli.translate_config import STANDARD_INPUT, pipeline_of, recorded, settings_of
from tolmach.cli.watch import Arrivals, watch
from tolmach.composition import PipelineConfig
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, InputError, OutputError
from tolmach.inputs import find_inputs
from tolmach.languages import TARGETS
from tolmach.outputs import occupied
from tolmach.pipeline import Pipeline
from tolmach.report import RunReport, write_report
from tolmach.resuming import Run
from tolmach.stages import Input, Item

__all__ = ["translate"]

_INTERVAL = 2.0


def translate(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: an option, a pipeline or a run setting is wrong.
        InputError: a source does not exist.
        OutputError: nothing can be written into the output folder, or another run does.
        ModelError: no model is available.
    """
    settings = settings_of(options)
    config = pipeline_of(options)
    targets = tuple(options.to or TARGETS)
    _check(options)
    if STANDARD_INPUT in options.sources:
        return _from_standard_input(options, config, settings, targets)
    folder = Path(options.out or "out")
    inputs = find_inputs(options.sources, output=folder, may_be_empty=options.watch)
    report = RunReport(recorded(options, config, targets))
    with ExitStack() as stack:
        # before anything is translated, which may take hours
        stack.enter_context(occupied(folder))
        display = stack.enter_context(display_for(quiet=options.quiet))
        pipeline = stack.enter_context(
            Pipeline(config, settings=settings, progress=display, output=folder)
        )
        stopping = threading.Event()
        run = Run(
            pipeline,
            folder=folder,
            to=targets,
            report=report,
            display=display,
            redo=options.redo,
            stopping=stopping.is_set,
        )
        if options.watch:
            _watch(options, run, stopping, display)
        else:
            signal.signal(signal.SIGTERM, _interrupt)
            _translate_all(run, inputs, display)
            # first, as a full disk may be what happened
            say_failures(report.documents)
            report.notes = display.notes
            write_report(report, folder)
    return _close(options, report, targets, folder)


def _check(options: argparse.Namespace) -> None:
    if options.interval is not None:
        if not options.watch:
            raise ConfigError("--interval: it is for --watch")
        if not 0 < options.interval < threading.TIMEOUT_MAX:
            raise ConfigError(f"--interval: {options.interval} is no number of seconds above 0")
    if options.watch and STANDARD_INPUT in options.sources:
        raise ConfigError("--watch: name folders, not standard input")


def _close(
    options: argparse.Namespace, report: RunReport, targets: Sequence[str], folder: Path
) -> int:
    if options.json:
        sys.stdout.write(report.as_json())
    if not options.quiet and not options.json:
        print_table(report, targets, folder / "run.json")
    if options.watch:
        return DONE  # it ends because somebody has ended it
    if report.interrupted:
        return INTERRUPTED
    return SOME_FAILED if report.failed else DONE


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _translate_all(run: Run, inputs: Sequence[Input], display: Display) -> None:
    try:
        for _ in run.translate(inputs):
            pass
    except BaseException as error:
        if not _is_interrupt(error):
            raise
        # finished documents are on disk already; those that were begun have written nothing
        run.report.interrupted = True
        run.report.miss(inputs)
        display.note("interrupted: what was finished is complete; the same command goes on")


def _watch(
    options: argparse.Namespace, run: Run, stopping: threading.Event, display: Display
) -> None:
    def stop(number: int, frame: object) -> None:
        if stopping.is_set():
            _interrupt(number, frame)
        stopping.set()
        display.note("ending after the documents in hand; once more to end at once")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)

    def one_round(inputs: Sequence[Input]) -> None:
        _translate_all(run, inputs, display)
        run.report.miss(inputs)
        names = {source.name for source in inputs}
        say_failures(record for record in run.report.documents if record["name"] in names)
        run.report.notes = display.notes
        try:
            write_report(run.report, run.folder)
        except OutputError as error:
            display.note(f"{error}; going on")  # a disk that is full for a moment

    display.note(f"watching {', '.join(options.sources)}; stop with Ctrl+C")
    arrivals = Arrivals(options.sources, output=run.folder, note=display.note)
    watch(arrivals, one_round, interval=options.interval or _INTERVAL, stopping=stopping)


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether an interrupt is behind an error: imports of compiled modules disguise it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


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
