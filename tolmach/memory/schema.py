"""The tables of a translation memory, and how a file is opened.

A file says what it is by SQLite's ``application_id``, and by its ``user_version`` which tables it
has. A file of an older version is brought up to date when it is opened; one of a newer version,
of another program or with damage is refused and never touched.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tolmach.errors import TranslationMemoryError

__all__ = ["APPLICATION", "MIGRATIONS", "as_failure", "connect"]

APPLICATION: Final = 0x544C4D43
"""Marks our files: "TLMC"."""

MIGRATIONS: Final[Sequence[Sequence[str]]] = (
    (
        "CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
        "INSERT INTO about VALUES ('id', hex(randomblob(8)))",
        # models: key is a hash of what decides the output, signature what articles say of it
        "CREATE TABLE model (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, "
        "name TEXT NOT NULL, signature TEXT NOT NULL)",
        "CREATE TABLE made (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, "
        "model INTEGER NOT NULL REFERENCES model, source_language TEXT NOT NULL, "
        "target_language TEXT NOT NULL, source TEXT NOT NULL, reading TEXT NOT NULL, "
        "target TEXT NOT NULL, warnings TEXT NOT NULL, used INTEGER NOT NULL)",
        "CREATE TABLE approved (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, "
        "source_language TEXT NOT NULL, target_language TEXT NOT NULL, source TEXT NOT NULL, "
        "target TEXT NOT NULL, machine TEXT NOT NULL, document TEXT NOT NULL, "
        "changed INTEGER NOT NULL)",
    ),
    # log probability per token; not known of what was made before
    ("ALTER TABLE made ADD COLUMN score REAL",),
)
"""Statements that lead from each version to the next, the first from an empty file."""

_BUSY, _LOCKED, _READ_ONLY, _INPUT_OUTPUT = 5, 6, 8, 10
_CORRUPT, _FULL, _CANNOT_OPEN, _NO_DATABASE = 11, 13, 14, 26
_ADVICE = "it was left as it is; name another with --memory, or switch it off with --memory none"
_TRIES, _PAUSE_SECONDS = 20, 0.05


def connect(
    path: Path, *, timeout: float, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> sqlite3.Connection:
    """Open a memory, making or updating it if need be.

    Args:
        path: the file; its folder is made if need be. If it cannot be written, it is opened for
            reading only.
        timeout: seconds to wait for other processes.
        migrations: see :data:`MIGRATIONS`.

    Returns:
        A connection in which transactions begin only when they are asked for.

    Raises:
        TranslationMemoryError: it cannot be opened, is no memory of ours, or is a newer one.
    """
    connection: sqlite3.Connection | None = None
    try:
        with failures(path):
            connection = _open(path, timeout)
            _prepare(connection, path, migrations)
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _open(path: Path, timeout: float) -> sqlite3.Connection:
    address, is_uri = str(path), False
    if path.exists() and not os.access(path, os.W_OK):
        # a reader makes files beside the database too, unless nobody can be writing to it
        alone = (
            not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
        )
        address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
        is_uri = True
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(
        address, timeout=timeout, isolation_level=None, check_same_thread=False, uri=is_uri
    )


def _prepare(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]
) -> None:
    if _version(connection, path, len(migrations)) < len(migrations):
        _in_wal_mode(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            # another process may have done it meanwhile
            for step in migrations[_version(connection, path, len(migrations)) :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    # a power cut may cost the last translations, but never the file
    connection.execute("PRAGMA synchronous = NORMAL")


def _version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    alone = not connection.in_transaction
    if alone:  # all of it must be of one moment, for another process may be making the file
        connection.execute("BEGIN")
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        if alone and connection.in_transaction:
            connection.execute("ROLLBACK")
    if application == 0 and version == 0 and tables == 0:
        return 0
    if application != APPLICATION:
        raise TranslationMemoryError(f"{path} is a database of another program; {_ADVICE}")
    if version > known:
        raise TranslationMemoryError(
            f"{path} was made by a newer tolmach (its version is {version}, known here is "
            f"{known}); {_ADVICE}"
        )
    return int(version)


def _in_wal_mode(connection: sqlite3.Connection) -> None:
    """Let readers and one writer work at the same time, from now on and for all processes."""
    for left in reversed(range(_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # the library does not wait by itself while another process does the same
            if _code(error) not in {_BUSY, _LOCKED} or not left:
                raise
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into errors of ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise as_failure(error, path) from error


def as_failure(error: sqlite3.Error | OSError, path: Path) -> TranslationMemoryError:
    """Return what an error means for somebody who uses the memory."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return TranslationMemoryError(f"{path} cannot be opened: {reason}; {_ADVICE}")
    code = _code(error)
    if code in {_BUSY, _LOCKED}:
        return TranslationMemoryError(
            f"{path} is in use by another program, which does not finish", passing=True
        )
    if code == _FULL:
        return TranslationMemoryError(
            f"{path} cannot be written: the disk is full", readable=True, passing=True
        )
    if code == _READ_ONLY:
        return TranslationMemoryError(f"{path} cannot be written: read-only", readable=True)
    if code == _NO_DATABASE:
        return TranslationMemoryError(f"{path} is no translation memory; {_ADVICE}")
    if code == _CORRUPT:
        return TranslationMemoryError(f"{path} is damaged ({error}); {_ADVICE}")
    return TranslationMemoryError(f"{path} cannot be used: {error}; {_ADVICE}")


def _code(error: sqlite3.Error) -> int:
    # the lowest byte; the others say more than matters here
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
