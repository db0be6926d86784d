"""Hubs that refuse, are not there or fall silent, and disks that are full."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub as stand_in
import pytest
from hub import Hub
from test_hub import CARD, FILES, make_card

from tolmach.catalog import hub, transfer
from tolmach.catalog.store import ModelStore
from tolmach.errors import PreparationError


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(transfer, "_PAUSES", (0.01, 0.01))
    with stand_in.running() as found:
        stand_in.use(monkeypatch, found.url, tmp_path)
        found.serve(dict(FILES))
        yield found


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


class TestRefusals:
    def test_token(self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
        remote.repositories[stand_in.REPOSITORY].token = "secret"
        with pytest.raises(PreparationError, match=r"401.*HF_TOKEN"):
            store.pull(CARD)
        monkeypatch.setenv("HF_TOKEN", "secret")
        store.pull(CARD)
        assert remote.leaked == []

    def test_gated(self, remote: Hub, store: ModelStore) -> None:
        repository = remote.repositories[stand_in.REPOSITORY]
        repository.token, repository.gated = "secret", True
        with pytest.raises(PreparationError, match=r"ask for access at http.*HF_TOKEN"):
            store.pull(CARD)

    def test_no_such_repository(self, remote: Hub, store: ModelStore) -> None:
        with pytest.raises(PreparationError, match="404: there is no such repository"):
            store.pull(make_card(repository="someone/else"))
        assert remote.asked

    def test_no_such_revision(self, remote: Hub, store: ModelStore) -> None:
        with pytest.raises(PreparationError, match="it has no revision v2"):
            store.pull(make_card(revision="v2"))
        assert remote.asked

    @pytest.mark.parametrize("code", [400, 403, 500, 503])
    def test_status(self, remote: Hub, store: ModelStore, code: int) -> None:
        remote.answer = stand_in.status(code)
        with pytest.raises(PreparationError, match=f"the hub answers {code}"):
            store.pull(CARD)

    def test_rubbish(self, remote: Hub, store: ModelStore) -> None:
        remote.answer = stand_in.rubbish
        with pytest.raises(PreparationError, match="cannot be reached"):
            store.pull(CARD)

    def test_no_usable_files(self, remote: Hub, store: ModelStore) -> None:
        remote.serve({"README.md": b"nothing here"})
        with pytest.raises(PreparationError, match="no files that could be used"):
            store.pull(CARD)

    @pytest.mark.parametrize("address", ["closed", "http://no-such-host.invalid"])
    def test_not_there(
        self, store: ModelStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
    ) -> None:
        url = stand_in.closed_port() if address == "closed" else address
        stand_in.use(monkeypatch, url, tmp_path)
        started = time.monotonic()
        with pytest.raises(PreparationError, match="cannot be reached"):
            store.pull(CARD)
        assert time.monotonic() - started < 10

    def test_silent(self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.2)
        released = threading.Event()
        remote.answer = lambda _request: released.wait(5) and None
        with pytest.raises(PreparationError, match="cannot be reached or fell silent"):
            store.pull(CARD)
        released.set()

    def test_offline(self, remote: Hub, tmp_path: Path) -> None:
        store = ModelStore(tmp_path / "cache", offline=True)
        for update in (False, True):
            with pytest.raises(PreparationError, match="offline"):
                store.pull(CARD, update=update)
        assert remote.asked == []


class TestDisk:
    def test_full_while_downloading(
        self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_args: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(transfer.Transfer, "_stream", full)
            with pytest.raises(PreparationError) as caught:
                store.pull(CARD)
        assert "no space left in" in str(caught.value)
        assert "HF_HOME" in str(caught.value)
        store.pull(CARD)
        assert remote.asked

    def test_limit_on_the_size_of_files(self, remote: Hub, tmp_path: Path) -> None:
        # the write itself fails, as on a disk that is really full
        code = (
            "import resource, sys; from pathlib import Path\n"
            "from tolmach.catalog.store import ModelStore\n"
            "from tolmach.errors import PreparationError\n"
            "from test_hub import CARD\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
            "try:\n"
            "    ModelStore(Path(sys.argv[1])).pull(CARD)\n"
            "except PreparationError as error:\n"
            "    print(error)\n"
        )
        variables = {**os.environ, **stand_in.environment(remote, tmp_path)}
        variables["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parent), str(Path(hub.__file__).parents[2])]
        )
        command = [sys.executable, "-c", code, str(tmp_path / "cache")]
        done = subprocess.run(command, env=variables, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "no space left" in done.stdout
        assert str(tmp_path / "hf") in done.stdout

    def test_too_little_is_free(
        self, remote: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = SimpleNamespace(total=0, used=0, free=10_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(PreparationError, match="no space left"):
            store.pull(CARD)
        assert remote.transfers() == []
