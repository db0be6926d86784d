"""The file of a translation memory: what models made and what editors approved, in SQLite.

Every thread of every process has a connection of its own, and every change is one short
transaction, so several runs can share a file. What a model made is found again by a hash of what
it read, the languages and the model's signature; what an editor approved by a hash of source text
and languages alone. The texts are compared too, so that no two hashes can be taken for each other.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tolmach.document import Origin
from tolmach.memory.entries import (
    Approval,
    Approved,
    Asked,
    Hit,
    Made,
    Pair,
    approved_key,
    made_key,
    signature_json,
    warnings_from_json,
    warnings_to_json,
)
from tolmach.memory.schema import connect, failures

__all__ = ["MadeBy", "MemoryFile", "count_change", "default_path"]

# as many values as a statement may have in every SQLite that Python 3.11 is built with
_MOST_VALUES = 500
_DAY = 86_400


def default_path() -> Path:
    """Return where the memory lies if nothing else is said: the user's data directory."""
    import platformdirs

    return Path(platformdirs.user_data_dir("tolmach")) / "memory.sqlite3"


@dataclass(frozen=True, slots=True)
class MadeBy:
    """Which model made translations.

    Attributes:
        key: hash of what decides its output.
        name: of the model.
        signature: what articles say of it.
    """

    key: str
    name: str
    signature: Mapping[str, str]


class MemoryFile:
    """A translation memory in a file. All methods may be called from any thread.

    Every method raises :class:`TranslationMemoryError` if the file cannot be read or written.
    """

    def __init__(self, path: Path, *, timeout: float = 5.0) -> None:
        """Name the file; it is opened, and made if need be, when it is first needed.

        Args:
            path: the file.
            timeout: seconds to wait for other processes.
        """
        self.path = path
        self._timeout = timeout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._open: list[sqlite3.Connection] = []
        # connections of the process that this one was forked from: even closing them would harm it
        self._inherited: list[sqlite3.Connection] = []

    def _connection(self) -> sqlite3.Connection:
        if os.getpid() != self._process:
            with self._lock:
                self._inherited += self._open
                self._open = []
                self._process = os.getpid()
        found: tuple[int, sqlite3.Connection] | None = getattr(self._local, "connection", None)
        if found is not None and found[0] == self._process:
            return found[1]
        connection = connect(self.path, timeout=self._timeout)
        with self._lock:
            self._open.append(connection)
        self._local.connection = (self._process, connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a context in which the connection of this thread may be read from."""
        with failures(self.path):
            yield self._connection()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a context for one change; nothing of it remains if anything in it fails.

        Args:
            durable: whether it must survive a power cut, which costs some milliseconds.
        """
        with failures(self.path):
            connection = self._connection()
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")

    def lookup(self, asked: Sequence[Asked], pair: Pair, *, made_by: str = "") -> list[Hit | None]:
        """Look texts up, many at once.

        Args:
            asked: the texts.
            pair: languages.
            made_by: :attr:`MadeBy.key` of the model whose work counts; what editors approved counts
                in any case, and comes first.

        Returns:
            For each text what was found.
        """
        with self.reading() as connection:
            found = _approved_hits(connection, asked, pair)
            missing = [place for place, hit in enumerate(found) if hit is None]
            if made_by and missing:
                keys = [made_key(asked[place].read, pair, made_by) for place in missing]
                sql = "SELECT key, source, reading, target, warnings, id, used, score FROM made"
                rows = _rows(connection, sql, keys)
                for place, key in zip(missing, keys, strict=True):
                    if key in rows:
                        found[place] = _made_hit(rows[key], asked[place])
        return found

    def newest(self) -> int:
        """Return the row of the translation by a model that was stored last; 0 if there is none."""
        with self.reading() as connection:
            return int(connection.execute("SELECT ifnull(max(id), 0) FROM made").fetchone()[0])

    def touch(self, rows: Iterable[int]) -> None:
        """Note that rows were used today, so that :meth:`prune` keeps them."""
        today = _today()
        with self.writing() as connection:
            connection.executemany(
                "UPDATE made SET used = ? WHERE id = ?", ((today, row) for row in rows)
            )

    def remember(self, made: Iterable[Made], pair: Pair, made_by: MadeBy) -> None:
        """Store what a model made; what is there already stays.

        Args:
            made: translations, with what is doubtful about them.
            pair: languages.
            made_by: the model.
        """
        today = _today()
        with self.writing() as connection:
            model = _model_id(connection, made_by)
            connection.executemany(
                "INSERT INTO made (key, model, source_language, target_language, source, reading,"
                " target, warnings, used, score) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (
                    (
                        made_key(item.reading or item.source, pair, made_by.key),
                        model,
                        *pair,
                        item.source,
                        "" if item.reading == item.source else item.reading,
                        item.target,
                        warnings_to_json(item.warnings),
                        today,
                        item.score,
                    )
                    for item in made
                ),
            )

    def approve(self, approved: Sequence[Approved], pair: Pair) -> Approval:
        """Store what editors approved; of several for one source the last one counts.

        Args:
            approved: translations; those without ``changed`` are of now.
            pair: languages.
        """
        last = {item.source: item for item in approved}
        now = int(time.time())
        with self.writing(durable=True) as connection:
            keys = {approved_key(source, pair): item for source, item in last.items()}
            before = _rows(connection, "SELECT key, target FROM approved", list(keys))
            fresh = [
                (key, item)
                for key, item in keys.items()
                if key not in before or before[key][1] != item.target
            ]
            connection.executemany(
                "INSERT INTO approved (key, source_language, target_language, source, target,"
                " machine, document, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET target = excluded.target,"
                " machine = excluded.machine, document = excluded.document,"
                " changed = excluded.changed",
                (
                    (
                        key,
                        *pair,
                        row.source,
                        row.target,
                        row.machine,
                        row.document,
                        row.changed or now,
                    )
                    for key, row in fresh
                ),
            )
            if fresh:
                count_change(connection, pair)
        changed = sum(key in before for key, _ in fresh)
        return Approval(len(fresh) - changed, changed, len(last) - len(fresh))

    def find_approved(self, sources: Sequence[str], pair: Pair) -> dict[str, Approved]:
        """Return what editors approved for some texts, by source text.

        Args:
            sources: texts, white space folded.
            pair: languages.
        """
        sql = "SELECT key, source, target, machine, document, changed FROM approved"
        with self.reading() as connection:
            rows = _rows(connection, sql, [approved_key(source, pair) for source in sources])
        return {row[1]: Approved(*row[1:]) for row in rows.values()}

    def approved(self, pair: Pair) -> Iterator[Approved]:
        """Yield what editors approved, oldest first.

        Args:
            pair: languages.
        """
        sql = (
            "SELECT source, target, machine, document, changed FROM approved"
            " WHERE source_language = ? AND target_language = ? ORDER BY id"
        )
        with self.reading() as connection:
            for row in connection.execute(sql, pair):
                yield Approved(*row)

    def made(self, pair: Pair) -> Iterator[tuple[Made, MadeBy]]:
        """Yield what models made, oldest first.

        Args:
            pair: languages.
        """
        models: dict[str, MadeBy] = {}
        sql = (
            "SELECT made.source, made.target, made.reading, made.warnings, made.score, model.key"
            " FROM made JOIN model ON model.id = made.model"
            " WHERE made.source_language = ? AND made.target_language = ? ORDER BY made.id"
        )
        with self.reading() as connection:
            for found in connection.execute("SELECT key, name, signature FROM model"):
                models[found[0]] = _made_by(*found)
            for source, target, reading, warnings, score, key in connection.execute(sql, pair):
                try:
                    known = warnings_from_json(warnings)
                except ValueError:
                    continue
                yield Made(source, target, reading, known, score), models[key]

    def made_by(self, key: str) -> MadeBy | None:
        """Return what is known of the model with a key."""
        sql = "SELECT key, name, signature FROM model WHERE key = ?"
        with self.reading() as connection:
            row = connection.execute(sql, (key,)).fetchone()
        return None if row is None else _made_by(*row)

    def digest(self, pair: Pair) -> str:
        """Return a text that is another one whenever what editors approved has changed.

        Args:
            pair: languages.
        """
        sql = "SELECT value FROM about WHERE name IN ('id', ?) ORDER BY name DESC"
        with self.reading() as connection:
            rows = connection.execute(sql, (_counter(pair),)).fetchall()
        return "-".join(str(value) for (value,) in rows)

    def close(self) -> None:
        """Close the connections of all threads; the next use opens a new one."""
        with self._lock:
            connections, self._open = self._open, []
            self._local = threading.local()
        for connection in connections:
            connection.close()


def _approved_hits(
    connection: sqlite3.Connection, asked: Sequence[Asked], pair: Pair
) -> list[Hit | None]:
    keys = [approved_key(item.source, pair) for item in asked]
    rows = _rows(connection, "SELECT key, source, target FROM approved", keys)
    return [
        Hit(rows[key][2], Origin.APPROVED) if key in rows and rows[key][1] == item.source else None
        for key, item in zip(keys, asked, strict=True)
    ]


def _made_hit(row: tuple[Any, ...], asked: Asked) -> Hit | None:
    _, source, reading, target, warnings, place, used, score = row
    if (reading or source) != asked.read:
        return None
    try:
        known = warnings_from_json(warnings)
    except ValueError:
        return None  # another program wrote it: better translated anew
    return Hit(target, Origin.MEMORY, known, place, used < _today(), score)


def _rows(
    connection: sqlite3.Connection, sql: str, keys: Sequence[bytes]
) -> dict[bytes, tuple[Any, ...]]:
    """Return rows by their key, the first of their columns."""
    found: dict[bytes, tuple[Any, ...]] = {}
    for start in range(0, len(keys), _MOST_VALUES):
        some = keys[start : start + _MOST_VALUES]
        places = ",".join("?" * len(some))
        for row in connection.execute(f"{sql} WHERE key IN ({places})", some):
            found[row[0]] = row
    return found


def _model_id(connection: sqlite3.Connection, made_by: MadeBy) -> int:
    connection.execute(
        "INSERT INTO model (key, name, signature) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (made_by.key, made_by.name, signature_json(made_by.signature)),
    )
    sql = "SELECT id FROM model WHERE key = ?"
    return int(connection.execute(sql, (made_by.key,)).fetchone()[0])


def _made_by(key: str, name: str, signature: str) -> MadeBy:
    try:
        found = json.loads(signature)
    except ValueError:
        found = {}
    return MadeBy(key, name, found if isinstance(found, dict) else {})


def count_change(connection: sqlite3.Connection, pair: Pair) -> None:
    """Note that something has changed about what is approved, see :meth:`MemoryFile.digest`."""
    connection.execute(
        "INSERT INTO about VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
        (_counter(pair),),
    )


def _counter(pair: Pair) -> str:
    return f"approvals {pair[0]}-{pair[1]}"


def _today() -> int:
    """Return the number of this day since 1970."""
    return int(time.time()) // _DAY
