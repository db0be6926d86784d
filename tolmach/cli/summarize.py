"""``tolmach summarize``: summaries of texts as they are."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tolmach.cli.closing import say_failures
from tolmach.cli.codes import DONE, SOME_FAILED
from tolmach.cli.progress import display_for
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.config.schema import build
from tolmach.document import Article
from tolmach.errors import ConfigError
from tolmach.inputs import find_inputs
from tolmach.report import RunReport, write_report
from tolmach.stages import Input, Item
from tolmach.summarization.lengths import AUTO, Sentences
from tolmach.summarization.texts import Summarizer
from tolmach.writers import make_folder, write_atomically
from tolmach.writers.jsonl import JsonLinesWriter
from tolmach.writers.stage import output_path
from tolmach.writers.text import summary_files

__all__ = ["summarize"]

_STANDARD_INPUT = "-"
_LENGTH = re.compile(r"(\d{1,9})(c?)")


def summarize(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: an option or a run setting is wrong.
        InputError: a source does not exist.
        OutputError: nothing can be written into the output folder.
        ModelError: no model is available.
    """
    folder = Path(options.out) if options.out else None
    inputs = _inputs(options.sources, folder)
    if folder is not None:
        make_folder(folder)
    sentences, characters = _length(options.length)
    report = RunReport({"command": "summarize", "sources": list(options.sources)})
    report.expect(inputs)
    with display_for(quiet=options.quiet or folder is None) as display:
        summarizer = Summarizer(
            styles=tuple(options.style or ("abstract",)),
            sentences=sentences,
            characters=characters,
            to=options.to,
            models=None if options.model is None else (options.model,),
            settings=_settings(options),
            progress=display,
        )
        with summarizer:
            for item in summarizer.items(inputs):
                report.add(_kept(item, folder, options))
                if folder is None and not options.json and item.failure is None:
                    _print(item, named=len(inputs) > 1)
    report.notes = display.notes
    if folder is not None:
        write_report(report, folder)
    if options.json:
        sys.stdout.write(report.as_json())
    say_failures(report.documents)
    return SOME_FAILED if report.failed else DONE


def _inputs(sources: Sequence[str], folder: Path | None) -> list[Input]:
    if _STANDARD_INPUT not in sources:
        return find_inputs(sources, output=folder)
    if list(sources) != [_STANDARD_INPUT]:
        raise ConfigError("-: standard input cannot be mixed with other sources")
    return [Input("stdin", data=sys.stdin.buffer.read())]


def _length(text: str | None) -> tuple[Sentences, int]:
    """Return sentences and characters: ``5`` sentences, or ``400c`` for characters."""
    if text is None:
        return AUTO, 0
    found = _LENGTH.fullmatch(text)
    if not found or not int(found[1]):
        raise ConfigError(f"--length {text}: give sentences, such as 5, or characters, as 400c")
    number = int(found[1])
    # as many sentences as fit
    return (30, number) if found[2] else (number, 0)


def _settings(options: argparse.Namespace) -> RunSettings:
    settings = load_run_settings(options.config)
    changes: dict[str, Any] = {}
    if options.device:
        changes["device"] = options.device
    if options.threads is not None:
        changes["threads"] = options.threads
    if options.offline:
        changes["offline"] = True
    if options.licences:
        changes["licences"] = options.licences
    values = settings.model_dump(exclude_unset=True) | changes
    return build(RunSettings, values, where="command line")


def _kept(item: Item, folder: Path | None, options: argparse.Namespace) -> Item:
    """Write the summaries of a document; return it with the files that were written."""
    if folder is None or item.failure is not None:
        return item
    written = []
    for language, article in item.articles.items():
        files = dict(summary_files(article))
        if "jsonl" in (options.format or ()):
            files |= JsonLinesWriter().render(article)
        for suffix, text in files.items():
            path = output_path(folder, language, item.source.name, suffix)
            write_atomically(path, text)
            written.append(path)
    return replace(item, outputs=tuple(written))


def _print(item: Item, *, named: bool) -> None:
    for article in item.articles.values():
        if named:
            sys.stdout.write(f"{item.source.name}\n")
        for summary in article.summaries:
            if len(article.summaries) > 1:
                sys.stdout.write(f"[{summary.style}]\n")
            sys.stdout.write(f"{summary.text}\n")
        if named:
            sys.stdout.write("\n")
        _say_warnings(article)


def _say_warnings(article: Article) -> None:
    for warning in article.all_warnings():
        print(f"tolmach: {warning.severity.value}: {warning.message}", file=sys.stderr)
