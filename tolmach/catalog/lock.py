"""The lock file: which commit of a model, and which files, were taken the first time.

A branch of a hub repository can change under the same name. The lock file records what was
downloaded first; from then on only that is used, on this machine and, if the file is kept under
version control, on every other::

    {
     "version": 1,
     "models": {
      "owner/name@main": {
       "commit": "0123456789abcdef0123456789abcdef01234567",
       "files": {
        "config.json": {"size": 1394, "sha256": "..."}
       }
      }
     }
    }
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from tolmach.config.schema import Options
from tolmach.errors import PreparationError

__all__ = ["LockFile", "LockedFile", "LockedModel", "file_sha256", "key"]

_VERSION = 1
_CHUNK = 1 << 20


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise ValueError("a file must lie inside the repository")
    return name


class LockedFile(Options):
    """One file.

    Attributes:
        size: in bytes.
        sha256: of its content, 64 hexadecimal digits.
    """

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class LockedModel(Options):
    """What one model consists of.

    Attributes:
        commit: of the repository, 40 hexadecimal digits.
        files: by their names in the repository.
    """

    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: Mapping[Annotated[str, AfterValidator(_inside)], LockedFile] = Field(min_length=1)

    @property
    def size(self) -> int:
        """The size of all files together, in bytes."""
        return sum(file.size for file in self.files.values())


class _Content(Options):
    version: int
    models: dict[str, LockedModel] = Field(default_factory=dict)


def key(repository: str, revision: str) -> str:
    """Return how a revision of a repository is called in the lock file."""
    return f"{repository}@{revision}"


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock file at one place; it is made when something is first recorded.

    Several processes may use it: it is replaced as a whole, and changed by one at a time.

    Attributes:
        path: where it lies.
    """

    path: Path

    def read(self) -> Mapping[str, LockedModel]:
        """Return all that is recorded, see :func:`key`; empty if there is no lock file.

        Raises:
            PreparationError: it cannot be read, or is damaged.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return MappingProxyType({})
        except (OSError, UnicodeDecodeError) as error:
            raise PreparationError(f"lock file {self.path} cannot be read: {error}") from error
        try:
            content = _Content.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the whole file"
            raise PreparationError(
                f"lock file {self.path} is damaged: {place}: {first['msg']}. Take it back from "
                "version control, or remove it; what is downloaded next is recorded anew then"
            ) from None
        if content.version != _VERSION:
            raise PreparationError(
                f"lock file {self.path} has version {content.version}, but only version "
                f"{_VERSION} is known here"
            )
        return MappingProxyType(content.models)

    def find(self, repository: str, revision: str) -> LockedModel | None:
        """Return what is recorded for a revision of a repository.

        Raises:
            PreparationError: the lock file is damaged.
        """
        return self.read().get(key(repository, revision))

    def record(self, repository: str, revision: str, model: LockedModel) -> None:
        """Record a model; what was recorded for it before is replaced.

        Raises:
            PreparationError: the lock file is damaged, or cannot be written.
        """

        def put(models: dict[str, LockedModel]) -> None:
            models[key(repository, revision)] = model

        self._change(put)

    def forget(self, repository: str, revision: str) -> bool:
        """Remove what is recorded for a model; return whether anything was.

        Raises:
            PreparationError: the lock file is damaged, or cannot be written.
        """
        if self.find(repository, revision) is None:
            return False

        def drop(models: dict[str, LockedModel]) -> None:
            models.pop(key(repository, revision), None)

        self._change(drop)
        return True

    def _change(self, change: Callable[[dict[str, LockedModel]], None]) -> None:
        from filelock import FileLock

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # beside it, but hidden: the lock file itself may be under version control
            with FileLock(str(self.path.with_name(f".{self.path.name}.lock"))):
                before = dict(self.read())
                after = dict(before)
                change(after)
                if after != before:
                    self._write(after)
        except OSError as error:
            raise PreparationError(
                f"lock file {self.path} cannot be written: {error.strerror or error}"
            ) from error

    def _write(self, models: Mapping[str, LockedModel]) -> None:
        content = {
            "version": _VERSION,
            "models": {
                name: {
                    "commit": model.commit,
                    "files": {
                        file: found.model_dump() for file, found in sorted(model.files.items())
                    },
                }
                for name, model in sorted(models.items())
            },
        }
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        partial = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex[:8]}.tmp")
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        finally:
            partial.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
