from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import checkpoints
import pytest

from tolmach import resources
from tolmach.catalog.cards import Card, load_card, shipped_cards
from tolmach.errors import ConfigError, ModelNotFound, Problem

GOOD: dict[str, Any] = {
    "name": "some-model",
    "summary": "a model",
    "family": "marian",
    "origin": {"repository": "someone/some-model"},
    "licence": {"name": "MIT", "commercial": True},
    "pairs": ["ru-en"],
}


def write(folder: Path, card: dict[str, Any]) -> Path:
    # one key a line, so that a line number says which
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in card.items()]
    path = folder / "card.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load_card(str(path))
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return caught.value.problems


class TestShippedCards:
    def test_all_load(self) -> None:
        cards = shipped_cards()
        assert [card.name for card in cards] == list(resources.names("models"))
        assert "embedded" in {card.name for card in cards}

    @pytest.mark.parametrize("name", resources.names("models"))
    def test_is_complete(self, name: str) -> None:
        card = load_card(name)
        assert card.summary
        assert card.licence.url.startswith("https://")
        if card.family == "chain":
            assert all(load_card(name).family != "chain" for name in card.chain)
            return
        assert card.origin.size_mb > 0
        assert card.decoding.candidates <= card.decoding.beam
        # what is cut for it must fit into its output
        assert card.decoding.max_new_tokens(card.limits.source_tokens // 2) <= (
            card.limits.output_tokens
        )
        for prompt in card.prompts.values():
            assert prompt.count("{text}") == 1
        assert len(card.fingerprint()) == 12
        assert card.fingerprint() == load_card(name).fingerprint()

    def test_embedded_covers_both_targets(self) -> None:
        directions = load_card("embedded").directions
        assert {("ru", "en"), ("ru", "vi")} <= directions
        assert load_card("embedded").quality == "draft"


class TestLoadCard:
    def test_good(self, tmp_path: Path) -> None:
        card = load_card(str(write(tmp_path, GOOD)))
        assert card.directions == {("ru", "en")}
        assert card.quality == "standard"

    @pytest.mark.parametrize(
        ("key", "value", "reason"),
        [
            ("name", "has space", "pattern"),
            ("name", "../escape", "pattern"),
            ("family", "gpt", "marian"),
            ("origin", {"repository": "a/b", "path": "/c"}, "exactly one"),
            ("origin", {}, "exactly one"),
            ("origin", {"repositry": "a/b"}, "repository"),
            ("licence", {"name": "MIT"}, "commercial"),
            ("limits", {"source_tokens": 2}, "greater than or equal to 8"),
            ("limits", {"output_tokens": 0}, "greater than or equal to 8"),
            ("decoding", {"beam": 0}, "greater than or equal to 1"),
            ("pairs", [], "at least 1"),
            ("summaryy", "x", "did you mean 'summary'"),
        ],
    )
    def test_refused_with_its_line(
        self, tmp_path: Path, key: str, value: object, reason: str
    ) -> None:
        card = GOOD | {key: value}
        found = refused(write(tmp_path, card))
        assert {problem.line for problem in found} == {list(card).index(key) + 1}
        assert reason in "\n".join(map(str, found))

    @pytest.mark.parametrize("pair", ["en-ru-vi", "ru-de", "ru", "ru-ru", "", "-en"])
    def test_refused_pairs(self, tmp_path: Path, pair: str) -> None:
        (problem,) = refused(write(tmp_path, GOOD | {"pairs": [pair]}))
        assert "no direction" in problem.message

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"end_tokens": ["<eos>"]}, "prompts: none for ru-en"),
            ({"prompts": {"ru-en": "{text}="}}, "end_tokens"),
            ({"prompts": {"ru-en": "English:"}, "end_tokens": ["<eos>"]}, "ru-en must contain"),
        ],
    )
    def test_prompt_family_needs_more(
        self, tmp_path: Path, changes: dict[str, Any], reason: str
    ) -> None:
        (problem,) = refused(write(tmp_path, GOOD | {"family": "prompt"} | changes))
        assert reason in problem.message

    def test_prompts_keep_their_white_space(self, tmp_path: Path) -> None:
        prompts = {"ru-en": " Russian: {text}\nEnglish: "}
        card = GOOD | {"family": "prompt", "prompts": prompts, "end_tokens": ["\n"]}
        loaded = load_card(str(write(tmp_path, card)))
        assert loaded.prompts == prompts
        assert loaded.end_tokens == ("\n",)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"family": "nllb"}, "language_tokens: no code such as rus_Cyrl for ru"),
            ({"family": "nllb", "language_tokens": {"ru": "rus_Cyrl"}}, "for en"),
            ({"family": "t5", "language_tokens": {"vi": "<2vi>"}}, "no prefix for en"),
            ({"chain": ["a", "b"]}, "only the family chain"),
            ({"family": "chain", "chain": ["a", "b"]}, "no weights of its own"),
            ({"family": "chain", "chain": ["a"], "origin": None}, "two models"),
            ({"family": "chain", "origin": None}, "two models"),
            (
                {"family": "chain", "chain": "ab", "pairs": ["ru-en", "ru-vi"], "origin": None},
                "one pair",
            ),
            ({"origin": None}, "exactly one of repository, package and path"),
            ({"canary": {"en-vi": "Yes"}}, "canary: en-vi is none of the pairs"),
            ({"family": "t5", "alignment": True}, "only models of the family marian"),
            (
                {"family": "chain", "chain": "ab", "origin": None, "alignment": True},
                "in the cards of the chain's members",
            ),
        ],
    )
    def test_families_and_their_keys(
        self, tmp_path: Path, changes: dict[str, Any], reason: str
    ) -> None:
        card = GOOD | changes
        if card["origin"] is None:
            del card["origin"]
        if card.get("chain") == "ab":
            card["chain"] = ["a", "b"]
        (problem,) = refused(write(tmp_path, card))
        assert reason in problem.message

    def test_punctuation_is_normalised_for_marian(self, tmp_path: Path) -> None:
        assert load_card(str(write(tmp_path, GOOD))).normalises
        switched_off = GOOD | {"normalise_punctuation": False}
        assert not load_card(str(write(tmp_path, switched_off))).normalises
        codes = {"ru": "rus_Cyrl", "en": "eng_Latn"}
        nllb = GOOD | {"family": "nllb", "language_tokens": codes}
        assert not load_card(str(write(tmp_path, nllb))).normalises

    def test_several_problems_at_once(self, tmp_path: Path) -> None:
        found = refused(write(tmp_path, GOOD | {"family": "gpt", "name": "?", "extra": 1}))
        assert {problem.line for problem in found} == {1, 3, 7}

    def test_unknown_name_lists_the_known(self) -> None:
        with pytest.raises(ModelNotFound, match=r"'nothing'.*embedded"):
            load_card("nothing")

    def test_directory_without_a_card(self, tmp_path: Path) -> None:
        with pytest.raises(ModelNotFound, match=r"tolmach-card\.yaml"):
            load_card(str(tmp_path))

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises((ModelNotFound, ConfigError), match=r"mine\.yaml"):
            load_card(str(tmp_path / "mine.yaml"))


class TestRelativePath:
    def test_is_meant_from_the_card(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        checkpoints.write_card(tmp_path, "mine")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        for name in (str(tmp_path), str(tmp_path / "tolmach-card.yaml"), ".."):
            assert Path(load_card(name).origin.path).samefile(tmp_path)

    def test_however_it_is_named_it_is_the_same_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checkpoints.write_card(tmp_path, "mine")
        absolute = load_card(str(tmp_path))
        monkeypatch.chdir(tmp_path)
        assert load_card(".").fingerprint() == absolute.fingerprint()

    def test_same_name_elsewhere_is_another_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = set()
        for place in ("one", "two"):
            (tmp_path / place / "model").mkdir(parents=True)
            checkpoints.write_card(tmp_path / place / "model", "mine")
            monkeypatch.chdir(tmp_path / place)
            found.add(load_card("model").fingerprint())
        assert len(found) == 2

    def test_absolute_path_stays(self, tmp_path: Path) -> None:
        card = write(tmp_path, GOOD | {"origin": {"path": "/models/mine"}})
        assert load_card(str(card)).origin.path == "/models/mine"


class TestFingerprint:
    @pytest.fixture
    def adapted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Card, Path]:
        """A card with an adapter, in a models folder of its own."""
        models = tmp_path / "models"
        shutil.copytree(resources.folder("models") / "embedded", models / "embedded")
        original = resources.folder

        def folder(kind: str) -> Path:
            return models if kind == "models" else original(kind)

        card = load_card("embedded")
        monkeypatch.setattr(resources, "folder", folder)
        return card, models / "embedded"

    def test_changes_with_the_adapter(self, adapted: tuple[Card, Path]) -> None:
        card, folder = adapted
        before = card.fingerprint()
        weights = folder / "adapter_model.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        after = card.fingerprint()
        assert after != before
        config = folder / "adapter_config.json"
        config.write_text(config.read_text(encoding="utf-8").replace("32", "64"), encoding="utf-8")
        assert card.fingerprint() not in {before, after}

    def test_does_not_change_with_the_readme(self, adapted: tuple[Card, Path]) -> None:
        card, folder = adapted
        before = card.fingerprint()
        (folder / "README.md").write_text("other words", encoding="utf-8")
        assert card.fingerprint() == before

    def test_missing_adapter(self, adapted: tuple[Card, Path]) -> None:
        card, folder = adapted
        (folder / "adapter_model.safetensors").unlink()
        with pytest.raises(ModelNotFound, match="no adapter in"):
            card.fingerprint()

    def test_changes_with_what_decides_the_weights_only(self) -> None:
        card = Card.model_validate(GOOD)
        other = card.model_copy(update={"summary": "other", "notes": "x", "figures": ("y",)})
        assert other.fingerprint() == card.fingerprint()
        revision = card.origin.model_copy(update={"revision": "abc"})
        assert card.model_copy(update={"origin": revision}).fingerprint() != card.fingerprint()

    def test_changes_with_the_checkpoint(self, tmp_path: Path) -> None:
        checkpoints.write_card(tmp_path, "mine")
        weights = tmp_path / "model.safetensors"
        weights.write_bytes(b"one")
        before = load_card(str(tmp_path)).fingerprint()
        weights.write_bytes(b"other")
        assert load_card(str(tmp_path)).fingerprint() != before
