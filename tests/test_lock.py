"""The lock file: what it refuses, and that nothing is lost or half written."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from tolmach.catalog.lock import LockedFile, LockedModel, LockFile, file_sha256
from tolmach.errors import PreparationError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = LockedFile(size=3, sha256="a" * 64)
MODEL = LockedModel(commit=COMMIT, files={"config.json": FILE})


@pytest.fixture
def lock(tmp_path: Path) -> LockFile:
    return LockFile(tmp_path / "folder" / "models.lock.json")


def put(lock: LockFile, name: str, count: int) -> None:
    for number in range(count):
        lock.record(f"{name}/{number}", "main", MODEL)


class TestRecord:
    def test_nothing_yet(self, lock: LockFile) -> None:
        assert lock.read() == {}
        assert lock.find("a/b", "main") is None
        assert not lock.forget("a/b", "main")
        assert not lock.path.parent.exists()

    def test_and_find(self, lock: LockFile) -> None:
        lock.record("a/b", "main", MODEL)
        assert lock.find("a/b", "main") == MODEL
        assert lock.find("a/b", "v2") is None
        assert MODEL.size == 3

    def test_replaces_and_forgets(self, lock: LockFile) -> None:
        other = MODEL.model_copy(update={"commit": "f" * 40})
        for name in ("a/b", "a/c"):
            lock.record(name, "main", MODEL)
        lock.record("a/b", "main", other)
        assert lock.find("a/b", "main") == other
        assert lock.forget("a/b", "main")
        assert list(lock.read()) == ["a/c@main"]

    def test_text_is_the_same_in_any_order(self, lock: LockFile, tmp_path: Path) -> None:
        second = LockFile(tmp_path / "second.json")
        files = {"b.json": FILE, "a.json": FILE}
        for name in ("x/y", "a/b"):
            lock.record(name, "main", LockedModel(commit=COMMIT, files=files))
        for name in ("a/b", "x/y"):
            reverse = dict(reversed(files.items()))
            second.record(name, "main", LockedModel(commit=COMMIT, files=reverse))
        assert lock.path.read_bytes() == second.path.read_bytes()
        assert lock.path.read_bytes().endswith(b"}\n")

    def test_unchanged_file_is_not_written(self, lock: LockFile) -> None:
        lock.record("a/b", "main", MODEL)
        os.utime(lock.path, (1, 1))
        lock.record("a/b", "main", MODEL)
        assert lock.path.stat().st_mtime == 1

    def test_nothing_is_left_behind(self, lock: LockFile) -> None:
        lock.record("a/b", "main", MODEL)
        names = {path.name for path in lock.path.parent.iterdir()}
        assert names - {".models.lock.json.lock"} == {"models.lock.json"}

    def test_processes_lose_nothing(self, lock: LockFile) -> None:
        context = multiprocessing.get_context("fork")
        processes = [context.Process(target=put, args=(lock, name, 8)) for name in "abcd"]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert len(lock.read()) == 32

    def test_failure_keeps_the_old_file(
        self, lock: LockFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock.record("a/b", "main", MODEL)
        before = lock.path.read_bytes()

        def fail(_handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(PreparationError, match="cannot be written: No space left"):
            lock.record("a/c", "main", MODEL)
        assert lock.path.read_bytes() == before
        assert not list(lock.path.parent.glob("*.tmp"))


def content(**changes: Any) -> dict[str, Any]:
    entry = {"commit": COMMIT, "files": {"config.json": FILE.model_dump()}} | changes
    return {"version": 1, "models": {"a/b@main": entry}}


class TestDamaged:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "{}",
            "\x00",
            json.dumps(content(commit="main")),
            json.dumps(content(files={})),
            json.dumps(content(files={"x": {"size": -1, "sha256": "a" * 64}})),
            json.dumps(content(files={"x": {"size": 1, "sha256": "A" * 64}})),
            json.dumps(content(more="keys")),
            json.dumps(content() | {"more": 1}),
        ],
    )
    def test_is_refused(self, lock: LockFile, text: str) -> None:
        lock.path.parent.mkdir()
        lock.path.write_text(text, encoding="utf-8")
        with pytest.raises(PreparationError, match=r"models\.lock\.json is damaged"):
            lock.read()
        with pytest.raises(PreparationError, match="is damaged"):
            lock.record("a/c", "main", MODEL)
        assert lock.path.read_text(encoding="utf-8") == text

    @pytest.mark.parametrize("name", ["../config.json", "/etc/passwd", "a/../../b", "", "a\\b"])
    def test_files_outside_are_refused(self, lock: LockFile, name: str) -> None:
        lock.path.parent.mkdir()
        lock.path.write_text(json.dumps(content(files={name: FILE.model_dump()})), "utf-8")
        with pytest.raises(PreparationError, match="inside the repository"):
            lock.read()

    def test_later_version(self, lock: LockFile) -> None:
        lock.path.parent.mkdir()
        lock.path.write_text(json.dumps(content() | {"version": 2}), encoding="utf-8")
        with pytest.raises(PreparationError, match="version 2"):
            lock.read()

    def test_not_utf8(self, lock: LockFile) -> None:
        lock.path.parent.mkdir()
        lock.path.write_bytes(b"\xff")
        with pytest.raises(PreparationError, match="cannot be read"):
            lock.read()

    def test_folder_in_its_place(self, lock: LockFile) -> None:
        lock.path.mkdir(parents=True)
        with pytest.raises(PreparationError, match="cannot be read"):
            lock.read()


def test_hash_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(path) == expected
