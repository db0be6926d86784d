"""The signature of a model that is not loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import checkpoints
import pytest

from tolmach.catalog.cards import Card, Licence, load_card
from tolmach.catalog.planning import plan_model, planned_signature, signature_key
from tolmach.catalog.store import ModelStore
from tolmach.config.run import BatchSettings, RunSettings
from tolmach.errors import ModelNotFound
from tolmach.inference.base import Decoding, TextModel
from tolmach.inference.ct2 import SHORTLIST

SETTINGS = RunSettings(device="cpu", threads=1)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache", offline=True)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return load_card(str(checkpoints.write_card(folder, "tiny").parent))


def key(card: Card, store: ModelStore, **settings: Any) -> str:
    chosen = SETTINGS.model_copy(update=settings)
    return signature_key(planned_signature(card, settings=chosen, store=store))


@pytest.mark.parametrize(
    "settings",
    [{"fast": True}, {"precision": "float32"}, {"engine": "torch"}, {"shortlist": True}],
    ids=str,
)
def test_settings_that_decide_the_output(
    card: Card, store: ModelStore, settings: dict[str, Any]
) -> None:
    decided = card.model_copy(update={"decoding": Decoding(beam=4)})
    assert key(decided, store, **settings) != key(decided, store)


@pytest.mark.parametrize(
    "settings",
    [
        {"threads": 3},
        {"workers": 2},
        {"batch": BatchSettings(rows=1, tokens=9, window=1)},
        {"offline": True},
        {"memory": "other.sqlite3"},
        {"licences": "commercial"},
    ],
    ids=str,
)
def test_settings_that_do_not(card: Card, store: ModelStore, settings: dict[str, Any]) -> None:
    assert key(card, store, **settings) == key(card, store)


@pytest.mark.parametrize(
    ("changes", "decides"),
    [
        ({"name": "other"}, True),
        ({"decoding": Decoding(beam=2)}, True),
        ({"decoding": Decoding(max_length_ratio=3.0)}, True),
        ({"normalise_punctuation": True}, True),
        ({"names_in_source": True}, True),
        ({"language_tokens": {"vi": ">>vie<<"}}, True),
        ({"prompts": {"ru-en": "{text}"}}, True),
        ({"end_tokens": ("\n",)}, True),
        ({"summary": "told otherwise"}, False),
        ({"notes": "told otherwise"}, False),
        ({"licence": Licence(name="other", commercial=False)}, False),
        ({"quality": "draft"}, False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_of_a_card_decides_the_output(
    card: Card, store: ModelStore, changes: dict[str, Any], decides: bool
) -> None:
    assert (key(card.model_copy(update=changes), store) != key(card, store)) is decides


def test_limits(card: Card, store: ModelStore) -> None:
    for name, decides in (
        ("source_tokens", True),
        ("output_tokens", True),
        ("batch_tokens", False),
    ):
        limits = card.limits.model_copy(update={name: 99})
        assert (
            key(card.model_copy(update={"limits": limits}), store) != key(card, store)
        ) is decides


def test_other_weights_in_the_same_folder(card: Card, store: ModelStore) -> None:
    before = key(card, store)
    (Path(card.origin.path) / "config.json").write_text('{"a": 1}', encoding="utf-8")
    assert key(card, store) != before


def test_another_shortlist(card: Card, store: ModelStore) -> None:
    folder = store.folder(card, quantization="int8")
    folder.mkdir(parents=True)
    found = {key(card, store, shortlist=True)}
    for content in ("a\tb\n", "a\tc\n"):
        (folder / SHORTLIST).write_text(content, encoding="utf-8")
        found.add(key(card, store, shortlist=True))
    assert len(found) == 3


def test_a_chain_has_the_signatures_of_its_members(tmp_path: Path, store: ModelStore) -> None:
    names = []
    for name, pair in (("first", "ru-en"), ("second", "en-vi")):
        (tmp_path / name).mkdir()
        names.append(str(checkpoints.write_card(tmp_path / name, name, pairs=[pair])))
    chain = Card(
        name="both",
        summary="two steps",
        family="chain",
        licence=Licence(name="MIT", commercial=True),
        pairs=("ru-vi",),
        chain=tuple(names),
    )
    signature = planned_signature(chain, settings=SETTINGS, store=store)
    assert (signature["model"], signature["1.model"], signature["2.model"]) == (
        "both",
        "first",
        "second",
    )
    before = key(chain, store)
    checkpoints.write_card(tmp_path / "second", "second", pairs=["en-vi"], end_tokens=["x"])
    assert key(chain, store) != before


def test_a_plan_says_what_a_loaded_model_says(
    copying_checkpoint: Path, model_store: ModelStore, copying: TextModel
) -> None:
    settings = RunSettings(device="cpu", precision="float32", threads=1)
    plan = plan_model(
        ["no-such-language-pair", str(copying_checkpoint)][1:],
        source="ru",
        target="vi",
        settings=settings,
        store=model_store,
    )
    shared = ("model", "engine", "device", "precision", "decoding", "revision")
    for name in shared:
        assert plan.signature[name] == copying.signature[name]
    assert plan.card.name == "copying"
    assert plan.key == signature_key(plan.signature)
    with pytest.raises(TypeError):
        plan.signature["model"] = "other"  # type: ignore[index]


def test_no_model(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    path = checkpoints.write_card(tmp_path / "empty", "empty")
    with pytest.raises(ModelNotFound, match="no model for ru to vi"):
        plan_model([str(path)], source="ru", target="vi", settings=SETTINGS, store=store)
