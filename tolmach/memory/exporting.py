"""Taking translations out of the memory, for other tools: TMX and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tolmach.document import Severity
from tolmach.errors import ConfigError
from tolmach.languages import SOURCE, TARGETS
from tolmach.memory.entries import Approved, Pair
from tolmach.memory.store import MemoryFile
from tolmach.memory.tmx import tmx_bytes, writable
from tolmach.writers.base import write_atomically

__all__ = ["FORMATS", "export_file"]

FORMATS = (".tmx", ".jsonl")
"""Suffixes of what can be written."""

_Row = tuple[Pair, Approved, bool]


def export_file(
    file: MemoryFile, path: Path, *, to: Sequence[str] = TARGETS, everything: bool = False
) -> int:
    """Write what a memory has into a file.

    Args:
        file: the memory.
        path: its suffix says the format, see :data:`FORMATS`.
        to: target language codes.
        everything: what models made without errors as well; what editors approved comes first and
            is not repeated.

    Returns:
        How many segments were written.

    Raises:
        ConfigError: the suffix is another one.
        OutputError: the file cannot be written.
        TranslationMemoryError: the memory cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(f"{path}: the name of an export ends in {' or '.join(FORMATS)}")
    rows = [row for target in to for row in _rows(file, (SOURCE, target), everything)]
    if suffix == ".tmx":
        # a text that XML leaves nothing of would be an empty segment
        rows = [row for row in rows if writable(row[1].source).strip()]
        write_atomically(path, tmx_bytes(rows))
    else:
        write_atomically(path, "".join(map(_line, rows)))
    return len(rows)


def _rows(file: MemoryFile, pair: Pair, everything: bool) -> Iterator[_Row]:
    known: set[str] = set()
    for row in file.approved(pair):
        known.add(row.source)
        yield pair, row, True
    if not everything:
        return
    for made, maker in file.made(pair):
        errors = any(warning.severity is Severity.ERROR for warning in made.warnings)
        if made.source not in known and not errors:
            # of several models' translations, the first one
            known.add(made.source)
            yield pair, Approved(made.source, made.target, document=maker.name), False


def _line(row: _Row) -> str:
    pair, found, approved = row
    record = {
        "source_language": pair[0],
        "target_language": pair[1],
        "source": found.source,
        "target": found.target,
        "from": "approved" if approved else "model",
    }
    if approved:
        record |= {"machine": found.machine, "document": found.document}
    else:
        record["model"] = found.document
    return json.dumps(record, ensure_ascii=False) + "\n"
