"""What is prepared belongs to the commit in the lock file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hub as stand_in
import pytest
from checkpoints import left_in
from hub import Hub

from tolmach.catalog import conversion
from tolmach.catalog.cards import Card
from tolmach.catalog.store import ModelStore
from tolmach.errors import PreparationError


class TestCommits:
    @pytest.fixture
    def remote(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
        with stand_in.running() as found:
            stand_in.use(monkeypatch, found.url, tmp_path)
            found.serve({"config.json": b"{}", "model.safetensors": b"weights"})
            yield found

    @pytest.fixture
    def card(self) -> Card:
        return Card.model_validate(
            {
                "name": "some-model",
                "summary": "of the tests",
                "family": "marian",
                "origin": {"repository": stand_in.REPOSITORY},
                "licence": {"name": "MIT", "commercial": True},
                "pairs": ["ru-en"],
            }
        )

    def test_prepared_anew_for_another_commit(
        self, remote: Hub, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = ModelStore(tmp_path / "cache")
        sources: list[Path] = []
        monkeypatch.setattr(
            conversion, "convert", lambda _card, *, source, **_rest: sources.append(source())
        )
        store.prepare(card, quantization="int8")
        manifest = store.manifest(card, quantization="int8")
        assert manifest
        assert manifest["commit"] == stand_in.COMMIT
        store.prepare(card, quantization="int8")
        repository = remote.repositories[stand_in.REPOSITORY]
        repository.commits[stand_in.NEXT_COMMIT] = {**repository.commits[stand_in.COMMIT]}
        repository.main = stand_in.NEXT_COMMIT
        assert store.is_prepared(card, quantization="int8")
        store.pull(card, update=True)
        assert not store.is_prepared(card, quantization="int8")
        with pytest.raises(PreparationError, match="another commit"):
            store.check(card, quantization="int8")
        store.prepare(card, quantization="int8")
        assert store.is_prepared(card, quantization="int8")
        assert [path.name for path in sources] == [stand_in.COMMIT, stand_in.NEXT_COMMIT]

    def test_never_converted_if_it_is_another_file(
        self, remote: Hub, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = ModelStore(tmp_path / "cache")
        store.pull(card)
        (path,) = (tmp_path / "hub-cache").rglob("snapshots/*/model.safetensors")
        path.resolve().write_bytes(b"WEIGHTS")
        done: list[Path] = []
        monkeypatch.setattr(
            conversion, "convert", lambda _card, *, source, **_rest: done.append(source())
        )
        with pytest.raises(PreparationError, match=r"model\.safetensors"):
            store.prepare(card, quantization="int8")
        assert done == []
        assert remote.asked
        assert left_in(store) == []
