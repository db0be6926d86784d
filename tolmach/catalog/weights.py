"""Checkpoints in PyTorch's own format: read safely once, kept as safetensors.

A ``.bin`` file is a pickle, and a pickle can run any code when it is loaded. Here it is loaded
with ``weights_only``, which builds nothing but tensors and plain containers and refuses the rest;
before torch 2.6 that could be circumvented (CVE-2025-32434), so older versions are refused. The
conversion happens on this machine alone: no service that converts repositories is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tolmach.errors import PreparationError

__all__ = ["as_safetensors", "has_safetensors"]

_INDEX = "pytorch_model.bin.index.json"
_SINGLE = "pytorch_model.bin"
_SAFE_TORCH = (2, 6)
# what transformers looks for first when weights have several names
_OWNERS = (re.compile(r"(^|\.)shared\."), re.compile(r"embed_tokens"), re.compile(r""))


def has_safetensors(folder: Path) -> bool:
    """Tell whether a checkpoint can be loaded as it is."""
    return any(
        (folder / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json")
    )


def as_safetensors(folder: Path, *, cache: Path) -> Path:
    """Return a folder with the same checkpoint in safetensors, made once.

    Args:
        folder: a checkpoint, with weights in either format.
        cache: where folders that had to be made are kept.

    Returns:
        ``folder`` itself if it has safetensors.

    Raises:
        PreparationError: there are no weights, they are damaged or hold more than weights, or
            torch is too old to read them safely.
        OSError: the system refuses, such as a full disk.
    """
    if has_safetensors(folder):
        return folder
    shards = _shards(folder)
    final = cache / f"{folder.resolve().name}-{_key(folder, shards)}"
    if final.is_dir():
        return final
    _require_safe_torch()
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=cache))
    try:
        _write(folder, shards, work)
        _adopt_others(folder, work)
        try:
            work.rename(final)
        except OSError:
            if not final.is_dir():  # else another process was faster
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _shards(folder: Path) -> tuple[str, ...]:
    if (folder / _INDEX).is_file():
        try:
            content = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
            names = tuple(sorted(set(content["weight_map"].values())))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PreparationError(f"{folder / _INDEX} is damaged: {error!r}") from error
        # a name must not lead out of the folder
        strange = [name for name in names if Path(str(name)).name != name]
        missing = [name for name in names if not strange and not (folder / name).is_file()]
        if strange or missing or not names:
            raise PreparationError(f"{folder / _INDEX} names no usable files: {strange or missing}")
        return names
    if (folder / _SINGLE).is_file():
        return (_SINGLE,)
    raise PreparationError(f"{folder} has no weights (model.safetensors or {_SINGLE})")


def _key(folder: Path, shards: Iterable[str]) -> str:
    """Return a hash that changes with the files: their contents take minutes to hash."""
    stats = [(name, (folder / name).stat()) for name in shards]
    content = [str(folder.resolve()), [(n, s.st_size, s.st_mtime_ns) for n, s in stats]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def _require_safe_torch() -> None:
    import torch

    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < _SAFE_TORCH:
        raise PreparationError(
            f"torch {torch.__version__} cannot read .bin weights safely; it needs 2.6 or newer"
        )


def _load(path: Path) -> dict[str, Any]:
    import pickle

    import torch

    try:
        # mapped, the file is read once and not kept in memory twice; the old format cannot be
        content = torch.load(
            path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
        )
    except pickle.UnpicklingError as error:
        raise PreparationError(
            f"{path} is refused: it is damaged or holds code beside weights "
            f"({str(error).strip().splitlines()[0]})"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise PreparationError(f"{path} is damaged: {error}") from error
    if not isinstance(content, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in content.items()
    ):
        raise PreparationError(f"{path} is no checkpoint: it holds other things than tensors")
    return dict(content)


def _without_aliases(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Keep one name of each tensor, and make all of them independent of each other.

    Tied weights have several names for the same memory; ``transformers`` ties them again from the
    configuration when it loads.
    """
    names: dict[tuple[Any, ...], list[str]] = {}
    for name, value in tensors.items():
        same = (value.data_ptr(), value.storage_offset(), tuple(value.shape), value.stride())
        # empty tensors have no memory, so they cannot be told apart by it
        names.setdefault(same if value.numel() else (name,), []).append(name)
    kept = [min(group, key=lambda name: (_rank(name), name)) for group in names.values()]
    return {name: tensors[name].contiguous().clone() for name in sorted(kept)}


def _rank(name: str) -> int:
    return next(rank for rank, pattern in enumerate(_OWNERS) if pattern.search(name))


def _write(folder: Path, shards: tuple[str, ...], work: Path) -> None:
    from safetensors.torch import save_file

    if len(shards) == 1:
        tensors = _without_aliases(_load(folder / shards[0]))
        save_file(tensors, str(work / "model.safetensors"), metadata={"format": "pt"})
        return
    places: dict[str, str] = {}
    size = 0
    for number, shard in enumerate(shards, start=1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        tensors = _without_aliases(_load(folder / shard))
        save_file(tensors, str(work / name), metadata={"format": "pt"})
        places |= dict.fromkeys(tensors, name)
        size += sum(value.numel() * value.element_size() for value in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": places}
    path = work / "model.safetensors.index.json"
    path.write_text(json.dumps(index, indent=1), encoding="utf-8")


def _adopt_others(folder: Path, work: Path) -> None:
    """Link everything but weights into the new folder, or copy it where links are impossible."""
    for path in folder.iterdir():
        # a hub's cache is made of symbolic links
        real = path.resolve()
        if not real.is_file() or path.suffix == ".bin" or path.name == _INDEX:
            continue
        try:
            os.link(real, work / path.name)
        except OSError:
            shutil.copyfile(real, work / path.name)
