"""Models that summarise: BART, mBART and T5 on both engines, their cards, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import checkpoints
import checkpoints_bart
import checkpoints_t5
import pytest
from fakes import FakeEngine, fake_model

from tolmach.catalog import canary
from tolmach.catalog.building import codec_for
from tolmach.catalog.cards import Card, load_card, shipped_cards
from tolmach.catalog.licences import objection
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, ModelError, PreparationError
from tolmach.inference.base import Decoding, TextModel
from tolmach.inference.codecs import BartCodec, MBartCodec

LANGUAGE = {"bart": "en", "mbart": "ru", "mbart-50": "ru", "mt5": "ru", "t5-1.1": "vi"}
TEXTS = {
    "en": checkpoints.ENGLISH,
    "ru": checkpoints.RUSSIAN,
    "vi": checkpoints.VIETNAMESE,
}
SEARCHES = {
    "greedy": Decoding(max_length_ratio=0.8, no_repeat_ngram=2),
    "beams": Decoding(
        beam=4, candidates=3, max_length_ratio=0.5, no_repeat_ngram=3, length_penalty=2.0
    ),
    "least": Decoding(beam=4, max_length_ratio=0.8, no_repeat_ngram=3, min_length=24),
    "least greedy": Decoding(max_length_ratio=0.8, no_repeat_ngram=2, min_length=24),
}
CARDS = (
    "mt5-multilingual-xlsum",
    "mbart-ru-sum-gazeta",
    "rut5-base-sum-gazeta",
    "bart-large-cnn",
    "vit5-base-vietnews",
)

Load = Callable[[str, str], TextModel]


def build(kind: str, folder: Path, **card: Any) -> Path:
    if kind == "bart":
        return checkpoints_bart.build(folder, **card)
    if kind.startswith("mbart"):
        return checkpoints_bart.build_mbart(folder, fifty=kind == "mbart-50", **card)
    tokens = {"vi": "vietnews: "} if kind == "t5-1.1" else {}
    pairs = ["vi-vi"] if kind == "t5-1.1" else ["ru-ru", "en-en", "vi-vi"]
    card = {"pairs": pairs, "language_tokens": tokens} | card
    return checkpoints_t5.build(folder, kind=kind, **card)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory, load_checkpoint: Callable[..., Any]) -> Load:
    root = tmp_path_factory.mktemp("summaries")
    loaded: dict[tuple[str, str], TextModel] = {}

    def one(kind: str, engine: str) -> TextModel:
        if not (root / kind).is_dir():
            build(kind, root / kind, name=f"summary-{kind}")
        if (kind, engine) not in loaded:
            loaded[kind, engine] = load_checkpoint(root / kind, engine=engine)
        return loaded[kind, engine]

    return one


def rows(model: TextModel, kind: str) -> list[Any]:
    language = LANGUAGE[kind]
    texts = [
        *TEXTS[language][:5],
        "Xa." if language == "vi" else "Да.",
        " ".join(TEXTS[language][5:7]),
    ]
    return [model.encode(text, source=language, target=language) for text in texts]


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("kind", LANGUAGE)
def test_both_engines_say_the_same(load: Load, kind: str, search: str) -> None:
    models = [load(kind, engine) for engine in ("ctranslate2", "torch")]
    fast, reference = (m.generate(rows(m, kind), decoding=SEARCHES[search]) for m in models)
    for one, other in zip(fast, reference, strict=True):
        assert [item.text for item in one] == [item.text for item in other]
        assert [item.finished for item in one] == [item.finished for item in other]
        assert [item.score for item in one] == pytest.approx([i.score for i in other], abs=1e-3)
    assert len({best.text for best, *_ in fast}) > 4


@pytest.mark.parametrize("search", ["beams", "least", "least greedy"])
@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
@pytest.mark.parametrize("kind", LANGUAGE)
def test_alone_as_in_a_batch(load: Load, kind: str, engine: str, search: str) -> None:
    model, decoding = load(kind, engine), SEARCHES[search]
    batch = rows(model, kind)
    together = model.generate(batch, decoding=decoding)
    for index in range(0, len(batch), 3):
        (alone,) = model.generate([batch[index]], decoding=decoding)
        assert [item.text for item in alone] == [item.text for item in together[index]]


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
@pytest.mark.parametrize("kind", ["mbart", "mt5"])
def test_least_length_is_scaled(load: Load, kind: str, engine: str) -> None:
    model = load(kind, engine)
    batch = rows(model, kind)
    free = SEARCHES["least greedy"].model_copy(update={"min_length": 0})
    shorter = 0
    for decoding in (SEARCHES["least greedy"], free):
        for row, (best, *_) in zip(batch, model.generate(batch, decoding=decoding), strict=True):
            least = decoding.min_new_tokens(row.text_tokens) // 8 * 8
            # no end before it; what is shorter has been cut off by its cap
            assert len(best.tokens) >= least or not best.finished
            shorter += decoding is free and best.finished and len(best.tokens) < 16
    # else the test would say nothing
    assert shorter


@pytest.mark.parametrize(("tokens", "least"), [(0, 0), (40, 12), (187, 56), (1000, 56)])
def test_least_length_of_short_texts(tokens: int, least: int) -> None:
    assert load_card("bart-large-cnn").decoding.min_new_tokens(tokens) == least


class TestCodecs:
    def test_bart_is_what_transformers_does(self, tmp_path: Path) -> None:
        import transformers

        folder = checkpoints_bart.build(tmp_path / "bart")
        codec = BartCodec(folder)
        content = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        merges = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
        pairs = [tuple(line.split()) for line in merges if line and not line.startswith("#")]
        theirs: Any = transformers.BartTokenizer(vocab=content, merges=pairs)
        for text in (*checkpoints.ENGLISH, "Ñandú — “quoted” 12%", " two  spaces ", ""):
            row = codec.encode(text, source="en", target="en")
            assert codec.to_ids(row.tokens) == theirs(text)["input_ids"]
            assert codec.decode(row.tokens) == text.strip()
        assert row.target_prefix == ("<s>",)

    def test_damaged_bart(self, tmp_path: Path) -> None:
        folder = checkpoints_bart.build(tmp_path / "bart")
        (folder / "merges.txt").write_text("a b c\nno such\n", encoding="utf-8")
        with pytest.raises(ModelError, match=r"merges\.txt"):
            BartCodec(folder)
        (folder / "merges.txt").unlink()
        with pytest.raises(ModelError, match=r"merges\.txt"):
            BartCodec(folder)
        (folder / "vocab.json").write_text("{}", encoding="utf-8")
        with pytest.raises(ModelError, match=r"vocab\.json is no vocabulary"):
            BartCodec(folder)

    def test_where_mbart_has_its_codes(self, tmp_path: Path) -> None:
        text = checkpoints.RUSSIAN[0]
        first = MBartCodec(
            checkpoints_bart.build_mbart(tmp_path / "25"), language_tokens=checkpoints_bart.CODES
        )
        row = first.encode(text, source="ru", target="ru")
        assert row.tokens[-2:] == ("</s>", "ru_RU")
        assert row.target_prefix == ()
        fifty = MBartCodec(
            checkpoints_bart.build_mbart(tmp_path / "50", fifty=True),
            language_tokens=checkpoints_bart.CODES,
        )
        row = fifty.encode(text, source="ru", target="vi")
        assert (row.tokens[0], row.tokens[-1]) == ("ru_RU", "</s>")
        assert row.target_prefix == ("vi_VN",)
        assert fifty.decode(row.tokens) == text

    def test_codes_that_no_file_lists(self, tmp_path: Path) -> None:
        folder = checkpoints_bart.build_mbart(tmp_path / "mbart")
        (folder / "tokenizer_config.json").unlink()
        codec = MBartCodec(folder, language_tokens={"ru": "ru_RU"})
        # the place of Russian in mbart-large-cc25: 250,021 of 250,027 with 250,000 pieces
        pieces = codec.to_ids(["ar_AR"])[0] - 1
        assert codec.to_ids(["ru_RU", "<mask>"]) == [pieces + 21, pieces + 26]
        with pytest.raises(ModelError, match="no language of this model"):
            MBartCodec(folder, language_tokens={"ru": "rus_Cyrl"})


class TestCards:
    @pytest.mark.parametrize("name", CARDS)
    def test_shipped(self, name: str) -> None:
        card = load_card(name)
        assert all(source == target for source, target in card.directions)
        assert card.origin.repository
        assert set(canary.sentences(card)) == set(card.pairs)
        assert card.limits.output_tokens <= 256

    def test_facts(self) -> None:
        cards = {card.name: card for card in shipped_cards()}
        xlsum = cards["mt5-multilingual-xlsum"]
        assert objection(xlsum, "commercial")
        assert {name for name in CARDS if objection(cards[name], "commercial")} == {xlsum.name}
        assert (xlsum.limits.source_tokens, xlsum.limits.output_tokens) == (512, 84)
        assert (xlsum.decoding.beam, xlsum.decoding.no_repeat_ngram) == (4, 2)
        assert {pair[:2] for pair in xlsum.pairs} == {"ru", "en", "vi"}
        gazeta = cards["mbart-ru-sum-gazeta"]
        assert (gazeta.limits.source_tokens, gazeta.limits.output_tokens) == (600, 200)
        assert gazeta.decoding.no_repeat_ngram == 4

    @pytest.mark.parametrize("family", ["marian", "nllb"])
    def test_families_that_do_not_summarise(self, tmp_path: Path, family: str) -> None:
        folder = checkpoints_bart.build(tmp_path / "bart", family=family)
        with pytest.raises(ConfigError, match="families that summarise: bart, mbart, t5"):
            load_card(str(folder))

    def test_a_checkpoint_without_a_card(self, tmp_path: Path) -> None:
        folder = checkpoints_bart.build_mbart(tmp_path / "mine")
        (folder / "tolmach-card.yaml").unlink()
        with pytest.raises(ConfigError, match=r"ru-ru.*for a model that summarises"):
            load_card(str(folder))


class TestPreparing:
    def prepare(self, folder: Path, cache: Path) -> None:
        settings = RunSettings(device="cpu", precision="float32", threads=1)
        load_model(load_card(str(folder)), settings=settings, store=ModelStore(cache, offline=True))

    @pytest.mark.parametrize("kind", ["bart", "mbart", "mt5"])
    def test_nonsense_is_refused(self, tmp_path: Path, kind: str) -> None:
        folder = build(kind, tmp_path / "model", canary=None)
        with pytest.raises(PreparationError, match=r"does not summarise \w+: .*was not prepared"):
            self.prepare(folder, tmp_path / "cache")
        assert checkpoints.left_in(ModelStore(tmp_path / "cache")) == []

    def test_unknown_beginning_is_refused(self, tmp_path: Path) -> None:
        folder = build("mbart", tmp_path / "model")
        path = folder / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(config | {"decoder_start_token_id": None}), encoding="utf-8")
        (folder / "generation_config.json").unlink()
        with pytest.raises(PreparationError, match="decoder_start_token_id"):
            self.prepare(folder, tmp_path / "cache")

    @pytest.mark.parametrize("kind", ["bart", "mbart", "mt5"])
    def test_in_int8(self, tmp_path: Path, kind: str, model_store: ModelStore) -> None:
        folder = build(kind, tmp_path / "model", name=f"int8-{kind}")
        settings = RunSettings(device="cpu", precision="int8", threads=1)
        with load_model(load_card(str(folder)), settings=settings, store=model_store) as model:
            assert isinstance(model, TextModel)
            assert all(found for found in model.generate(rows(model, kind)))


class TestCanary:
    def card(self, pair: str) -> Card:
        return Card.model_validate(
            {
                "name": "one",
                "summary": "a card of the tests",
                "family": "t5",
                "origin": {"path": "."},
                "licence": {"name": "MIT", "commercial": True},
                "pairs": [pair],
            }
        )

    @pytest.mark.parametrize("language", ["ru", "en", "vi"])
    def test_a_sentence_of_the_passage_will_do(self, language: str) -> None:
        first = canary.PASSAGES[language].split(". ")[0] + "."
        model = fake_model(engine=FakeEngine(answer=lambda _text, _to: [first]))
        canary.check(model, self.card(f"{language}-{language}"))

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ("", "next to nothing"),
            (canary.PASSAGES["ru"], "wrong language"),
            ("the bridge the bridge the bridge the bridge the bridge", "repeated"),
            (canary.PASSAGES["en"] + " The city council approved.", "longer"),
            ("Seven green parrots flew away from an unknown aviary.", "in common"),
        ],
    )
    def test_what_is_no_summary(self, answer: str, reason: str) -> None:
        model = fake_model(engine=FakeEngine(answer=lambda _text, _to: [answer]))
        with pytest.raises(ModelError, match=f"does not summarise English: .*{reason}"):
            canary.check(model, self.card("en-en"))


def test_codec_of_every_kind_is_found(tmp_path: Path) -> None:
    for kind, expected in (("bart", BartCodec), ("mbart", MBartCodec)):
        folder = build(kind, tmp_path / kind)
        assert isinstance(codec_for(load_card(str(folder)), folder), expected)
