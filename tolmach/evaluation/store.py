"""Results and outputs as files: never overwritten, and read back into what they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.child import output_from, output_record
from tolmach.evaluation.results import (
    Comparison,
    DocumentResult,
    EvaluationResult,
    Score,
    SegmentResult,
    SystemResult,
)
from tolmach.evaluation.running import Output
from tolmach.writers.base import write_atomically

__all__ = [
    "RESULT",
    "OutputStore",
    "find_result",
    "load_result",
    "new_folder",
    "now",
    "result_record",
    "save_result",
    "system_from",
]

RESULT: Final = "result.json"
_KIND, _VERSION = "evaluation", 1
_OUTPUTS: Final = "outputs"


def now() -> str:
    """Return the time as results name it: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def plain(value: Any) -> Any:
    """Return a value with mappings and tuples as JSON has them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def result_record(result: EvaluationResult) -> dict[str, Any]:
    """Return a result as it is stored in JSON."""
    return {"tolmach": _KIND, "version": _VERSION, **plain(result)}


def save_result(result: EvaluationResult, folder: Path) -> Path:
    """Write a result into a folder that has none yet.

    Raises:
        OutputError: it cannot be written.
        ConfigError: there is a result already.
    """
    path = folder / RESULT
    if path.exists():
        raise ConfigError(f"{path}: there is a result already, and results are never overwritten")
    text = json.dumps(result_record(result), ensure_ascii=False, indent=1, allow_nan=False)
    write_atomically(path, text + "\n")
    return path


def load_result(path: Path) -> EvaluationResult:
    """Read a result.

    Args:
        path: the file, or the folder it lies in.

    Raises:
        InputError: there is none, or it is damaged or of another version.
    """
    path = path / RESULT if path.is_dir() else path
    record = read_record(path, kind=_KIND, version=_VERSION)
    try:
        return EvaluationResult(
            suite=record["suite"],
            created=record["created"],
            systems=tuple(map(system_from, record["systems"])),
            comparisons=tuple(Comparison(**item) for item in record["comparisons"]),
            notes=tuple(record["notes"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: a damaged result ({type(error).__name__}: {error})") from error


def read_record(path: Path, *, kind: str, version: int) -> Mapping[str, Any]:
    """Return what a JSON file of tolmach holds.

    Raises:
        InputError: it is not such a file.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    if not isinstance(record, dict) or record.get("tolmach") != kind:
        raise InputError(f"{path}: this is no {kind} of tolmach")
    if record.get("version") != version:
        raise InputError(
            f"{path}: version {record.get('version')} of the format; this tolmach reads {version}"
        )
    return record


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no figure")


def system_from(record: Mapping[str, Any]) -> SystemResult:
    """Return a system's result from what was stored.

    Raises:
        KeyError, TypeError: something is missing.
    """
    values = dict(record)
    values["signature"] = MappingProxyType(dict(values["signature"]))
    values["scores"] = tuple(Score(**item) for item in values["scores"])
    values["segments"] = tuple(map(_segment_from, values["segments"]))
    values["documents"] = tuple(map(_document_from, values["documents"]))
    return SystemResult(**values)


def _segment_from(record: Mapping[str, Any]) -> SegmentResult:
    values = dict(record)
    values["scores"] = MappingProxyType(dict(values["scores"]))
    for name in ("references", "checks"):
        values[name] = tuple(values[name])
    return SegmentResult(**values)


def _document_from(record: Mapping[str, Any]) -> DocumentResult:
    values = dict(record)
    values["scores"] = tuple(Score(**item) for item in values["scores"])
    return DocumentResult(**values)


def new_folder(root: Path, suite: str, key: str) -> Path:
    """Return the folder for a new result, named after the time and what it is about.

    Args:
        root: of all results.
        suite: its name.
        key: short hash of what was evaluated.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = root / suite / f"{stamp}-{key}"
    number = 2
    while path.exists():
        path = root / suite / f"{stamp}-{key}-{number}"
        number += 1
    return path


def find_result(root: Path, suite: str, key: str) -> Path | None:
    """Return the newest folder with a result of the same key, None if there is none."""
    found = [path.parent for path in (root / suite).glob(f"*-{key}*/{RESULT}")]
    return max(found, default=None)


class OutputStore:
    """What systems wrote, by a hash of everything that decides it."""

    def __init__(self, root: Path, suite: str) -> None:
        """Keep outputs below a folder; it is made when something is written."""
        self._folder = root / suite / _OUTPUTS

    @staticmethod
    def key(parts: Mapping[str, object]) -> str:
        """Return the hash of what decides an output."""
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:20]

    def get(self, key: str) -> Output | None:
        """Return a stored output; the last one if there are several, None if there is none.

        Raises:
            InputError: the file is damaged.
        """
        path = max(self._folder.glob(f"{key}*.json"), default=None, key=_number)
        if path is None:
            return None
        record = read_record(path, kind="output", version=1)
        try:
            return output_from(record)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: a damaged output; take the file away ({error})") from error

    def put(self, key: str, output: Output, *, about: Mapping[str, object]) -> Path:
        """Store an output beside those that are there.

        Args:
            key: of :meth:`key`.
            output: what to store.
            about: what the key was made of, for whoever looks into the file.
        """
        path, number = self._folder / f"{key}.json", 2
        while path.exists():
            path = self._folder / f"{key}-{number}.json"
            number += 1
        record = {"tolmach": "output", "version": 1, "about": about, **output_record(output)}
        text = json.dumps(record, ensure_ascii=False, indent=1, default=str)
        write_atomically(path, text + "\n")
        return path


def _number(path: Path) -> int:
    tail = path.stem.partition("-")[2]
    return int(tail) if tail.isdigit() else 1
