"""Downloading from a hub that is slow, cut off, wrong, closed or not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import hub as stand_in
import pytest
from hub import COMMIT, NEXT_COMMIT, Hub

from tolmach.catalog import hub, transfer
from tolmach.catalog.cards import Card
from tolmach.catalog.lock import LockedModel
from tolmach.catalog.store import ModelStore
from tolmach.errors import PreparationError

WEIGHTS = bytes(range(256)) * 400
FILES = {
    "config.json": b'{"model_type": "marian"}',
    "source.spm": b"pieces" * 50,
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"the same once more",
    "tf_model.h5": b"for another library",
    "rust_model.ot": b"for another library",
    "README.md": b"about it",
}
NEEDED = ["config.json", "model.safetensors", "source.spm"]


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(transfer, "_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(transfer, "_TELL_EVERY", 0.0)
    with stand_in.running() as found:
        stand_in.use(monkeypatch, found.url, tmp_path)
        found.serve(dict(FILES))
        yield found


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def make_card(**origin: Any) -> Card:
    return Card.model_validate(
        {
            "name": "some-model",
            "summary": "of the tests",
            "family": "marian",
            "origin": {"repository": stand_in.REPOSITORY, "size_mb": 1, **origin},
            "licence": {"name": "MIT", "commercial": True},
            "pairs": ["ru-en"],
        }
    )


CARD = make_card()


def snapshot(commit: str = COMMIT) -> Path:
    return transfer.snapshot_folder(CARD, commit)


def partials() -> list[Path]:
    return list(transfer.repository_folder(CARD).rglob("*partial*"))


class TestNeeded:
    def test_weights_once(self) -> None:
        assert list(hub.needed(list(FILES))) == NEEDED

    @pytest.mark.parametrize(
        ("names", "weights"),
        [
            (["pytorch_model.bin", "model.ckpt"], ["pytorch_model.bin"]),
            (["model.safetensors", "model.fp16.safetensors"], ["model.safetensors"]),
            (
                ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "x.bin"],
                ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
            ),
            (["model.bin", "training_args.bin"], ["model.bin"]),
            (["weights.safetensors", "pytorch_model.bin"], ["weights.safetensors"]),
            (["flax_model.msgpack", "onnx/model.onnx", "onnx/model.bin"], []),
        ],
    )
    def test_kinds(self, names: list[str], weights: list[str]) -> None:
        assert list(hub.needed(["config.json", *names])) == sorted(["config.json", *weights])

    def test_folders_are_left(self) -> None:
        assert hub.needed(["onnx/config.json", "config.json"]) == ("config.json",)


class TestPull:
    def test_only_what_is_needed(self, remote: Hub, store: ModelStore) -> None:
        model = store.pull(CARD)
        assert model.commit == COMMIT
        assert sorted(model.files) == NEEDED
        assert {name: file.sha256 for name, file in model.files.items()} == {
            name: sha256(FILES[name]).hexdigest() for name in NEEDED
        }
        assert sorted(remote.transfers()) == NEEDED
        assert {path.name for path in snapshot().iterdir()} == set(NEEDED)
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS
        assert store.locked(CARD) == model
        assert partials() == []

    def test_second_time_asks_nobody(self, remote: Hub, store: ModelStore) -> None:
        first = store.pull(CARD)
        remote.asked.clear()
        assert store.pull(CARD) == first
        assert store.is_downloaded(CARD)
        assert remote.asked == []

    def test_files_are_where_other_programs_look(self, remote: Hub, store: ModelStore) -> None:
        from huggingface_hub import snapshot_download

        store.pull(CARD)
        remote.asked.clear()
        found = snapshot_download(stand_in.REPOSITORY, local_files_only=True)
        assert Path(found) == snapshot()
        assert (snapshot() / "config.json").is_symlink()
        assert remote.asked == []

    def test_the_hub_s_own_tool_understands_the_cache(self, remote: Hub, store: ModelStore) -> None:
        from huggingface_hub import constants, scan_cache_dir

        store.pull(CARD)
        found = scan_cache_dir(constants.HF_HUB_CACHE)
        assert found.warnings == []
        ((repository,),) = ([*found.repos],)
        assert repository.nb_files == len(NEEDED)
        assert repository.refs.keys() == {"main"}
        assert remote.asked

    def test_lock_file_that_cannot_be_written(
        self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.pull(CARD)
        shutil.rmtree(transfer.repository_folder(CARD))

        def fail(*_args: Any) -> None:
            raise AssertionError("it need not be written")

        monkeypatch.setattr("tolmach.catalog.lock.LockFile.record", fail)
        store.pull(CARD)
        assert remote.asked

    def test_progress_in_bytes(self, remote: Hub, store: ModelStore) -> None:
        said: list[tuple[str, float]] = []
        remote.pause = 0.001
        store.pull(CARD, report=lambda *told: said.append(told))
        assert len(said) > 5
        fractions = [fraction for _, fraction in said]
        assert fractions == sorted(fractions)
        assert said[-1] == ("downloading someone/some-model (0.1 of 0.1 MB)", 1.0)

    def test_threads_download_once(self, remote: Hub, store: ModelStore) -> None:
        threads = [threading.Thread(target=store.pull, args=(CARD,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(remote.transfers()) == NEEDED


class TestBrokenConnection:
    def test_is_continued(self, remote: Hub, store: ModelStore) -> None:
        remote.cut["model.safetensors"] = [30_000, 30_000, 30_000]
        store.pull(CARD)
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS
        ranges = [int(found[6:-1]) for found in remote.ranges["model.safetensors"]]
        assert len(ranges) == 3
        assert ranges == sorted(ranges)
        assert 0 < ranges[0] <= 30_000

    def test_gives_up_and_the_next_one_continues(self, remote: Hub, store: ModelStore) -> None:
        remote.cut["model.safetensors"] = [50_000, 0, 0, 0, 0]
        with pytest.raises(PreparationError, match="what has arrived is kept"):
            store.pull(CARD)
        assert store.locked(CARD) is None
        assert not store.is_downloaded(CARD)
        (partial,) = partials()
        have = partial.stat().st_size
        assert 0 < have <= 50_000
        remote.cut.clear()
        remote.ranges.clear()
        store.pull(CARD)
        assert remote.ranges["model.safetensors"] == [f"bytes={have}-"]
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS

    def test_hub_that_ignores_ranges(self, remote: Hub, store: ModelStore) -> None:
        remote.no_ranges = True
        remote.cut["model.safetensors"] = [30_000]
        store.pull(CARD)
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS

    @pytest.mark.parametrize("content", [b"x" * 20_000, b"x" * len(WEIGHTS), b"x" * 200_000])
    @pytest.mark.usefixtures("remote")
    def test_partial_file_was_damaged(self, store: ModelStore, content: bytes) -> None:
        blobs = transfer.repository_folder(CARD) / "blobs"
        blobs.mkdir(parents=True)
        (blobs / f"{sha256(WEIGHTS).hexdigest()}.tolmach-partial").write_bytes(content)
        store.pull(CARD)
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS
        assert partials() == []

    def test_hub_that_is_overloaded_for_a_moment(self, remote: Hub, store: ModelStore) -> None:
        remote.statuses["model.safetensors"] = [503, 429]
        said: list[str] = []
        store.pull(CARD, report=lambda what, _: said.append(what))
        assert any("trying again" in what for what in said)
        assert store.is_downloaded(CARD)

    def test_process_that_is_killed(self, remote: Hub, tmp_path: Path) -> None:
        # in a process of its own, for the next one must continue where it was killed
        remote.pause = 0.05
        code = (
            "import sys; from pathlib import Path\n"
            "from tolmach.catalog.store import ModelStore\n"
            "from test_hub import CARD\n"
            "ModelStore(Path(sys.argv[1])).pull(CARD)\n"
        )
        variables = {**os.environ, **stand_in.environment(remote, tmp_path)}
        variables["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parent), str(Path(hub.__file__).parents[2])]
        )
        command = [sys.executable, "-c", code, str(tmp_path / "cache")]
        with subprocess.Popen(command, env=variables) as process:
            for _ in range(600):
                found = list((tmp_path / "hf").rglob("*partial"))
                if any(path.stat().st_size > 20_000 for path in found if path.exists()):
                    break
                time.sleep(0.05)
            process.kill()
        (partial,) = (tmp_path / "hf").rglob("*partial")
        have = partial.stat().st_size
        remote.pause = 0.0
        remote.ranges.clear()
        done = subprocess.run(command, env=variables, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert remote.ranges["model.safetensors"] == [f"bytes={have}-"]


class TestWrongContent:
    def test_other_content_than_announced(self, remote: Hub, store: ModelStore) -> None:
        remote.changed["model.safetensors"] = b"x" * len(WEIGHTS)
        with pytest.raises(PreparationError, match=r"model\.safetensors is damaged or another"):
            store.pull(CARD)
        assert partials() == []
        assert not (snapshot() / "model.safetensors").exists()
        assert store.locked(CARD) is None

    def test_small_file_is_checked_too(self, remote: Hub, store: ModelStore) -> None:
        remote.changed["config.json"] = FILES["config.json"].upper()
        with pytest.raises(PreparationError, match=r"config\.json is damaged or another"):
            store.pull(CARD)

    def test_hub_has_another_file_than_the_lock(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        shutil.rmtree(transfer.repository_folder(CARD))
        remote.repositories[stand_in.REPOSITORY].commits[COMMIT]["source.spm"] = b"rewritten"
        with pytest.raises(
            PreparationError, match=r"another source\.spm: 9 bytes, not 300.*--update"
        ):
            store.pull(CARD)
        assert not store.is_downloaded(CARD)

    def test_damaged_in_the_cache(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        (snapshot() / "model.safetensors").resolve().write_bytes(b"x" * len(WEIGHTS))
        with pytest.raises(PreparationError) as caught:
            store.pull(CARD)
        assert "model.safetensors" in str(caught.value)
        assert "tolmach models pull --update some-model" in str(caught.value)
        remote.asked.clear()
        store.pull(CARD, update=True)
        assert remote.transfers() == ["model.safetensors"]
        assert (snapshot() / "model.safetensors").read_bytes() == WEIGHTS

    def test_cut_off_in_the_cache(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        (snapshot() / "source.spm").resolve().write_bytes(b"x")
        assert not store.is_downloaded(CARD)
        with pytest.raises(PreparationError, match=r"source\.spm has 1 bytes instead of 300"):
            store.pull(CARD)
        assert remote.repositories

    def test_missing_in_the_cache_is_fetched(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        (snapshot() / "source.spm").unlink()
        assert not store.is_downloaded(CARD)
        remote.asked.clear()
        store.pull(CARD)
        assert not any("/api/" in line for line in remote.asked)
        assert store.is_downloaded(CARD)


class TestCommits:
    def test_branch_that_moved_changes_nothing(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        move(remote)
        shutil.rmtree(transfer.repository_folder(CARD))
        assert store.pull(CARD).commit == COMMIT
        assert (snapshot() / "source.spm").read_bytes() == FILES["source.spm"]

    def test_update(self, remote: Hub, store: ModelStore) -> None:
        store.pull(CARD)
        move(remote)
        assert store.pull(CARD, update=True).commit == NEXT_COMMIT
        locked = store.locked(CARD)
        assert locked
        assert locked.commit == NEXT_COMMIT
        assert (snapshot(NEXT_COMMIT) / "source.spm").read_bytes() == b"new"

    def test_card_that_names_a_commit(self, remote: Hub, store: ModelStore) -> None:
        move(remote)
        card = make_card(revision=COMMIT)
        assert store.pull(card).commit == COMMIT

    def test_hub_that_answers_another_commit(
        self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repository = remote.repositories[stand_in.REPOSITORY]
        repository.commits[NEXT_COMMIT] = repository.commits[COMMIT]
        original = stand_in._description
        monkeypatch.setattr(stand_in, "_description", lambda *a: {**original(*a), "sha": COMMIT})
        with pytest.raises(PreparationError, match=f"asks for commit {NEXT_COMMIT}"):
            store.pull(make_card(revision=NEXT_COMMIT))

    def test_lock_file_that_contradicts_the_card(self, remote: Hub, store: ModelStore) -> None:
        model = store.pull(CARD)
        store.lock.record(stand_in.REPOSITORY, NEXT_COMMIT, model)
        with pytest.raises(PreparationError, match="remove that entry"):
            store.pull(make_card(revision=NEXT_COMMIT))
        assert remote.repositories


def move(remote: Hub) -> None:
    repository = remote.repositories[stand_in.REPOSITORY]
    repository.commits[NEXT_COMMIT] = {**FILES, "source.spm": b"new"}
    repository.main = NEXT_COMMIT


class TestAdoption:
    """Snapshots that another program has downloaded."""

    def test_whole_snapshot(self, remote: Hub, store: ModelStore, tmp_path: Path) -> None:
        from huggingface_hub import snapshot_download

        snapshot_download(stand_in.REPOSITORY, allow_patterns=["*.json", "*.spm", "*.safetensors"])
        remote.asked.clear()
        offline = ModelStore(tmp_path / "other", offline=True)
        assert offline.is_downloaded(CARD)
        model = offline.pull(CARD)
        assert model == store.pull(CARD)
        assert sorted(model.files) == NEEDED
        assert offline.locked(CARD) == model

    def test_incomplete_snapshot(self, remote: Hub, tmp_path: Path) -> None:
        ModelStore(tmp_path / "cache").pull(CARD)
        offline = ModelStore(tmp_path / "other", offline=True)
        for name in ("model.safetensors", "config.json"):
            (snapshot() / name).unlink()
            assert not offline.is_downloaded(CARD)
            with pytest.raises(PreparationError, match="offline"):
                offline.pull(CARD)
        assert remote.asked

    def test_damaged_snapshot(self, remote: Hub, tmp_path: Path) -> None:
        ModelStore(tmp_path / "cache").pull(CARD)
        (snapshot() / "model.safetensors").resolve().write_bytes(b"x")
        with pytest.raises(PreparationError, match=r"model\.safetensors is damaged"):
            ModelStore(tmp_path / "other", offline=True).pull(CARD)
        assert remote.asked


def test_verify_names_what_is_missing(remote: Hub, store: ModelStore) -> None:
    model: LockedModel = store.pull(CARD)
    (snapshot() / "config.json").unlink()
    with pytest.raises(PreparationError, match=r"config\.json is missing"):
        hub.verify(CARD, model)
    assert remote.asked
