"""``tolmach memory``: corrections in, translations out, and what is kept."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tolmach.cli.codes import DONE, SOME_FAILED
from tolmach.errors import ConfigError, InputError
from tolmach.languages import TARGETS
from tolmach.memory import MemoryFile, memory_path
from tolmach.memory.exporting import export_file
from tolmach.memory.importing import DocumentEdits, Imported, import_file
from tolmach.memory.upkeep import prune, stats

__all__ = ["memory"]


def memory(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: there is to be no memory, or an option is wrong.
        InputError: the only file to import cannot be used.
        OutputError: the export cannot be written.
        TranslationMemoryError: the memory cannot be read or written.
    """
    path = memory_path(options.memory or "")
    if path is None:
        raise ConfigError("the translation memory is switched off; name one with --memory FILE")
    file = MemoryFile(path)
    try:
        return _run(options, file)
    finally:
        file.close()


def _run(options: argparse.Namespace, file: MemoryFile) -> int:
    if options.action == "import":
        return _import(options, file)
    if not file.path.exists():
        # looking at it must not make it
        raise ConfigError(f"{file.path}: there is no translation memory yet")
    if options.action == "stats":
        return _stats(stats(file), as_json=options.json)
    if options.action == "export":
        to = tuple(dict.fromkeys(options.to or TARGETS))
        count = export_file(file, Path(options.file), to=to, everything=options.all)
        print(f"{options.file}: {_number(count, 'segment')}")
        return DONE
    days = options.older_than
    if days is not None and days < 0:
        raise ConfigError("--older-than: days cannot be negative")
    gone = prune(file, unused_days=days, model=options.model, approved=options.approved)
    said = f"took out {_number(gone.made, 'translation')} of models"
    if options.approved:
        said += f" and {gone.approved} that editors approved"
    print(said)
    return DONE


def _stats(found: Mapping[str, Any], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return DONE
    print(f"{found['file']}: {found['bytes'] / 1e6:.1f} MB")
    documents = _number(found["documents"], "document")
    for what, title in (("approved", "approved by editors"), ("made", "made by models")):
        counts = ", ".join(f"{pair} {number}" for pair, number in found[what].items()) or "nothing"
        print(f"{title}: {counts}" + (f" (from {documents})" if what == "approved" else ""))
    for model in found["models"]:
        days = model["last used, days"]
        when = "today" if days <= 0 else f"{_number(days, 'day')} ago"
        print(f"  {model['name']} ({model['key']}): {model['segments']}, last used {when}")
    return DONE


def _import(options: argparse.Namespace, file: MemoryFile) -> int:
    done: list[Imported] = []
    failed = False
    for name in options.files:
        try:
            found = import_file(file, Path(name), everything=options.all)
        except InputError as error:
            if len(options.files) == 1:
                raise
            failed = True
            print(f"tolmach: failed: {error}", file=sys.stderr)
            continue
        done.append(found)
        if not options.json:
            _say(found)
    if options.json:
        print(json.dumps([found.as_dict() for found in done], ensure_ascii=False, indent=1))
    return SOME_FAILED if failed else DONE


def _say(found: Imported) -> None:
    print(f"{found.path}:")
    for row in found.documents:
        print(f"  {_told(row)}")
    if not found.documents:
        print("  nothing was approved in it")
    if found.skipped:
        listed = ", ".join(f"{number} {reason}" for reason, number in found.skipped.items())
        print(f"  left out: {listed}")
    if len(found.documents) > 1:
        print(f"  in all: {_changed(found.documents)}")


def _told(row: DocumentEdits) -> str:
    counts = f"{row.added} new, {row.changed} changed, {row.same} known already"
    approved = f"{_number(row.segments, 'segment')} approved ({counts})"
    return f"{row.document} ({row.to}): {approved}; {_changed([row])}"


def _changed(rows: Sequence[DocumentEdits]) -> str:
    """Say how much editors changed in some documents together."""
    measured, edited = sum(row.measured for row in rows), sum(row.edited for row in rows)
    characters = sum(row.characters for row in rows)
    if not characters:
        return "what the machine had written is not known"
    rate = sum(row.edits for row in rows) / characters
    return f"editors changed {edited} of {measured}, character TER {100 * rate:.1f} %"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
