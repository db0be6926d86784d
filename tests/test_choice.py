"""Which model is chosen, with a stand-in for the model hub on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hub as stand_in
import pytest
from hub import Hub

from tolmach.catalog import choice, conversion
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.choice import availability, choose
from tolmach.catalog.licences import is_commercial, members
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import ModelNotFound, PreparationError

INT8 = "int8"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with stand_in.running() as found:
        stand_in.use(monkeypatch, found.url, tmp_path)
        yield found


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
    path.write_text(card.model_dump_json(exclude_unset=True), encoding="utf-8")
    return str(path)


class TestHub:
    def test_has_the_model(self, hub: Hub, store: ModelStore) -> None:
        hub.serve({"config.json": b"{}"})
        found = availability(make_card(), store, quantization=INT8)
        assert found.usable
        assert found.reason == "will be downloaded (310 MB)"
        assert hub.asked == ["HEAD /api/models/someone/some-model"]

    @pytest.mark.parametrize("code", [401, 403, 404, 500, 503])
    def test_refuses(self, hub: Hub, store: ModelStore, code: int) -> None:
        hub.answer = stand_in.status(code)
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
        hub.answer = stand_in.rubbish
        found = availability(make_card(), store, quantization=INT8)
        assert not found.usable
        assert "cannot be reached" in found.reason

    def test_cannot_be_reached(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: ModelStore
    ) -> None:
        stand_in.use(monkeypatch, stand_in.closed_port(), tmp_path)
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
        hub.answer = stand_in.status(code)
        with pytest.raises(PreparationError, match=r"someone/some-model cannot be fetched: .+"):
            store.prepare(make_card(), quantization=INT8)

    def test_download(
        self, hub: Hub, store: ModelStore, copying_checkpoint: Path, tmp_path: Path
    ) -> None:
        hub.serve(copying_checkpoint)
        card = make_card(decoding={"beam": 1}, language_tokens={}, canary={})
        settings = RunSettings(device="cpu", precision="float32", threads=1)
        text = "Жители просят вернуть автобусный маршрут."
        with load_model(card, settings=settings, store=store) as model:
            row = model.encode(text, source="ru", target="en")
            assert model.generate([row])[0][0].text == text
        # what is not needed was not asked for
        assert not any("tolmach-card" in request for request in hub.asked)
        # from now on it goes without a hub
        hub.asked.clear()
        offline = ModelStore(tmp_path / "other-cache", offline=True, lock=store.lock.path)
        assert availability(card, offline, quantization=INT8).reason == "downloaded before"
        offline.prepare(card, quantization=INT8)
        assert availability(card, offline, quantization=INT8).reason == "prepared in the cache"
        assert hub.asked == []


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
        hub.answer = stand_in.status(404)
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
        monkeypatch.setattr(conversion, "convert", lambda *_args, **_more: None)
        name = write_card(tmp_path, make_card())
        store.prepare(load_card(name), quantization=INT8)
        found = choose([name], source="ru", target="en", store=store, quantization=INT8)
        assert found.reason == "prepared in the cache"
        assert hub.asked == []

    def test_private_repository_with_a_token(
        self, hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.serve({"config.json": b"{}"}).token = "secret"
        found = availability(make_card(), store, quantization=INT8)
        assert not found.usable
        assert "set HF_TOKEN" in found.reason
        monkeypatch.setenv("HF_TOKEN", "secret")
        assert availability(make_card(), store, quantization=INT8).usable

    def test_incomplete_download(self, hub: Hub, copying_checkpoint: Path, tmp_path: Path) -> None:
        hub.serve(copying_checkpoint)
        store = ModelStore(tmp_path / "cache")
        store.pull(make_card())
        offline = ModelStore(tmp_path / "cache", offline=True)
        assert availability(make_card(), offline, quantization=INT8).reason == "downloaded before"
        next((tmp_path / "hub-cache").rglob("snapshots/*/vocab.json")).unlink()
        found = availability(make_card(), offline, quantization=INT8)
        assert found.reason == "not in the cache, and offline"
        # with a network it is completed
        assert availability(make_card(), store, quantization=INT8).usable


RESEARCH = {"name": "CC-BY-NC-4.0", "commercial": False}


class TestLicences:
    @pytest.fixture
    def strict(self, tmp_path: Path) -> ModelStore:
        return ModelStore(tmp_path / "cache", licences="commercial")

    def test_passed_over(self, strict: ModelStore, tmp_path: Path) -> None:
        names = [
            write_card(tmp_path, make_card(name="a", origin={"package": "json"}, licence=RESEARCH)),
            write_card(tmp_path, make_card(name="b", origin={"package": "json"})),
        ]
        found = choose(names, source="ru", target="en", store=strict, quantization=INT8)
        assert found.card.name == "b"
        assert found.passed_over == ("a: its licence (CC-BY-NC-4.0) does not allow commercial use",)

    def test_refused_alone(self, hub: Hub, strict: ModelStore, tmp_path: Path) -> None:
        name = write_card(tmp_path, make_card(licence=RESEARCH))
        with pytest.raises(ModelNotFound, match="does not allow commercial use"):
            choose([name], source="ru", target="en", store=strict, quantization=INT8)
        for refused in (strict.pull, strict.source_folder):
            with pytest.raises(ModelNotFound, match="licences: commercial"):
                refused(load_card(name))
        with pytest.raises(ModelNotFound, match="licences: commercial"):
            strict.prepare(load_card(name), quantization=INT8)
        assert hub.asked == []

    def test_prepared_before(
        self, strict: ModelStore, copying_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversion, "convert", lambda *_args, **_more: None)
        card = load_card(str(copying_checkpoint))
        strict.prepare(card, quantization=INT8)
        research = card.model_copy(update={"licence": make_card(licence=RESEARCH).licence})
        assert strict.is_prepared(research, quantization=INT8)
        assert not availability(research, strict, quantization=INT8).usable
        with pytest.raises(ModelNotFound):
            strict.prepare(research, quantization=INT8)

    def test_everything_is_allowed_by_default(self, store: ModelStore, tmp_path: Path) -> None:
        card = make_card(origin={"package": "json"}, licence=RESEARCH)
        name = write_card(tmp_path, card)
        found = choose([name], source="ru", target="en", store=store, quantization=INT8)
        assert found.card == card
        assert not is_commercial(card)
        assert members(card) == (card,)

    def test_chain(self, strict: ModelStore, store: ModelStore, tmp_path: Path) -> None:
        def chain(name: str, *parts: str) -> str:
            changes = {"family": "chain", "pairs": ["ru-vi"], "chain": parts}
            card = make_card(name=name).model_dump(exclude_unset=True) | changes
            del card["origin"]
            return write_card(tmp_path, Card.model_validate(card))

        there = {"origin": {"package": "json"}}
        first = write_card(tmp_path, make_card(name="first", **there))
        second = write_card(tmp_path, make_card(name="second", pairs=["en-vi"], **there))
        research = make_card(name="third", pairs=["en-vi"], licence=RESEARCH, **there)
        third = write_card(tmp_path, research)
        gone = make_card(name="gone", pairs=["en-vi"], origin={"package": "no_such_one"})
        fourth = write_card(tmp_path, gone)
        names = [chain("a", first, third), chain("b", first, fourth), chain("c", first, second)]
        wanted: Any = {"source": "ru", "target": "vi", "quantization": INT8}
        found = choose(names, store=strict, **wanted)
        assert found.card.name == "c"
        assert found.reason == "all its members are available"
        assert found.passed_over == (
            "a: the licence of its member third (CC-BY-NC-4.0) does not allow commercial use",
            "b: its member gone: package no_such_one is not installed",
        )
        assert choose(names, store=store, **wanted).card.name == "a"
        assert [card.name for card in members(found.card)] == ["first", "second"]
        broken = load_card(chain("d", first, "no-such-model"))
        assert not is_commercial(broken)
