"""Shortlists: learned from a model's own output, used only where they are sure to suffice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import checkpoints
import pytest
from commands import Command

from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.shortlist import learn, pairs, write
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import ModelError
from tolmach.inference.base import TextModel
from tolmach.inference.ct2 import SHORTLIST

SENTENCES = [
    (("красный", "дом"), ("red", "house")),
    (("красный", "мост"), ("red", "bridge")),
    (("старый", "дом"), ("old", "house")),
    (("старый", "мост"), ("old", "bridge")),
]


class TestLearn:
    def test_likeliest_first(self) -> None:
        found = learn(SENTENCES, common=0)
        assert {token: allowed[0] for token, allowed in found.items() if allowed} == {
            "красный": "red",
            "старый": "old",
            "дом": "house",
            "мост": "bridge",
        }

    def test_limits(self) -> None:
        found = learn(SENTENCES, per_token=1, common=2)
        assert len(found[""]) == 2
        assert all(len(allowed) == 1 for token, allowed in found.items() if token)

    def test_same_whatever_the_order(self) -> None:
        once = learn(SENTENCES)
        again = learn(SENTENCES[::-1])
        assert {k: v[0] for k, v in once.items() if k} == {k: v[0] for k, v in again.items() if k}

    def test_nothing_to_learn_from(self) -> None:
        with pytest.raises(ModelError, match="needs sentences"):
            learn([])


class TestUse:
    @pytest.fixture
    def load(self, copying_checkpoint: Path, tmp_path: Path) -> Callable[[bool], TextModel]:
        card = load_card(str(copying_checkpoint))
        store = ModelStore(tmp_path / "cache", offline=True)

        def loader(shortlist: bool) -> TextModel:
            settings = RunSettings(device="cpu", threads=1, shortlist=shortlist)
            model = load_model(card, settings=settings, store=store)
            assert isinstance(model, TextModel)
            return model

        self.folder = store.prepare(card, quantization="int8")
        return loader

    def test_without_one_nothing_changes(self, load: Callable[[bool], TextModel]) -> None:
        assert "shortlist" not in load(True).signature

    def test_learned_from_its_own_output(self, load: Callable[[bool], TextModel]) -> None:
        seen = checkpoints.RUSSIAN[:6]
        learned = list(pairs(load(False), seen, source="ru", target="en"))
        assert len(learned) == len(seen)
        write(learn(learned, common=5), self.folder)
        model = load(True)
        assert "shortlist" in model.signature
        rows = [model.encode(text, source="ru", target="en") for text in seen]
        assert [best.text for best, *_ in model.generate(rows)] == list(seen)

    def test_really_restricts(self, load: Callable[[bool], TextModel]) -> None:
        text = checkpoints.RUSSIAN[0]
        row = load(False).encode(text, source="ru", target="en")
        # a list that forbids all but the end
        write({"": ("</s>",), **dict.fromkeys(row.tokens, ("</s>",))}, self.folder)
        ((best, *_),) = load(True).generate([row])
        assert best.text != text
        ((best, *_),) = load(False).generate([row])
        assert best.text == text

    def test_unknown_tokens_do_without(self, load: Callable[[bool], TextModel]) -> None:
        known, other = checkpoints.RUSSIAN[:2]
        model = load(False)
        learned = list(pairs(model, [known], source="ru", target="en"))
        write(learn(learned, common=1), self.folder)
        mixed = [other, known, other]
        rows = [model.encode(text, source="ru", target="en") for text in mixed]
        assert [best.text for best, *_ in load(True).generate(rows)] == mixed

    def test_file_is_that_of_the_library(self, load: Callable[[bool], TextModel]) -> None:
        load(False)
        assert write({"": ("a",)}, self.folder).name == SHORTLIST == "vmap.txt"
        shutil.rmtree(self.folder)
        assert replace(load(False)).name == "copying"


class TestCommand:
    def test_learns_and_is_used(self, command: Command, tmp_path: Path) -> None:
        own = replace(command, cache=tmp_path / "own")
        own.write("old.txt", "\n".join(checkpoints.RUSSIAN[:4]))
        done = own("models", "shortlist", str(command.model), "old.txt", "--to", "en")
        assert done.code == 0, done.err
        assert "from 4 sentences" in done.out
        (written,) = (tmp_path / "own").rglob(SHORTLIST)
        assert len(written.read_text("utf-8").splitlines()) > 20

        own.write("settings.yaml", "device: cpu\noffline: true\nshortlist: true\n")
        own.write("a.txt", checkpoints.RUSSIAN[1])
        used = own("translate", "a.txt", "--to", "en", "--config", "settings.yaml")
        assert used.code == 0, used.err
        signature = used.record("a.txt")["targets"]["en"]["signature"]
        assert len(signature["shortlist"]) == 8

    def test_says_what_is_missing(self, command: Command) -> None:
        command.write("old.txt", checkpoints.RUSSIAN[0])
        done = command("models", "shortlist", str(command.model), "old.txt")
        assert done.code == 2
        assert "give --to, one of en, vi" in done.err
        lost = command("models", "shortlist", str(command.model), "no.txt", "--to", "en")
        assert lost.code == 2
        assert "no.txt: no such file" in lost.err
