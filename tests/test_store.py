"""Preparing a model: once, whole or not at all, and with messages that help."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from checkpoints import left_in

from tolmach.catalog import conversion
from tolmach.catalog import store as store_module
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.loading import load_model, storage_type
from tolmach.catalog.store import ModelStore, default_root
from tolmach.config.run import RunSettings
from tolmach.errors import ModelError, ModelNotFound, PreparationError


@pytest.fixture
def card(copying_checkpoint: Path) -> Card:
    return load_card(str(copying_checkpoint))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache", offline=True)


@pytest.fixture
def damaged(copying_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of a checkpoint, to be damaged."""
    return Path(shutil.copytree(copying_checkpoint, tmp_path / "damaged"))


def pretend(monkeypatch: pytest.MonkeyPatch, work: Callable[[Path], None]) -> list[Path]:
    """Replace the conversion by something quick; return the list of its calls."""
    calls: list[Path] = []

    def convert(_card: Any, *, target: Path, **_rest: Any) -> None:
        calls.append(target)
        (target / "model.bin").write_bytes(b"half")
        work(target)

    monkeypatch.setattr(conversion, "convert", convert)
    return calls


class TestPrepare:
    def test_makes_a_loadable_model(self, store: ModelStore, card: Card) -> None:
        said: list[tuple[str, float]] = []
        assert not store.is_prepared(card, quantization="int8")
        folder = store.prepare(
            card, quantization="int8", report=lambda *message: said.append(message)
        )
        assert store.is_prepared(card, quantization="int8")
        assert folder == store.folder(card, quantization="int8")
        assert left_in(store) == [folder.name]
        assert {path.name for path in folder.iterdir()} >= {"model.bin", "source.spm"}
        manifest = json.loads((folder / "tolmach.json").read_text(encoding="utf-8"))
        assert manifest["name"] == "copying"
        assert manifest["quantization"] == "int8"
        fractions = [fraction for _, fraction in said]
        assert fractions == sorted(fractions)
        assert said[-1] == ("ready", 1.0)
        with load_model(card, settings=RunSettings(device="cpu"), store=store) as model:
            row = model.encode("Новый мост.", source="ru", target="en")
            assert model.generate([row])[0][0].finished

    def test_does_nothing_the_second_time(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = pretend(monkeypatch, lambda _: None)
        first = store.prepare(card, quantization="int8")
        assert store.prepare(card, quantization="int8") == first
        assert len(calls) == 1

    def test_each_quantization_has_its_folder(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend(monkeypatch, lambda _: None)
        one = store.prepare(card, quantization="int8")
        assert store.prepare(card, quantization="float32") != one
        assert len(left_in(store)) == 2

    def test_nothing_is_made_before(self, tmp_path: Path, card: Card) -> None:
        store = ModelStore(tmp_path / "cache")
        assert not store.is_prepared(card, quantization="int8")
        assert not store.root.exists()

    def test_checkpoint_that_changed_is_prepared_anew(
        self, store: ModelStore, damaged: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = pretend(monkeypatch, lambda _: None)
        store.prepare(load_card(str(damaged)), quantization="int8")
        os.utime(damaged / "model.safetensors", (1, 1))
        store.prepare(load_card(str(damaged)), quantization="int8")
        assert len(calls) == 2

    def test_folder_without_manifest_is_replaced(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend(monkeypatch, lambda _: None)
        folder = store.folder(card, quantization="int8")
        folder.mkdir(parents=True)
        (folder / "rubbish").write_text("x", encoding="utf-8")
        store.prepare(card, quantization="int8")
        assert not (folder / "rubbish").exists()
        assert (folder / "model.bin").is_file()


class TestAtomicity:
    @pytest.mark.parametrize(
        "error",
        [PreparationError("x"), ValueError("x"), MemoryError(), KeyboardInterrupt(), OSError("x")],
        ids=repr,
    )
    def test_failure_half_way_leaves_nothing(
        self,
        store: ModelStore,
        card: Card,
        monkeypatch: pytest.MonkeyPatch,
        error: BaseException,
    ) -> None:
        def fail(_target: Path) -> None:
            raise error

        with monkeypatch.context() as patch:
            pretend(patch, fail)
            with pytest.raises((type(error), PreparationError)):
                store.prepare(card, quantization="int8")
        assert left_in(store) == []
        assert not store.is_prepared(card, quantization="int8")
        store.prepare(card, quantization="int8")
        assert store.is_prepared(card, quantization="int8")

    def test_killed_half_way(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def wait(_target: Path) -> None:
            time.sleep(60)

        context = multiprocessing.get_context("fork")
        with monkeypatch.context() as patch:
            pretend(patch, wait)
            process = context.Process(target=store.prepare, args=(card,), kwargs={
                "quantization": "int8"})  # fmt: skip
            process.start()
        for _ in range(200):
            if list(store.root.glob("models/.*/model/model.bin")):
                break
            time.sleep(0.05)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        (partial,) = left_in(store)
        assert partial.startswith(".copying-")
        assert not store.is_prepared(card, quantization="int8")
        # the next one removes what is left and finishes
        folder = store.prepare(card, quantization="int8")
        assert left_in(store) == [folder.name]

    def test_stale_folders_of_others_stay(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend(monkeypatch, lambda _: None)
        models = store.root / "models"
        own = models / f".{store.folder(card, quantization='int8').name}.abc"
        other = models / ".other-123-int8.abc"
        for folder in (own, other):
            (folder / "model").mkdir(parents=True)
        store.prepare(card, quantization="int8")
        assert not own.exists()
        assert other.exists()


class TestConcurrency:
    def test_threads_prepare_once(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = pretend(monkeypatch, lambda _: time.sleep(0.2))
        found: list[Path] = []
        threads = [
            threading.Thread(target=lambda: found.append(store.prepare(card, quantization="int8")))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(calls) == 1
        assert found == [store.folder(card, quantization="int8")] * 6

    def test_processes_prepare_once(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"

        def work(_target: Path) -> None:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            time.sleep(0.3)

        pretend(monkeypatch, work)
        context = multiprocessing.get_context("fork")
        processes = [
            context.Process(target=store.prepare, args=(card,), kwargs={"quantization": "int8"})
            for _ in range(4)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        assert len(log.read_text(encoding="utf-8").splitlines()) == 1
        assert left_in(store) == [store.folder(card, quantization="int8").name]


class TestDiskSpace:
    def test_too_little_is_free(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        big = card.model_copy(update={"origin": card.origin.model_copy(update={"size_mb": 400})})
        calls = pretend(monkeypatch, lambda _: None)
        usage = SimpleNamespace(total=0, used=0, free=700 * 10**6)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(PreparationError) as caught:
            store.prepare(big, quantization="int8")
        message = str(caught.value)
        assert "1000 MB" in message
        assert "700 MB" in message
        assert "TOLMACH_CACHE" in message
        assert str(store.root) in message
        assert calls == []
        assert left_in(store) == []

    def test_disk_fills_up(self, tmp_path: Path, copying_checkpoint: Path) -> None:
        # a limit on the size of files stands in for a full disk: the write itself fails
        script = textwrap.dedent(
            """
            import resource, sys
            from pathlib import Path
            from tolmach.catalog.cards import load_card
            from tolmach.catalog.store import ModelStore
            from tolmach.errors import PreparationError
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            try:
                ModelStore(Path(sys.argv[2])).prepare(load_card(sys.argv[1]), quantization="int8")
            except PreparationError as error:
                print(error)
            """
        )
        cache = tmp_path / "cache"
        done = subprocess.run(
            [sys.executable, "-c", script, str(copying_checkpoint), str(cache)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(Path(store_module.__file__).parents[2])},
        )
        assert done.returncode == 0, done.stderr
        assert "TOLMACH_CACHE" in done.stdout
        assert "MB" in done.stdout
        assert str(cache) in done.stdout
        assert left_in(ModelStore(cache)) == []

    def test_cache_is_no_directory(self, tmp_path: Path, card: Card) -> None:
        (tmp_path / "cache").write_text("a file", encoding="utf-8")
        with pytest.raises(PreparationError, match="TOLMACH_CACHE"):
            ModelStore(tmp_path / "cache").prepare(card, quantization="int8")


class TestDamagedCheckpoint:
    @pytest.mark.parametrize("name", ["source.spm", "target.spm", "vocab.json"])
    def test_missing_tokenizer_file(self, store: ModelStore, damaged: Path, name: str) -> None:
        (damaged / name).unlink()
        with pytest.raises(PreparationError, match=f"lacks {name}"):
            store.prepare(load_card(str(damaged)), quantization="int8")
        assert left_in(store) == []

    def test_no_checkpoint(self, store: ModelStore, damaged: Path) -> None:
        (damaged / "config.json").unlink()
        with pytest.raises(ModelNotFound, match="no checkpoint"):
            store.prepare(load_card(str(damaged)), quantization="int8")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("model.safetensors", None),
            ("model.safetensors", b""),
            ("model.safetensors", b"x" * 5000),
            ("config.json", b"{"),
            ("config.json", b'{"model_type": "t5"}'),
            ("config.json", b'{"model_type": "unheard-of"}'),
            ("source.spm", b"x" * 5000),
            ("vocab.json", b"{"),
            ("vocab.json", b"[]"),
        ],
    )
    def test_damaged_file(
        self, store: ModelStore, damaged: Path, name: str, content: bytes | None
    ) -> None:
        path = damaged / name
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        with pytest.raises(PreparationError) as caught:
            store.prepare(load_card(str(damaged)), quantization="int8")
        # the disk is not to blame
        assert "free some space" not in str(caught.value)
        assert any(said in str(caught.value) for said in ("cannot be converted", "no weights"))
        assert left_in(store) == []

    def test_cut_off_weights(self, store: ModelStore, damaged: Path) -> None:
        path = damaged / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-1000])
        with pytest.raises(PreparationError, match="cannot be converted"):
            store.prepare(load_card(str(damaged)), quantization="int8")

    def test_prepared_model_was_damaged(self, store: ModelStore, card: Card) -> None:
        folder = store.prepare(card, quantization="float32")
        # of the same size, for only sizes are compared at the start
        (folder / "model.bin").write_bytes(b"x" * (folder / "model.bin").stat().st_size)
        settings = RunSettings(device="cpu", precision="float32")
        with pytest.raises(ModelError, match="CTranslate2 cannot load"):
            load_model(card, settings=settings, store=store)

        with pytest.raises(PreparationError, match=r"model\.bin .* has changed"):
            store.check(card, quantization="float32")

    def test_prepared_model_was_cut_off(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend(monkeypatch, lambda _: None)
        folder = store.prepare(card, quantization="int8")
        assert store.check(card, quantization="int8") == "prepared as int8"
        for content in (b"", b"longer than it was"):
            (folder / "model.bin").write_bytes(content)
            assert not store.is_prepared(card, quantization="int8")
            store.prepare(card, quantization="int8")
            assert (folder / "model.bin").read_bytes() == b"half"

    @pytest.mark.parametrize("content", ["", "[]", "{", '{"files": 3}', '{"files": {"x": 1}}'])
    def test_damaged_manifest(
        self, store: ModelStore, card: Card, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        calls = pretend(monkeypatch, lambda _: None)
        folder = store.prepare(card, quantization="int8")
        (folder / "tolmach.json").write_text(content, encoding="utf-8")
        store.prepare(card, quantization="int8")
        assert len(calls) == 2

    def test_nothing_to_check(self, store: ModelStore, card: Card) -> None:
        with pytest.raises(ModelNotFound, match="neither downloaded nor prepared"):
            store.check(card, quantization="int8")


class TestSettings:
    def test_default_root(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("TOLMACH_CACHE", str(tmp_path))
        assert default_root() == ModelStore().root == tmp_path
        monkeypatch.delenv("TOLMACH_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert "tolmach" in default_root().parts

    @pytest.mark.parametrize(("value", "offline"), [("1", True), ("", False), ("0", False)])
    def test_offline_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, value: str, offline: bool
    ) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        assert ModelStore().offline is offline
        assert ModelStore(offline=True).offline

    @pytest.mark.parametrize(
        ("precision", "stored"),
        [
            ("auto", "int8"),
            ("int8_float32", "int8"),
            ("float32", "float32"),
            ("float16", "float16"),
        ],
    )
    def test_storage_type(self, precision: Any, stored: str) -> None:
        assert storage_type(RunSettings(device="cpu", precision=precision)) == stored
