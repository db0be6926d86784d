"""Which model is chosen, with a stand-in for the model hub on this machine."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

from tolmach.catalog import choice
from tolmach.catalog import store as store_module
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.choice import availability, choose
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import ModelNotFound, PreparationError

INT8 = "int8"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def status(code: int) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def rubbish(request: http.server.BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"this is no HTTP at all\r\n\r\n")


class Hub:
    """An HTTP server that answers every request as told and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: Answer = status(200)
        self.asked: list[str] = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                hub.asked.append(f"{self.command} {self.path}")
                self.close_connection = True
                hub.answer(self)

            do_GET = do_HEAD = _handle

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    found = Hub()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.02,))
    thread.start()
    use_hub(monkeypatch, found.url, tmp_path)
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def use_hub(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> None:
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub-cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def make_card(**changes: Any) -> Card:
    return Card.model_validate(
        {
            "name": "some-model",
            "summary": "of the tests",
            "family": "marian",
            "origin": {"repository": "someone/some-model", "size_mb": 310},
            "licence": {"name": "MIT", "commercial": True},
            "pairs": ["ru-en"],
            **changes,
        }
    )


def write_card(folder: Path, card: Card) -> str:
    path = folder / f"{card.name}.yaml"
    path.write_text(card.model_dump_json(), encoding="utf-8")
    return str(path)


class TestHub:
    def test_has_the_model(self, hub: Hub, store: ModelStore) -> None:
        found = availability(make_card(), store, quantization=INT8)
        assert found.usable
        assert found.reason == "will be downloaded (310 MB)"
        assert hub.asked == ["HEAD /api/models/someone/some-model"]

    @pytest.mark.parametrize("code", [401, 403, 404, 500, 503])
    def test_refuses(self, hub: Hub, store: ModelStore, code: int) -> None:
        hub.answer = status(code)
        found = availability(make_card(), store, quantization=INT8)
        assert not found.usable
        assert str(code) in found.reason

    def test_is_too_slow(
        self, hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(choice, "_HUB_TIMEOUT_SECONDS", 0.3)
        released = threading.Event()
        hub.answer = lambda _request: released.wait(10) and None
        started = time.monotonic()
        found = availability(make_card(), store, quantization=INT8)
        released.set()
        assert not found.usable
        assert "cannot be reached" in found.reason
        assert time.monotonic() - started < 5

    def test_talks_rubbish(self, hub: Hub, store: ModelStore) -> None:
        hub.answer = rubbish
        found = availability(make_card(), store, quantization=INT8)
        assert not found.usable
        assert "cannot be reached" in found.reason

    def test_cannot_be_reached(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: ModelStore
    ) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            use_hub(monkeypatch, f"http://127.0.0.1:{unused.getsockname()[1]}", tmp_path)
            found = availability(make_card(), store, quantization=INT8)
            assert not found.usable
            assert "cannot be reached" in found.reason
            with pytest.raises(PreparationError, match="cannot be fetched"):
                store.prepare(make_card(), quantization=INT8)

    def test_is_not_asked_when_offline(self, hub: Hub, tmp_path: Path) -> None:
        store = ModelStore(tmp_path / "cache", offline=True)
        found = availability(make_card(), store, quantization=INT8)
        assert not found.usable
        assert "offline" in found.reason
        with pytest.raises(PreparationError, match="cannot be fetched"):
            store.prepare(make_card(), quantization=INT8)
        assert hub.asked == []

    @pytest.mark.parametrize("code", [401, 404, 500])
    def test_download_fails(self, hub: Hub, store: ModelStore, code: int) -> None:
        hub.answer = status(code)
        with pytest.raises(PreparationError, match=r"someone/some-model cannot be fetched: .+"):
            store.prepare(make_card(), quantization=INT8)

    def test_download(
        self, hub: Hub, store: ModelStore, copying_checkpoint: Path, tmp_path: Path
    ) -> None:
        hub.answer = serve(copying_checkpoint)
        card = make_card(decoding={"beam": 1})
        settings = RunSettings(device="cpu", precision="float32", threads=1)
        text = "Жители просят вернуть автобусный маршрут."
        with load_model(card, settings=settings, store=store) as model:
            row = model.encode(text, source="ru", target="en")
            assert model.generate([row])[0][0].text == text
        # what is not needed was not asked for
        assert not any("README" in request for request in hub.asked)
        # from now on it goes without a hub
        hub.asked.clear()
        offline = ModelStore(tmp_path / "other-cache", offline=True)
        assert availability(card, offline, quantization=INT8).reason == "downloaded before"
        offline.prepare(card, quantization=INT8)
        assert availability(card, offline, quantization=INT8).reason == "prepared in the cache"
        assert hub.asked == []


def serve(folder: Path) -> Answer:
    """Serve a folder as a repository, as far as a download needs it."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        if request.path.startswith("/api/"):
            names = [path.name for path in sorted(folder.iterdir())] + ["README.md"]
            siblings = [{"rfilename": name} for name in names]
            tree = [{"type": "file", "path": name, "size": 1, "oid": name} for name in names]
            known = {"id": "someone/some-model", "sha": COMMIT, "siblings": siblings}
            content = json.dumps(tree if "/tree/" in request.path else known).encode()
        else:
            content = (folder / request.path.rpartition("/")[2]).read_bytes()
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("X-Repo-Commit", COMMIT)
        request.send_header("ETag", f'"{sha256(content).hexdigest()}"')
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(content)

    return answer


class TestAvailability:
    def test_prepared(self, copying_checkpoint: Path, model_store: ModelStore) -> None:
        card = load_card(str(copying_checkpoint))
        model_store.prepare(card, quantization="float32")
        found = availability(card, model_store, quantization="float32")
        assert found.usable
        assert found.reason == "prepared in the cache"

    def test_checkpoint_folder(self, copying_checkpoint: Path, store: ModelStore) -> None:
        found = availability(load_card(str(copying_checkpoint)), store, quantization=INT8)
        assert found.usable
        assert found.reason == f"checkpoint in {copying_checkpoint}"

    def test_no_checkpoint_folder(self, store: ModelStore, tmp_path: Path) -> None:
        card = make_card(origin={"path": str(tmp_path / "nowhere")})
        found = availability(card, store, quantization=INT8)
        assert not found.usable
        assert "nowhere" in found.reason

    @pytest.mark.parametrize(
        ("package", "usable"), [("json", True), ("no_such_package", False), ("no.such.one", False)]
    )
    def test_package(self, store: ModelStore, package: str, usable: bool) -> None:
        card = make_card(origin={"package": package})
        found = availability(card, store, quantization=INT8)
        assert found.usable is usable
        assert package in found.reason
        assert ("is installed" in found.reason) is usable


class TestChoose:
    def test_first_that_is_available(
        self, store: ModelStore, tmp_path: Path, copying_checkpoint: Path
    ) -> None:
        names = [
            write_card(tmp_path, make_card(name="a", pairs=["ru-vi"])),
            write_card(tmp_path, make_card(name="b", origin={"path": "nowhere"})),
            str(copying_checkpoint),
            write_card(tmp_path, make_card(name="c", origin={"package": "json"})),
        ]
        found = choose(names, source="ru", target="en", store=store, quantization=INT8)
        assert found.card.name == "copying"
        assert found.reason.startswith("checkpoint in")
        assert [reason.partition(":")[0] for reason in found.passed_over] == ["a", "b"]
        assert found.passed_over[0] == "a: does not translate ru to en"

    def test_order_is_the_preference(self, store: ModelStore, tmp_path: Path) -> None:
        names = [
            write_card(tmp_path, make_card(name=name, origin={"package": "json"}))
            for name in ("one", "two")
        ]
        for order in (names, names[::-1]):
            found = choose(order, source="ru", target="en", store=store, quantization=INT8)
            assert found.card.name == Path(order[0]).stem
            assert found.passed_over == ()

    def test_none_is_available(
        self, hub: Hub, store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.answer = status(404)
        monkeypatch.chdir(tmp_path)
        names = [
            write_card(tmp_path, make_card(name="wrong-way", pairs=["en-vi"])),
            write_card(tmp_path, make_card(name="package", origin={"package": "no_such_one"})),
            write_card(tmp_path, make_card(name="path", origin={"path": "nowhere"})),
            write_card(tmp_path, make_card(name="hub")),
        ]
        with pytest.raises(ModelNotFound) as caught:
            choose(names, source="ru", target="en", store=store, quantization=INT8)
        message = str(caught.value)
        for part in (
            "no model for ru to en",
            "wrong-way: does not translate ru to en",
            "package: package no_such_one is not installed",
            "path: no checkpoint in",
            "hub: not in the cache, and the model hub answers 404",
            "tolmach[embedded]",
        ):
            assert part in message

    def test_nothing_was_asked_for(self, store: ModelStore) -> None:
        with pytest.raises(ModelNotFound, match="no model was asked for"):
            choose([], source="ru", target="en", store=store, quantization=INT8)

    def test_hub_is_not_asked_for_a_prepared_model(
        self, hub: Hub, store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_module, "_convert", lambda *_args: None)
        name = write_card(tmp_path, make_card())
        store.prepare(load_card(name), quantization=INT8)
        found = choose([name], source="ru", target="en", store=store, quantization=INT8)
        assert found.reason == "prepared in the cache"
        assert hub.asked == []
