"""Weights in PyTorch's own format."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
import threading
from pathlib import Path
from typing import Any

import checkpoints
import checkpoints_nllb
import checkpoints_t5
import pytest

from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.catalog.weights import as_safetensors
from tolmach.config.run import RunSettings
from tolmach.errors import PreparationError


def state(folder: Path) -> dict[str, Any]:
    import transformers

    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
    return dict(model.state_dict())


def as_bin(folder: Path, *, shards: int = 1, old_format: bool = False) -> Path:
    """Write the weights as ``.bin``, tied ones under all their names, as published."""
    import torch

    tensors = state(folder)
    options = {"_use_new_zipfile_serialization": not old_format}
    (folder / "model.safetensors").unlink()
    if shards == 1:
        torch.save(tensors, folder / "pytorch_model.bin", **options)
        return folder
    places = {}
    for number in range(shards):
        name = f"pytorch_model-{number + 1:05}-of-{shards:05}.bin"
        part = {key: tensors[key] for key in list(tensors)[number::shards]}
        torch.save(part, folder / name, **options)
        places |= dict.fromkeys(part, name)
    index = {"metadata": {}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


BUILDERS = {
    "marian": checkpoints.build_random,
    "nllb": checkpoints_nllb.build,
    "t5-1.0": lambda folder: checkpoints_t5.build(folder, kind="t5-1.0"),
    "t5-1.1": lambda folder: checkpoints_t5.build(folder, kind="t5-1.1"),
}


@pytest.mark.parametrize("kind", BUILDERS)
@pytest.mark.parametrize("way", ["one file", "shards", "old format"])
def test_nothing_changes(tmp_path: Path, kind: str, way: str) -> None:
    import torch

    folder = BUILDERS[kind](tmp_path / "model")
    before = state(folder)
    as_bin(folder, shards=3 if way == "shards" else 1, old_format=way == "old format")
    made = as_safetensors(folder, cache=tmp_path / "cache")
    assert made != folder
    assert not list(made.glob("*.bin*"))
    after = state(made)
    assert after.keys() == before.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    others = {path.name for path in folder.iterdir()} - {"pytorch_model.bin.index.json"}
    assert {name for name in others if not name.endswith(".bin")} <= {
        path.name for path in made.iterdir()
    }


def test_tied_weights_are_stored_once(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    size = (folder / "model.safetensors").stat().st_size
    made = as_safetensors(as_bin(folder), cache=tmp_path / "cache")
    assert (made / "model.safetensors").stat().st_size < size * 1.1


def test_once(tmp_path: Path) -> None:
    folder = as_bin(checkpoints_nllb.build(tmp_path / "model"))
    made = as_safetensors(folder, cache=tmp_path / "cache")
    stamp = (made / "model.safetensors").stat().st_mtime_ns
    assert as_safetensors(folder, cache=tmp_path / "cache") == made
    assert (made / "model.safetensors").stat().st_mtime_ns == stamp
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [made.name]
    # other weights are another model
    (folder / "pytorch_model.bin").touch()
    assert as_safetensors(folder, cache=tmp_path / "cache") != made


def test_safetensors_are_left_alone(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    assert as_safetensors(folder, cache=tmp_path / "cache") == folder
    assert not (tmp_path / "cache").exists()


def test_linked_files_of_a_hub_cache(tmp_path: Path) -> None:
    real = as_bin(checkpoints_nllb.build(tmp_path / "blobs"))
    linked = tmp_path / "snapshot"
    linked.mkdir()
    for path in real.iterdir():
        (linked / path.name).symlink_to(path)
    made = as_safetensors(linked, cache=tmp_path / "cache")
    assert not any(path.is_symlink() for path in made.iterdir())
    assert (made / "config.json").is_file()


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("old", [False, True])
def test_code_is_refused_and_not_run(tmp_path: Path, old: bool) -> None:
    import torch

    folder = checkpoints_nllb.build(tmp_path / "model")
    weights = state(folder) | {"extra": Malicious(tmp_path / "was-run")}
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=not old)
    with pytest.raises(PreparationError, match=r"refused.*code"):
        as_safetensors(folder, cache=tmp_path / "cache")
    raw = pickle.dumps(Malicious(tmp_path / "was-run"), protocol=2)
    (folder / "pytorch_model.bin").write_bytes(raw)
    with pytest.raises(PreparationError, match=r"refused|damaged"):
        as_safetensors(folder, cache=tmp_path / "cache")
    assert not (tmp_path / "was-run").exists()
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"letters" * 99])
def test_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(PreparationError, match=r"pytorch_model\.bin is (damaged|refused)"):
        as_safetensors(tmp_path, cache=tmp_path / "cache")


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, {"a": {"b": 1}}])
def test_other_things_than_tensors(tmp_path: Path, value: object) -> None:
    import torch

    torch.save(value, tmp_path / "pytorch_model.bin")
    with pytest.raises(PreparationError, match="is no checkpoint"):
        as_safetensors(tmp_path, cache=tmp_path / "cache")


@pytest.mark.parametrize("name", ["../secret.bin", "missing.bin", "/etc/passwd"])
def test_index_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"x")
    index = {"weight_map": {"a": name}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(PreparationError, match="names no usable files"):
        as_safetensors(folder, cache=tmp_path / "cache")


def test_no_weights(tmp_path: Path) -> None:
    with pytest.raises(PreparationError, match="has no weights"):
        as_safetensors(tmp_path, cache=tmp_path / "cache")


def test_old_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    folder = as_bin(checkpoints_nllb.build(tmp_path / "model"))
    monkeypatch.setattr(torch, "__version__", "2.5.1+cpu")
    with pytest.raises(PreparationError, match=r"2\.6 or newer"):
        as_safetensors(folder, cache=tmp_path / "cache")


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
def test_model_from_bin_without_any_contact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Any
) -> None:
    # transformers can ask a service on the hub to convert such repositories, in a thread
    asked: list[object] = []

    def refuse(_self: object, address: object) -> None:
        asked.append(address)
        raise OSError("no network in this test")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    before = set(threading.enumerate())
    folder = as_bin(checkpoints_nllb.build(tmp_path / "model"))
    settings = RunSettings(device="cpu", engine=engine, precision="float32", threads=1)
    store = ModelStore(tmp_path / "cache")
    with load_model(load_card(str(folder)), settings=settings, store=store) as model:
        assert model.generate([model.encode("Да", source="ru", target="vi")])
    assert not asked
    assert not [thread for thread in set(threading.enumerate()) - before if not thread.daemon]
    shutil.rmtree(folder)
