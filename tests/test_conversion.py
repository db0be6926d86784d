"""Conversions compute what the checkpoint computes, or are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import checkpoints
import checkpoints_nllb
import checkpoints_t5
import pytest

from tolmach.catalog import agreement, seq2seq
from tolmach.catalog.building import fast_engine, vocabulary_codec
from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import chain_route, load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.hardware import Hardware
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, PreparationError
from tolmach.inference.base import ChainModel, TextModel

BUILDERS: dict[str, Callable[..., Path]] = {
    "marian": checkpoints.build_random,
    "copying": checkpoints.build_copying,
    "nllb": checkpoints_nllb.build,
    **{
        kind: lambda folder, kind=kind, **more: checkpoints_t5.build(folder, kind=kind, **more)
        for kind in checkpoints_t5.KINDS
    },
}


def prepare(folder: Path, root: Path, quantization: str = "float32") -> Path:
    store = ModelStore(root / "cache", offline=True)
    return store.prepare(load_card(str(folder)), quantization=quantization)


@pytest.mark.parametrize("quantization", ["float32", "int8"])
@pytest.mark.parametrize("kind", BUILDERS)
def test_agrees_with_torch(tmp_path: Path, kind: str, quantization: str) -> None:
    import transformers

    folder = BUILDERS[kind](tmp_path / "model", name="model")
    card = load_card(str(folder))
    codec = vocabulary_codec(card, folder)
    items = agreement.samples(codec, card.pairs)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    reference = agreement.scores(model, codec, items)
    made = prepare(folder, tmp_path, quantization)
    found = agreement.converted_scores(made, items, precision=quantization)
    # the figures that the tolerances were chosen by
    most = 1e-5 if quantization == "float32" else 0.15
    for one, other in zip(reference, found, strict=True):
        assert len(one) > 20
        assert agreement.difference(one, other) < most


@pytest.mark.parametrize("stored", ["float16", "bfloat16"])
@pytest.mark.parametrize("quantization", ["float32", "float16", "bfloat16", "int8"])
@pytest.mark.parametrize("kind", ["marian", "nllb", "t5-1.1"])
def test_published_in_half_precision(
    tmp_path: Path, kind: str, quantization: str, stored: str
) -> None:
    import torch
    import transformers

    folder = BUILDERS[kind](tmp_path / "model", name="model")
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
    model.to(getattr(torch, stored)).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["dtype"] == stored
    prepare(folder, tmp_path, quantization)


@pytest.mark.parametrize("quantization", ["float32", "int8"])
@pytest.mark.parametrize("kind", checkpoints_t5.KINDS)
def test_wrong_scale_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, quantization: str
) -> None:
    folder = BUILDERS[kind](tmp_path / "model")
    wrong = 1.0 if kind == "t5-1.0" else 64**-0.5
    original = seq2seq._Converter._load

    def load(self: Any) -> Any:
        spec = original(self)
        spec.decoder.scale_outputs = wrong
        return spec

    monkeypatch.setattr(seq2seq._Converter, "_load", load)
    with pytest.raises(PreparationError, match=r"mean log probability -\d.* allowed 0\."):
        prepare(folder, tmp_path, quantization)
    assert checkpoints.left_in(ModelStore(tmp_path / "cache")) == []


def test_the_converter_alone_would_scale_wrongly(tmp_path: Path) -> None:
    # why the scale is put right; if this fails the library has learned it
    folder = checkpoints_t5.build(tmp_path / "model")
    card = load_card(str(folder))
    codec = vocabulary_codec(card, folder)
    converter = seq2seq._Converter(folder, codec, agreement.samples(codec, card.pairs))
    spec = seq2seq.TransformersConverter._load(converter)
    assert spec.decoder.scale_outputs == 64**-0.5


@pytest.mark.parametrize("kind", ["marian", "nllb"])
def test_changed_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = BUILDERS[kind](tmp_path / "model")
    original = seq2seq._Converter._load

    def load(self: Any) -> Any:
        spec = original(self)
        layer = spec.encoder.layer[0].self_attention.layer_norm
        layer.gamma = layer.gamma * 1.5
        return spec

    monkeypatch.setattr(seq2seq._Converter, "_load", load)
    with pytest.raises(PreparationError, match="does not compute what the checkpoint computes"):
        prepare(folder, tmp_path)


@pytest.mark.parametrize("kind", ["marian", "nllb", "t5-1.1"])
def test_missing_weight_is_refused(tmp_path: Path, kind: str) -> None:
    from safetensors.torch import load_file, save_file

    folder = BUILDERS[kind](tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    gone = next(name for name in sorted(tensors) if "decoder" in name and "layer" in name)
    del tensors[gone]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(PreparationError, match=f"lacks 1 weights, such as {gone}"):
        prepare(folder, tmp_path)


def test_vocabulary_of_nllb_is_whole(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    made = prepare(folder, tmp_path)
    tokens = json.loads((made / "shared_vocabulary.json").read_text(encoding="utf-8"))
    rows = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    assert len(tokens) == len(set(tokens)) == rows
    assert tokens[-checkpoints_nllb.MADE_UP - 5 :][:5] == [*checkpoints_nllb.LANGUAGES, "<mask>"]
    card = load_card(str(folder))
    before, after = vocabulary_codec(card, folder), vocabulary_codec(card, made)
    assert before.vocabulary(rows) == after.vocabulary(rows) == tokens


def test_tokenizer_json_with_other_indexes(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    codec = vocabulary_codec(load_card(str(folder)), folder)
    content = {token: index for index, token in enumerate(codec.vocabulary(710)[:600])}
    added = [
        {"id": codec.to_ids([code])[0], "content": code} for code in checkpoints_nllb.LANGUAGES
    ]
    path = folder / "tokenizer.json"
    path.write_text(json.dumps({"added_tokens": added, "model": {"vocab": content}}))
    prepare(folder, tmp_path)
    tokens = list(content)
    content[tokens[300]], content[tokens[301]] = content[tokens[301]], content[tokens[300]]
    path.write_text(json.dumps({"added_tokens": added, "model": {"vocab": content}}))
    with pytest.raises(PreparationError, match="differ in 2 of 600 tokens"):
        prepare(folder, tmp_path)


def test_more_tokens_than_rows(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    content = {code: 700 + place for place, code in enumerate(checkpoints_nllb.LANGUAGES)}
    added = content | {"rus_Cyrl": 9000}
    (folder / "added_tokens.json").write_text(json.dumps(added))
    with pytest.raises(PreparationError, match=r"no row for|do not fit"):
        prepare(folder, tmp_path)


@pytest.mark.parametrize(("kind", "lost"), [("nllb", "sentencepiece.bpe.model"),
                                            ("t5-1.1", "spiece.model"),
                                            ("marian", "target.spm")])  # fmt: skip
def test_missing_files(tmp_path: Path, kind: str, lost: str) -> None:
    folder = BUILDERS[kind](tmp_path / "model")
    (folder / lost).unlink()
    with pytest.raises(PreparationError, match=f"lacks {lost}"):
        prepare(folder, tmp_path)


def test_of_another_family(tmp_path: Path) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model", family="t5", language_tokens={})
    with pytest.raises(PreparationError, match="of the kind m2m_100, not t5"):
        prepare(folder, tmp_path)


def test_not_a_number_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkpoints_nllb.build(tmp_path / "model")
    monkeypatch.setattr(agreement, "converted_scores", lambda *_a, **_k: [(float("nan"),) * 99] * 2)
    monkeypatch.setattr(agreement, "scores", lambda *_a, **_k: [(-1.0,) * 99] * 2)
    with pytest.raises(PreparationError, match="nan"):
        prepare(folder, tmp_path)


def test_difference() -> None:
    assert agreement.difference((-1.0, -3.0), (-1.0, -3.0)) == 0
    assert agreement.difference((-1.0,), (-2.0,)) == 0.5
    assert agreement.difference((-99.0,), (-109.0,)) == pytest.approx(0.1)
    assert agreement.difference((-1.0,), (-1.0, -1.0)) == float("inf")


class TestT5Precision:
    @pytest.mark.parametrize(
        ("asked", "supported", "expected"),
        [
            ("float16", {"bfloat16", "float16"}, "bfloat16"),
            ("float16", {"float16", "float32"}, "float32"),
            ("int8_float16", {"int8_bfloat16"}, "int8_bfloat16"),
            ("int8_float16", {"int8_float16"}, "int8_float32"),
            ("bfloat16", {"bfloat16"}, "bfloat16"),
            ("int8", {"int8"}, "int8"),
        ],
    )
    def test_never_float16(
        self, monkeypatch: pytest.MonkeyPatch, asked: str, supported: set[str], expected: str
    ) -> None:
        import ctranslate2

        used: list[Hardware] = []
        monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda _device: supported)
        monkeypatch.setattr(
            "tolmach.inference.ct2.Seq2SeqEngine",
            lambda _folder, hardware, **_: used.append(hardware),
        )
        for name, wanted in (("madlad400-3b-mt", expected), ("nllb-200-distilled-600M", asked)):
            fast_engine(load_card(name), Path("/nowhere"), Hardware("cuda", asked))
            assert used.pop().precision == wanted


class TestChain:
    @pytest.fixture
    def members(self, tmp_path: Path) -> dict[str, Path]:
        return {
            "a": checkpoints.build_copying(tmp_path / "a", name="a", pairs=["ru-en", "ru-vi"]),
            "b": checkpoints.build_copying(tmp_path / "b", name="b", pairs=["en-vi"]),
        }

    def card(self, folder: Path, *names: str, pairs: tuple[str, ...] = ("ru-vi",)) -> Path:
        content = {
            "name": "both",
            "summary": "two models",
            "family": "chain",
            "chain": names,
            "licence": {"name": "MIT", "commercial": True},
            "pairs": pairs,
        }
        path = folder / "both.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def test_load(self, members: dict[str, Path], tmp_path: Path, model_store: ModelStore) -> None:
        chain = load_card(str(self.card(tmp_path, *map(str, members.values()))))
        settings = RunSettings(device="cpu", precision="float32", threads=1)
        model = load_model(chain, settings=settings, store=model_store)
        assert isinstance(model, ChainModel)
        assert [(m.name, one, other) for m, one, other in model.stages] == [
            ("a", "ru", "en"),
            ("b", "en", "vi"),
        ]
        assert model.signature["model"] == "both"
        for member in model.models:
            member.close()

    def test_members_come_from_the_pool(self, members: dict[str, Path], tmp_path: Path) -> None:
        import fakes

        pool: dict[str, TextModel] = {}

        def member(name: str) -> TextModel:
            return pool.setdefault(name, fakes.fake_model(name))

        chain = load_card(str(self.card(tmp_path, *map(str, members.values()))))
        settings = RunSettings(device="cpu")
        loaded = [
            load_model(chain, settings=settings, store=ModelStore(tmp_path), member=member)
            for _ in range(2)
        ]
        assert len(pool) == 2
        assert loaded[0].models == loaded[1].models  # type: ignore[union-attr]

    def test_that_does_not_join(self, members: dict[str, Path], tmp_path: Path) -> None:
        for names in (("b", "a"), ("a", "a")):
            chain = load_card(str(self.card(tmp_path, *(str(members[name]) for name in names))))
            with pytest.raises(ConfigError, match="does not lead from ru to vi"):
                chain_route(chain)

    def test_shipped(self) -> None:
        assert chain_route(load_card("ru-vi-via-en")) == (
            ("opus-mt-tc-big-zle-en", "ru", "en"),
            ("opus-mt-en-vi", "en", "vi"),
        )


class TestUncarded:
    @pytest.mark.parametrize(
        ("kind", "family", "pairs"),
        [
            ("nllb", "nllb", {"ru-en", "ru-vi", "en-vi"}),
            ("t5-1.1", "t5", {"ru-en", "ru-vi", "en-vi"}),
            ("mt5", "t5", {"ru-en", "ru-vi", "en-vi"}),
            ("marian", "marian", {"ru-en", "ru-vi"}),
        ],
    )
    def test_inferred(self, tmp_path: Path, kind: str, family: str, pairs: set[str]) -> None:
        folder = BUILDERS[kind](tmp_path / "our model (v2)")
        (folder / "tolmach-card.yaml").unlink()
        card = load_card(str(folder))
        assert card.name == "our-model--v2-"
        assert card.family == family
        assert set(card.pairs) == pairs
        assert card.licence.name == "unknown"
        assert not card.licence.commercial
        codec = vocabulary_codec(card, folder)
        for pair in card.pairs:
            assert codec.encode("Да", source=pair[:2], target=pair[3:])
        # its output means nothing, and it is refused for that
        with pytest.raises(PreparationError, match="does not translate"):
            ModelStore(tmp_path / "cache").prepare(card, quantization="float32")

    @pytest.mark.parametrize(
        ("source", "target", "pairs"),
        [("rus", "eng", ["ru-en"]), ("zle", "eng", ["ru-en"]), ("en", "vi", ["en-vi"])],
    )
    def test_marian_with_one_direction(
        self, tmp_path: Path, source: str, target: str, pairs: list[str]
    ) -> None:
        folder = self.marian(tmp_path, source, target)
        assert list(load_card(str(folder)).pairs) == pairs

    @pytest.mark.parametrize(
        ("readme", "guided"),
        [
            (None, False),
            ("* dataset: opus\n* model: transformer-align\n", True),
            ("- **Model Type:** Transformer-big-align", True),
            ("* model: transformer-big\n* see also transformer-align", False),
        ],
    )
    def test_marian_with_word_alignment(
        self, tmp_path: Path, readme: str | None, guided: bool
    ) -> None:
        folder = self.marian(tmp_path, "rus", "eng")
        if readme is not None:
            (folder / "README.md").write_text(readme)
        assert load_card(str(folder)).alignment is guided

    def marian(self, root: Path, source: str, target: str) -> Path:
        folder = checkpoints.build_random(root / "mine")
        (folder / "tolmach-card.yaml").unlink()
        settings = {"source_lang": source, "target_lang": target}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
        content = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        kept = {token: index for token, index in content.items() if not token.startswith(">>")}
        (folder / "vocab.json").write_text(json.dumps(kept), encoding="utf-8")
        return folder

    def test_languages_are_not_said(self, tmp_path: Path) -> None:
        folder = self.marian(tmp_path, "de", "fr")
        with pytest.raises(ConfigError) as caught:
            load_card(str(folder))
        message = str(caught.value)
        assert "does not say which languages" in message
        example = message.split("such as:\n")[1]
        (folder / "tolmach-card.yaml").write_text(example, encoding="utf-8")
        card = load_card(str(folder))
        assert (card.name, card.family, card.pairs) == ("mine", "marian", ("ru-en",))

    def test_unknown_kind(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text('{"model_type": "bert"}')
        with pytest.raises(ConfigError, match=r"of the kind 'bert', known are marian, m2m_100"):
            load_card(str(tmp_path))
        shutil.rmtree(tmp_path)
