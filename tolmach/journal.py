"""The journal of an output folder: which documents are finished, so that a run can go on.

``OUT/.tolmach/journal.jsonl`` gets a line for each finished document, after all its files are in
place. A line that a power cut or a full disk has torn is ignored: its document is done again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import OutputError
from tolmach.terms.base import NameType
from tolmach.terms.ledger import Decision, NameRecord, name_of_record, record_of
from tolmach.writers import write_atomically

__all__ = ["Entry", "Journal", "file_hash", "file_hashes"]

_NAME = "journal.jsonl"
_VERSION = 1
_CHUNK = 1 << 20
# lines of a journal that may be out of date before it is written anew
_STALE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished document.

    Attributes:
        name: of the document.
        source: SHA-256 of the source's bytes.
        fingerprint: of the run, see :func:`tolmach.fingerprint.run_fingerprint`.
        files: SHA-256 of each file that was written, by its path below the output folder.
        record: what ``run.json`` says of the document.
        names: what its articles say of names, by target.
        decisions: how its guessed names are written.
    """

    name: str
    source: str
    fingerprint: str
    files: Mapping[str, str]
    record: Mapping[str, Any]
    names: Mapping[str, tuple[NameRecord, ...]]
    decisions: tuple[Decision, ...] = ()


class Journal:
    """The finished documents of an output folder. One process at a time may write it."""

    def __init__(self, folder: Path) -> None:
        """Read the journal in a folder for what runs must remember, if there is one.

        Raises:
            OutputError: it cannot be read.
        """
        self._path = folder / _NAME
        self._entries: dict[str, list[Entry]] = {}
        self._whole = True  # whether the file ends in a whole line
        lines = self._read()
        for entry in filter(None, map(_entry, lines)):
            self._remember(entry)
        if len(lines) > 2 * self._count() + _STALE:
            self._rewrite()

    def _read(self) -> list[bytes]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(
                f"{self._path}: cannot be read: {error.strerror or error}; move it away to have "
                "everything translated anew"
            ) from error
        self._whole = not content or content.endswith(b"\n")
        return content.split(b"\n")

    def _count(self) -> int:
        return sum(map(len, self._entries.values()))

    def _remember(self, entry: Entry) -> None:
        # an older entry of which a file was written over is worth nothing
        others = [
            other
            for other in self._entries.get(entry.name, ())
            if other.fingerprint != entry.fingerprint and other.files.keys().isdisjoint(entry.files)
        ]
        self._entries[entry.name] = [*others, entry]

    def _rewrite(self) -> None:
        entries = (entry for listed in self._entries.values() for entry in listed)
        with suppress(OutputError):  # a full disk; the old one is as good
            write_atomically(self._path, b"".join(map(_line, entries)))
            self._whole = True

    def find(self, name: str, *, fingerprint: str) -> Entry | None:
        """Return what is known of a document that was finished under a fingerprint."""
        listed = self._entries.get(name, ())
        return next((entry for entry in listed if entry.fingerprint == fingerprint), None)

    def add(self, entry: Entry) -> None:
        """Write down that a document is finished; it is on the disk when this returns.

        Raises:
            OutputError: it could not be written; the document counts as unfinished.
        """
        line = memoryview(_line(entry) if self._whole else b"\n" + _line(entry))
        self._whole = False  # until all of it is there
        try:
            # without a buffer, whose rest would be written after a failure
            with self._path.open("ab", buffering=0) as file:
                size = file.tell()
                try:
                    while line:
                        line = line[file.write(line) or 0 :]
                    os.fsync(file.fileno())
                except OSError:
                    with suppress(OSError):
                        file.truncate(size)
                    raise
        except OSError as error:
            message = f"{self._path}: cannot be written: {error.strerror or error}"
            raise OutputError(message) from error
        self._whole = True
        self._remember(entry)


def _line(entry: Entry) -> bytes:
    values = {
        "version": _VERSION,
        "name": entry.name,
        "source": entry.source,
        "fingerprint": entry.fingerprint,
        "files": dict(entry.files),
        "record": dict(entry.record),
        "names": {to: list(map(record_of, names)) for to, names in entry.names.items()},
        "decisions": [[item.ru, item.type.value, item.en, item.vi] for item in entry.decisions],
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry(line: bytes) -> Entry | None:
    """Return what a line says; None if it is torn or of another version."""
    try:
        values = json.loads(line)
        if values["version"] != _VERSION:
            return None
        return Entry(
            str(values["name"]),
            str(values["source"]),
            str(values["fingerprint"]),
            MappingProxyType(dict(values["files"])),
            MappingProxyType(dict(values["record"])),
            MappingProxyType(
                {to: tuple(map(name_of_record, found)) for to, found in values["names"].items()}
            ),
            tuple(Decision(ru, NameType(kind), en, vi) for ru, kind, en, vi in values["decisions"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file; empty if it cannot be read."""
    content = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                content.update(chunk)
    except (OSError, ValueError):
        return ""
    return content.hexdigest()


def file_hashes(paths: Iterable[Path], *, below: Path) -> Mapping[str, str]:
    """Return the SHA-256 of files by their paths below a folder."""
    return MappingProxyType({path.relative_to(below).as_posix(): file_hash(path) for path in paths})
