"""Looking after a translation memory: what is in it, and taking out what is old."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tolmach.errors import ConfigError, TranslationMemoryError
from tolmach.memory.store import MemoryFile, count_change

__all__ = ["Pruned", "prune", "stats"]

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken out.

    Attributes:
        made: translations that models made.
        approved: translations that editors approved.
    """

    made: int = 0
    approved: int = 0


def stats(file: MemoryFile) -> Mapping[str, Any]:
    """Return what is in a memory, as plain values.

    Keys: ``file``, ``bytes``, ``made`` and ``approved`` (numbers by direction, such as
    ``ru-vi``), ``models`` (name, signature key, number, days since they were used) and
    ``documents`` (how many have approved segments).

    Raises:
        TranslationMemoryError: the file cannot be read.
    """
    today = int(time.time()) // _DAY
    counted = (
        "SELECT source_language || '-' || target_language, count(*) FROM {} GROUP BY 1 ORDER BY 1"
    )
    models = (
        "SELECT model.name, model.key, count(*), max(made.used), min(made.used) FROM made"
        " JOIN model ON model.id = made.model GROUP BY model.id ORDER BY model.name, model.id"
    )
    with file.reading() as connection:
        made = dict(connection.execute(counted.format("made")).fetchall())
        approved = dict(connection.execute(counted.format("approved")).fetchall())
        found = connection.execute(models).fetchall()
        sql = "SELECT count(DISTINCT document) FROM approved"
        (documents,) = connection.execute(sql).fetchone()
    return {
        "file": str(file.path),
        "bytes": _size(file),
        "made": made,
        "approved": approved,
        "documents": documents,
        "models": [
            {
                "name": name,
                "key": key,
                "segments": number,
                "last used, days": today - latest,
                "first used, days": today - earliest,
            }
            for name, key, number, latest, earliest in found
        ],
    }


def _size(file: MemoryFile) -> int:
    size = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(OSError):
            size += file.path.with_name(file.path.name + suffix).stat().st_size
    return size


def prune(
    file: MemoryFile,
    *,
    unused_days: int | None = None,
    model: str = "",
    approved: bool = False,
) -> Pruned:
    """Take translations out of a memory, and give the space back.

    Args:
        file: the memory.
        unused_days: those that were not used for so many days; of approved ones, that were approved
            so many days ago.
        model: those of the model with this name only, whatever its version.
        approved: also what editors approved.

    Raises:
        ConfigError: nothing says which, or a model is named together with approved ones.
        TranslationMemoryError: the file cannot be written.
    """
    if unused_days is None and not model:
        raise ConfigError("prune: say which with --older-than DAYS or --model NAME")
    if model and approved:
        raise ConfigError("prune: what editors approved belongs to no model; leave out one of both")
    conditions: list[str] = []
    values: list[object] = []
    if unused_days is not None:
        conditions.append("used < ?")
        values.append(int(time.time()) // _DAY - unused_days)
    if model:
        conditions.append("model IN (SELECT id FROM model WHERE name = ?)")
        values.append(model)
    sql = f"DELETE FROM made WHERE {' AND '.join(conditions)}"
    with file.writing() as connection:
        made = connection.execute(sql, values).rowcount
        connection.execute("DELETE FROM model WHERE id NOT IN (SELECT model FROM made)")
        dropped = 0
        if approved and unused_days is not None:
            limit = int(time.time()) - unused_days * _DAY
            sql = "SELECT DISTINCT source_language, target_language FROM approved WHERE changed < ?"
            for pair in connection.execute(sql, (limit,)).fetchall():
                count_change(connection, pair)
            sql = "DELETE FROM approved WHERE changed < ?"
            dropped = connection.execute(sql, (limit,)).rowcount
    _shrink(file)
    return Pruned(made, dropped)


def _shrink(file: MemoryFile) -> None:
    # it needs the file's size once more and all readers out of the way: another time, then
    with contextlib.suppress(TranslationMemoryError), file.reading() as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
