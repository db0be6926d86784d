"""The model cache: preparing a model once, atomically, and finding it again."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tolmach.catalog import conversion, hub
from tolmach.catalog.cards import Card
from tolmach.catalog.conversion import Report
from tolmach.catalog.licences import Policy, objection
from tolmach.catalog.lock import LockedModel, LockFile, file_sha256
from tolmach.catalog.transfer import snapshot_folder
from tolmach.config.run import RunSettings
from tolmach.errors import ModelNotFound, PreparationError

__all__ = ["ModelStore", "Report", "default_root", "exclusive", "open_store"]

_MANIFEST = "tolmach.json"
_LOCK = "models.lock.json"
# preparing holds the assembled source, and then the converted model, on disk at once
_DISK_FACTOR = 2.5
# of preparing, so much is downloading
_DOWNLOAD_SHARE = 0.5
_TRUE = frozenset({"1", "ON", "YES", "TRUE"})


def default_root() -> Path:
    """Return the cache directory: ``$TOLMACH_CACHE``, else the user's cache directory."""
    given = os.environ.get("TOLMACH_CACHE")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("tolmach"))


def open_store(settings: RunSettings, *, offline: bool = False) -> ModelStore:
    """Open the store that run settings ask for; ``offline`` as in :class:`ModelStore`."""
    return ModelStore(
        settings.cache_root(),
        offline=offline or settings.offline,
        lock=settings.lock_path(),
        licences=settings.licences,
    )


class ModelStore:
    """Prepared models below one directory; safe with several processes.

    Attributes:
        root: the directory.
        offline: whether a model hub may not be asked.
        lock: what was downloaded first, and is insisted on.
        licences: which models may be used at all.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        offline: bool = False,
        lock: Path | None = None,
        licences: Policy = "any",
    ) -> None:
        """Open a store; nothing is created until a model is prepared.

        Args:
            root: the cache directory; default see :func:`default_root`.
            offline: never contact a model hub.
            lock: the lock file; default ``models.lock.json`` in the cache directory.
            licences: ``commercial`` refuses models that may not be used commercially.
        """
        self.root = root or default_root()
        forbidden = (
            os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        )
        self.offline = offline or any(value.upper() in _TRUE for value in forbidden)
        self.lock = LockFile(lock or self.root / _LOCK)
        self.licences = licences

    def folder(self, card: Card, *, quantization: str) -> Path:
        """Return where the prepared model lies, or will lie."""
        return self.root / "models" / f"{card.name}-{card.fingerprint()}-{quantization}"

    def manifest(self, card: Card, *, quantization: str) -> dict[str, Any] | None:
        """Return what was noted when a model was prepared, or None if it is not prepared."""
        path = self.folder(card, quantization=quantization) / _MANIFEST
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def is_prepared(self, card: Card, *, quantization: str) -> bool:
        """Tell whether the model can be loaded at once.

        Sizes are compared, hashes are not: see :meth:`check`.

        Raises:
            PreparationError: the lock file is damaged.
        """
        manifest = self.manifest(card, quantization=quantization)
        if manifest is None:
            return False
        locked = self.locked(card)
        if locked is not None and manifest.get("commit", "") != locked.commit:
            return False
        folder = self.folder(card, quantization=quantization)
        try:
            files = manifest.get("files", {}).items()
            return all((folder / name).stat().st_size == file["size"] for name, file in files)
        except (OSError, AttributeError, KeyError, TypeError):
            return False

    def prepare(self, card: Card, *, quantization: str, report: Report | None = None) -> Path:
        """Make a model ready to load; does nothing if it is ready.

        Args:
            card: the model.
            quantization: storage type, such as ``"int8"``.
            report: told about progress.

        Returns:
            The directory of the prepared model.

        Raises:
            ModelNotFound: it is not there, or its licence is not allowed here.
            PreparationError: it could not be downloaded, converted or stored.
        """
        self._permit(card)
        final = self.folder(card, quantization=quantization)
        if self.is_prepared(card, quantization=quantization):
            return final
        report = report or _silent
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(final):
                if not self.is_prepared(card, quantization=quantization):
                    self._build(card, final, quantization, report)
        except OSError as error:
            raise PreparationError(
                f"model {card.name} cannot be prepared in {self.root}: {error.strerror or error}. "
                f"It needs about {round(card.origin.size_mb * _DISK_FACTOR)} MB; free some space, "
                "or set TOLMACH_CACHE to another directory"
            ) from error
        return final

    def _build(self, card: Card, final: Path, quantization: str, report: Report) -> None:
        for stale in final.parent.glob(f".{final.name}.*"):
            shutil.rmtree(stale, ignore_errors=True)
        free = shutil.disk_usage(final.parent).free
        if free < card.origin.size_mb * 1e6 * _DISK_FACTOR:
            raise OSError(f"no space left on device, only {round(free / 1e6)} MB are free")
        work = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
        started = time.monotonic()
        source = _Source(self, card, report)
        try:
            target = work / "model"
            target.mkdir()
            conversion.convert(
                card,
                source=source.folder,
                work=work,
                target=target,
                quantization=quantization,
                report=report,
            )
            manifest = {
                "name": card.name,
                "origin": card.origin.model_dump(mode="json"),
                **({"commit": source.commit} if source.commit else {}),
                "quantization": quantization,
                "seconds": round(time.monotonic() - started, 1),
                "files": _described(target),
            }
            (target / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            if final.exists():
                shutil.rmtree(final)
            target.rename(final)
            report("ready", 1.0)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def source_folder(self, card: Card, report: Report | None = None) -> Path:
        """Return the directory of a checkpoint, downloading it if it comes from a hub.

        Files that are there already are compared by their sizes.

        Raises:
            ModelNotFound: the directory is not there, or the licence is not allowed here.
            PreparationError: the download failed.
        """
        if card.origin.path:
            self._permit(card)
            folder = Path(card.origin.path)
            if not (folder / "config.json").is_file():
                raise ModelNotFound(f"model {card.name}: no checkpoint in {folder}")
            return folder
        return snapshot_folder(card, self.pull(card, report=report, thorough=False).commit)

    def pull(
        self,
        card: Card,
        *,
        report: Report | None = None,
        update: bool = False,
        thorough: bool = True,
    ) -> LockedModel:
        """Bring a hub's files into the hub cache, and insist on those in the lock file.

        Args:
            card: a model of a hub repository.
            report: told about the progress, with a fraction from 0 to 1.
            update: take what the hub has now, and record that.
            thorough: hash files that are there already.

        Returns:
            What the model consists of; it is in the lock file.

        Raises:
            ModelNotFound: the licence is not allowed here.
            PreparationError: the download failed, or a file is not the recorded one.
        """
        self._permit(card)
        locked = None if update else self.locked(card)
        if locked is not None and hub.is_complete(card, locked):
            if thorough:
                hub.verify(card, locked)
            return locked
        found = None if locked is not None or update else hub.adopt(card)
        if found is None:
            if self.offline:
                raise _offline(card, "an update needs the hub" if update else "it is not complete")
            found = hub.fetch(card, locked=locked, report=report or _silent)
        if found != locked:  # what is there already may lie where nothing can be written
            self.lock.record(card.origin.repository, card.origin.revision, found)
        return found

    def locked(self, card: Card) -> LockedModel | None:
        """Return what the lock file says of a model.

        Raises:
            PreparationError: the lock file is damaged, or contradicts the card.
        """
        origin = card.origin
        if not origin.repository:
            return None
        found = self.lock.find(origin.repository, origin.revision)
        pinned = re.fullmatch(r"[0-9a-f]{40}", origin.revision)
        if found and pinned and found.commit != origin.revision:
            raise PreparationError(
                f"model {card.name}: the card asks for commit {origin.revision}, but "
                f"{self.lock.path} has {found.commit} for it; remove that entry"
            )
        return found

    def is_downloaded(self, card: Card) -> bool:
        """Tell whether the hub's files are in the hub cache already, all of them.

        Raises:
            PreparationError: the lock file is damaged.
        """
        if not card.origin.repository:
            return False
        locked = self.locked(card)
        if locked is not None:
            return hub.is_complete(card, locked)
        return hub.cached_names(card) is not None

    def has_package(self, card: Card) -> bool:
        """Tell whether the package that carries the weights is installed."""
        return conversion.has_package(card)

    def check(self, card: Card, *, quantization: str) -> str:
        """Hash all files of a model that are here, downloaded and prepared.

        Returns:
            What was found, for the user.

        Raises:
            ModelNotFound: nothing of it is here.
            PreparationError: a file is missing or has changed.
        """
        found = []
        locked = self.locked(card)
        if locked is not None and snapshot_folder(card, locked.commit).is_dir():
            hub.verify(card, locked)
            found.append(f"{len(locked.files)} downloaded files of commit {locked.commit[:10]}")
        manifest = self.manifest(card, quantization=quantization)
        if manifest is not None:
            if locked is not None and manifest.get("commit", "") != locked.commit:
                raise PreparationError(
                    f"model {card.name} was prepared from another commit than the lock file has; "
                    f"prepare it anew: tolmach models pull {card.name}"
                )
            _verify_prepared(card, self.folder(card, quantization=quantization), manifest)
            found.append(f"prepared as {quantization}")
        if not found:
            raise ModelNotFound(f"model {card.name} is neither downloaded nor prepared here")
        return ", ".join(found)

    def _permit(self, card: Card) -> None:
        reason = objection(card, self.licences)
        if reason:
            raise ModelNotFound(
                f"model {card.name}: {reason}, and the run settings say licences: commercial"
            )


@dataclass(slots=True)
class _Source:
    """Fetches the checkpoint when the conversion asks for it, and remembers its commit."""

    store: ModelStore
    card: Card
    report: Report
    commit: str = field(default="")

    def folder(self) -> Path:
        if not self.card.origin.repository:
            return self.store.source_folder(self.card)
        pulled = self.store.pull(
            self.card, report=lambda what, done: self.report(what, done * _DOWNLOAD_SHARE)
        )
        self.commit = pulled.commit
        return snapshot_folder(self.card, pulled.commit)


def _offline(card: Card, reason: str) -> PreparationError:
    return PreparationError(
        f"model {card.name}: {card.origin.repository} cannot be fetched: {reason}, and the hub may "
        f"not be asked (offline). Download it where it may: tolmach models pull {card.name}"
    )


def _silent(_message: str, _fraction: float) -> None:
    """Report to nobody."""


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): {
            "size": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in files
    }


def _verify_prepared(card: Card, folder: Path, manifest: dict[str, Any]) -> None:
    try:
        noted = manifest.get("files", {})
        for name, file in noted.items():
            path = folder / name
            if not path.is_file() or file_sha256(path) != file["sha256"]:
                raise PreparationError(
                    f"model {card.name}: {name} in {folder} is missing or has changed; remove the "
                    f"folder and prepare it anew: tolmach models remove {card.name}"
                )
    except (AttributeError, KeyError, TypeError) as error:
        raise PreparationError(f"model {card.name}: {folder / _MANIFEST} is damaged") from error


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Wait until no other process works on the folder of a prepared model."""
    from filelock import FileLock

    with FileLock(str(folder.with_name(folder.name + ".lock"))):
        yield
