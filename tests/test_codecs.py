from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.errors import ModelError
from tolmach.inference.codecs import MarianCodec, PromptCodec, load_sentencepiece

SENTENCES = (
    *checkpoints.RUSSIAN,
    *checkpoints.ENGLISH[:4],
    *checkpoints.VIETNAMESE[:4],
    "Слова с буквами ѣ, ґ и љ",
    "漢字 и 한국어 среди русского",
    "смайлик 🙂 в тексте",
    "цена — 1 245,50 руб. (на 3 % ниже)",
    "  пробелы   по краям  ",
    "неразрывный\u00a0пробел и тонкий\u202fпробел",
    "е\u0308жик и й с отдельным знаком",
    "ALL CAPS И КАПС",
    "«кавычки» “другие” 'и такие'",
    "https://example.org/a?b=c&d=1#e",
    "x" * 300,
    "▁уже с чертой",
    "А",
    "1",
    ".",
    "",
)


@pytest.fixture(scope="module")
def marian(random_checkpoint: Path) -> MarianCodec:
    return MarianCodec(random_checkpoint, language_tokens=checkpoints.LANGUAGE_TOKENS)


@pytest.fixture(scope="module")
def reference(random_checkpoint: Path) -> Any:
    import transformers

    with warnings.catch_warnings():
        # it recommends sacremoses; the published checkpoints do without
        warnings.simplefilter("ignore", UserWarning)
        return transformers.MarianTokenizer.from_pretrained(random_checkpoint)


class TestMarianCodec:
    @pytest.mark.parametrize("text", SENTENCES)
    def test_ids_equal_transformers(
        self, random_checkpoint: Path, reference: Any, text: str
    ) -> None:
        codec = MarianCodec(random_checkpoint, language_tokens={})
        encoded = codec.encode(text, source="ru", target="en")
        assert codec.to_ids(encoded.tokens) == reference(text).input_ids
        assert encoded.text_tokens == len(encoded) - 1

    @pytest.mark.parametrize("language", ["en", "vi"])
    def test_language_tokens(self, marian: MarianCodec, reference: Any, language: str) -> None:
        text = checkpoints.RUSSIAN[2]
        encoded = marian.encode(text, source="ru", target=language)
        token = checkpoints.LANGUAGE_TOKENS[language]
        assert encoded.tokens[0] == token
        assert encoded.text_tokens == len(encoded) - 2
        assert marian.to_ids(encoded.tokens) == reference(token + text).input_ids

    def test_range_has_unknown_pieces(self, marian: MarianCodec) -> None:
        unknown = [
            text
            for text in SENTENCES
            if "<unk>" in marian.encode(text, source="ru", target="en").tokens
        ]
        assert 5 < len(unknown) < len(SENTENCES) - 5

    @pytest.mark.parametrize("text", [*checkpoints.ENGLISH, *checkpoints.VIETNAMESE])
    def test_decode_equals_transformers(
        self, marian: MarianCodec, reference: Any, text: str
    ) -> None:
        ids = reference(text_target=text).input_ids
        expected = reference.decode(ids, skip_special_tokens=True, use_source_tokenizer=False)
        assert marian.decode(marian.to_tokens(ids)) == expected

    def test_decodes_what_it_encoded(self, copying_checkpoint: Path) -> None:
        codec = MarianCodec(copying_checkpoint, language_tokens={})
        for text in (*checkpoints.RUSSIAN, *checkpoints.ENGLISH, *checkpoints.VIETNAMESE):
            assert codec.decode(codec.encode(text, source="ru", target="en").tokens) == text

    def test_pieces_of_the_source_side_come_out_as_text(self, marian: MarianCodec) -> None:
        # the vocabulary is shared, so the network may write pieces the target side does not know
        tokens = marian.encode("Министр принял делегацию", source="ru", target="en").tokens
        text = marian.decode(tokens[1:])
        assert "▁" not in text
        assert text.split()[0].startswith("Мин")

    def test_ids_and_tokens_are_inverse(self, marian: MarianCodec, random_checkpoint: Path) -> None:
        vocabulary = json.loads((random_checkpoint / "vocab.json").read_text(encoding="utf-8"))
        ids = list(range(len(vocabulary)))
        assert marian.to_ids(marian.to_tokens(ids)) == ids

    def test_outside_the_vocabulary(self, marian: MarianCodec) -> None:
        assert marian.to_tokens([99_999, -1]) == ["<unk>", "<unk>"]
        assert marian.to_tokens(marian.to_ids(["no such piece"])) == ["<unk>"]

    @given(st.text(max_size=80))
    def test_any_text(self, marian: MarianCodec, text: str) -> None:
        encoded = marian.encode(text, source="ru", target="en")
        assert encoded.tokens[-1] == "</s>"
        assert encoded.tokens.count("</s>") == 1
        assert "<pad>" not in encoded.tokens
        assert isinstance(marian.decode(encoded.tokens), str)

    @pytest.mark.parametrize(
        "text", ["</s> конец", "до <pad> после", ">>vie<< чужой язык", "<unk>"]
    )
    def test_text_cannot_say_special_tokens(self, marian: MarianCodec, text: str) -> None:
        encoded = marian.encode(text, source="ru", target="en")
        assert encoded.tokens[0] == ">>eng<<"
        assert not {"</s>", "<pad>", ">>vie<<"} & set(encoded.tokens[1:-1])

    @pytest.mark.parametrize("name", ["source.spm", "target.spm", "vocab.json"])
    @pytest.mark.parametrize("content", [None, b"", b"not what it should be"])
    def test_damaged(
        self, random_checkpoint: Path, tmp_path: Path, name: str, content: bytes | None
    ) -> None:
        folder = tmp_path / "damaged"
        shutil.copytree(random_checkpoint, folder)
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
        with pytest.raises(ModelError, match=name.replace(".", r"\.")):
            MarianCodec(folder)

    @pytest.mark.parametrize("content", ["[]", "{}", '{"a": 1}'])
    def test_vocabulary_without_special_tokens(
        self, random_checkpoint: Path, tmp_path: Path, content: str
    ) -> None:
        folder = tmp_path / "damaged"
        shutil.copytree(random_checkpoint, folder)
        (folder / "vocab.json").write_text(content, encoding="utf-8")
        with pytest.raises(ModelError, match=r"vocab\.json"):
            MarianCodec(folder)


@pytest.fixture(scope="module")
def prompt_pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import gemma
    from sentencepiece import sentencepiece_model_pb2 as schema

    model = schema.ModelProto()
    for text, score, kind in zip(*gemma.pieces(), strict=True):
        piece = model.pieces.add()
        piece.piece, piece.score, piece.type = text, score, kind
    model.trainer_spec.model_type = 2
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.pad_id, model.trainer_spec.unk_id = 0, 3
    model.trainer_spec.bos_id, model.trainer_spec.eos_id = 2, 1
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    path = tmp_path_factory.mktemp("prompt") / "tokenizer.model"
    path.write_bytes(model.SerializeToString())
    return path


PROMPTS = {"ru-en": "Russian: {text}\nEnglish:", "ru-vi": "Russian: {text}\nVietnamese:"}


class TestPromptCodec:
    @pytest.fixture
    def codec(self, prompt_pieces: Path) -> PromptCodec:
        return PromptCodec(prompt_pieces, prompts=PROMPTS, end_tokens=("<eos>", "\n", "\n\n"))

    @pytest.mark.parametrize("text", ["Ханой", checkpoints.RUSSIAN[0], "漢字 🙂", "{text}", " a "])
    def test_framing(self, codec: PromptCodec, text: str) -> None:
        for target, name in (("en", "English"), ("vi", "Vietnamese")):
            encoded = codec.encode(text, source="ru", target=target)
            assert encoded.tokens[0] == "<bos>"
            assert codec.decode([t for t in encoded.tokens[1:] if t != "\n"]) == (
                f"Russian: {text}{name}:"
            )
            assert encoded.tokens.count("\n") == 1

    def test_text_tokens_count_the_text(self, codec: PromptCodec, prompt_pieces: Path) -> None:
        pieces = load_sentencepiece(prompt_pieces)
        for text in checkpoints.RUSSIAN:
            encoded = codec.encode(text, source="ru", target="en")
            # at the seams pieces may join
            assert abs(encoded.text_tokens - len(pieces.encode(text))) <= 2

    def test_empty_text_counts_as_one(self, codec: PromptCodec) -> None:
        assert codec.encode("", source="ru", target="en").text_tokens == 1

    def test_end_tokens_that_the_vocabulary_lacks(self, codec: PromptCodec) -> None:
        assert codec.end_tokens == ("<eos>", "\n")
        assert codec.decode(["H", "i", "\n"]) == "Hi"

    @pytest.mark.parametrize("text", ["<eos>", "<bos>", "a <pad> b"])
    def test_text_cannot_say_control_tokens(self, codec: PromptCodec, text: str) -> None:
        encoded = codec.encode(text, source="ru", target="en")
        assert not {"<eos>", "<bos>", "<pad>"} & set(encoded.tokens[1:])

    def test_ids_and_tokens_are_inverse(self, codec: PromptCodec) -> None:
        assert codec.to_ids(codec.to_tokens(range(500))) == list(range(500))

    def test_unknown_direction(self, codec: PromptCodec) -> None:
        with pytest.raises(ModelError, match="no prompt for vi-en; this model has ru-en, ru-vi"):
            codec.encode("xin", source="vi", target="en")

    @pytest.mark.parametrize("prompt", ["Russian:", "{text} and {text}"])
    def test_bad_prompt(self, prompt_pieces: Path, prompt: str) -> None:
        with pytest.raises(ModelError, match="must contain"):
            PromptCodec(prompt_pieces, prompts={"ru-en": prompt})

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="not a usable SentencePiece"):
            PromptCodec(tmp_path / "tokenizer.model", prompts=PROMPTS)
