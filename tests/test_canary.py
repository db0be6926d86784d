"""A model must translate a sentence sensibly before it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import checkpoints
import fakes
import pytest

from tolmach.catalog import canary
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.store import ModelStore
from tolmach.errors import ModelError, PreparationError
from tolmach.inference.base import ChainModel, TextModel

ENGLISH, VIETNAMESE, RUSSIAN = (canary.SENTENCES[code] for code in ("en", "vi", "ru"))


def card(**changes: Any) -> Card:
    values = {
        "name": "some",
        "summary": "a model",
        "family": "marian",
        "origin": {"path": "/nowhere"},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["ru-en", "ru-vi"],
    }
    return Card.model_validate(values | changes)


def model(answer: Callable[[str, str], Sequence[str] | None]) -> TextModel:
    return fakes.fake_model("some", engine=fakes.FakeEngine(answer=answer))


def right(_text: str, to: str) -> Sequence[str]:
    return [canary.SENTENCES[to]]


def test_a_good_model() -> None:
    canary.check(model(right), card())


@pytest.mark.parametrize(
    ("to", "output", "reason"),
    [
        ("en", "", "returned nothing"),
        ("en", RUSSIAN, "repeats the source"),
        ("vi", RUSSIAN, "repeats the source"),
        ("vi", ENGLISH, "not Vietnamese"),
        ("en", VIETNAMESE, "not English"),
        ("en", "Yes.", "much shorter"),
        ("en", f"{ENGLISH} {' '.join(ENGLISH.split()[::-1])} and {ENGLISH[9:]} too", "longer"),
        ("en", "the minister " * 12, "repeated"),
        ("en", f"Вчера {ENGLISH}", "Russian was left over"),
        ("vi", "昨日 " * 9, "another script"),
    ],
)
def test_refused_with_the_reason(to: str, output: str, reason: str) -> None:
    def answer(_text: str, language: str) -> Sequence[str]:
        return [output if language == to else canary.SENTENCES[language]]

    with pytest.raises(ModelError) as caught:
        canary.check(model(answer), card())
    message = str(caught.value)
    assert reason in message
    assert "model some does not translate Russian to" in message
    assert output[:40].strip() in message
    assert RUSSIAN in message


def test_each_direction_is_tried_with_its_own_sentence() -> None:
    engine = fakes.FakeEngine(answer=right)
    mine = card(pairs=["ru-en", "en-vi"])
    canary.check(fakes.fake_model("some", engine=engine), mine)
    assert [text for batch in engine.batches for text in batch] == [RUSSIAN, ENGLISH]


def test_own_sentences() -> None:
    engine = fakes.FakeEngine()
    chosen = {"ru-en": checkpoints.RUSSIAN[0]}
    canary.check(fakes.fake_model("some", engine=engine), card(canary=chosen))
    assert engine.batches == [(checkpoints.RUSSIAN[0],)]
    canary.check(fakes.fake_model("some", engine=engine), card(canary={}))
    assert len(engine.batches) == 1


def test_chain_is_tried_as_a_whole() -> None:
    first, second = (fakes.FakeEngine(answer=right) for _ in range(2))
    chain = ChainModel(
        "both",
        (
            (fakes.fake_model("a", engine=first), "ru", "en"),
            (fakes.fake_model("b", engine=second), "en", "vi"),
        ),
    )
    mine = Card.model_validate(
        {
            "name": "both",
            "summary": "two models",
            "family": "chain",
            "chain": ["a", "b"],
            "licence": {"name": "MIT", "commercial": True},
            "pairs": ["ru-vi"],
        }
    )
    canary.check(chain, mine)
    assert second.batches == [(ENGLISH,)]


def test_sentences_pass_their_own_check() -> None:
    # what is forced for the comparison with the checkpoint must look like a translation
    for source in ("ru", "en"):
        for to in ("en", "vi"):
            if source != to:
                canary.check(model(right), card(pairs=[f"{source}-{to}"]))


def test_a_model_that_fails_is_not_prepared(tmp_path: Path) -> None:
    # its outputs are copies of the source
    folder = checkpoints.build_copying(tmp_path / "copying", canary=None)
    store = ModelStore(tmp_path / "cache", offline=True)
    mine = load_card(str(folder))
    with pytest.raises(PreparationError, match=r"repeats the source.*not prepared"):
        store.prepare(mine, quantization="int8")
    assert not store.is_prepared(mine, quantization="int8")
    assert checkpoints.left_in(store) == []
