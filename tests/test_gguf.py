"""The conversion of Gemma 3 from GGUF, against ``transformers`` with the same weights."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import checkpoints
import gemma
import numpy as np
import pytest

from tolmach.catalog import gguf
from tolmach.config.hardware import Hardware
from tolmach.errors import PreparationError
from tolmach.inference.base import Decoding
from tolmach.inference.codecs import PromptCodec
from tolmach.inference.ct2 import CausalEngine

pytest.importorskip("gguf")

# CTranslate2's sliding window is exact only for prompts that fit into it; the output may be longer
PROMPTS = ("Fog lay over the river", checkpoints.RUSSIAN[0][:30], "A new bridge: 12 kilometres")


@pytest.fixture(scope="module")
def model() -> Any:
    return gemma.build_model(len(gemma.pieces()[0]))


@pytest.fixture(scope="module")
def file(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gemma.write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", model)


@pytest.fixture(scope="module")
def weights(file: Path) -> gguf.GemmaWeights:
    return gguf.read_gguf(file)


def convert(weights: gguf.GemmaWeights, folder: Path) -> Path:
    folder.mkdir()
    gguf.convert(weights, folder, quantization="float32")
    return folder


@pytest.fixture(scope="module")
def folder(weights: gguf.GemmaWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return convert(weights, tmp_path_factory.mktemp("converted") / "model")


def log_probabilities(model: Any, ids: list[int]) -> np.ndarray[Any, Any]:
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids])).logits[0]
    return torch.log_softmax(logits, dim=-1).numpy()


def greedy(model: Any, ids: list[int], count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        found.append(int(log_probabilities(model, ids + found)[-1].argmax()))
    return found


class TestReadGguf:
    def test_tensors_and_settings(self, weights: gguf.GemmaWeights, model: Any) -> None:
        for name, expected in gemma.tensors(model).items():
            assert weights.tensors[name].dtype == np.float32
            np.testing.assert_array_equal(weights.tensors[name], expected)
        assert weights.setting("block_count") == gemma.LAYERS
        assert weights.setting("attention.sliding_window") == gemma.WINDOW
        names, scores, types = gemma.pieces()
        assert list(weights.pieces) == names
        assert list(weights.types) == types
        assert list(weights.scores) == pytest.approx(scores)

    def test_other_architecture(self, tmp_path: Path, model: Any) -> None:
        path = gemma.write_gguf(tmp_path / "other.gguf", model, architecture="llama")
        with pytest.raises(PreparationError, match="llama, not gemma3"):
            gguf.read_gguf(path)

    def test_no_gguf_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "letter.gguf"
        path.write_bytes(b"Dear reader, this is a letter. " * 9)
        with pytest.raises(PreparationError, match="not a usable GGUF file"):
            gguf.read_gguf(path)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(PreparationError, match=r"nowhere\.gguf"):
            gguf.read_gguf(tmp_path / "nowhere.gguf")

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
    def test_cut_off(self, tmp_path: Path, file: Path, share: float) -> None:
        path = tmp_path / "cut.gguf"
        whole = file.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(PreparationError):
            gguf.read_gguf(path)


class TestMergeAdapter:
    def test_equals_reference(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        adapter = gemma.adapter_weights(model)
        merged = gguf.merge_adapter(weights, gemma.write_adapter(tmp_path, adapter))
        reference = copy.deepcopy(model)
        gemma.merge_into(reference, adapter, scale=8 / 4)
        for name, expected in gemma.tensors(reference).items():
            np.testing.assert_allclose(merged.tensors[name], expected, atol=1e-6)
        # the argument stays as it was
        np.testing.assert_array_equal(
            weights.tensors["blk.0.attn_q.weight"], gemma.tensors(model)["blk.0.attn_q.weight"]
        )

    def test_rank_stabilised(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        adapter = gemma.adapter_weights(model)
        folder = gemma.write_adapter(tmp_path, adapter, use_rslora=True)
        merged = gguf.merge_adapter(weights, folder)
        reference = copy.deepcopy(model)
        gemma.merge_into(reference, adapter, scale=8 / 2)
        name = "blk.3.ffn_down.weight"
        np.testing.assert_allclose(merged.tensors[name], gemma.tensors(reference)[name], atol=1e-6)

    def test_shape_does_not_fit(
        self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any
    ) -> None:
        adapter = gemma.adapter_weights(model)
        name = next(name for name in adapter if ".lora_A." in name)
        adapter[name] = np.zeros((4, gemma.WIDTH + 1), dtype=np.float16)
        folder = gemma.write_adapter(tmp_path, adapter)
        with pytest.raises(PreparationError, match="does not fit"):
            gguf.merge_adapter(weights, folder)

    def test_half_of_a_pair_is_missing(
        self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any
    ) -> None:
        adapter = gemma.adapter_weights(model)
        del adapter[next(name for name in adapter if ".lora_B." in name)]
        folder = gemma.write_adapter(tmp_path, adapter)
        with pytest.raises(PreparationError, match="does not fit"):
            gguf.merge_adapter(weights, folder)

    def test_too_many_layers(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        adapter = {
            name.replace("layers.0.", "layers.70."): value
            for name, value in gemma.adapter_weights(model).items()
        }
        folder = gemma.write_adapter(tmp_path, adapter)
        with pytest.raises(PreparationError, match="does not fit"):
            gguf.merge_adapter(weights, folder)

    def test_unsupported_module(self, tmp_path: Path, weights: gguf.GemmaWeights) -> None:
        name = "base_model.model.model.embed_tokens.lora_A.weight"
        adapter = {name: np.zeros((4, gemma.WIDTH), dtype=np.float32)}
        folder = gemma.write_adapter(tmp_path, adapter)
        with pytest.raises(PreparationError, match="not supported"):
            gguf.merge_adapter(weights, folder)

    @pytest.mark.parametrize("config", [{"peft_type": "IA3"}, {"bias": "all"}])
    def test_other_kinds(
        self, tmp_path: Path, weights: gguf.GemmaWeights, config: dict[str, str]
    ) -> None:
        folder = gemma.write_adapter(tmp_path, {}, **config)
        with pytest.raises(PreparationError, match="not plain LoRA"):
            gguf.merge_adapter(weights, folder)

    def test_damaged(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        folder = gemma.write_adapter(tmp_path, gemma.adapter_weights(model))
        path = folder / "adapter_model.safetensors"
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(PreparationError, match="cannot be read"):
            gguf.merge_adapter(weights, folder)

    def test_settings_are_missing(
        self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any
    ) -> None:
        folder = gemma.write_adapter(tmp_path, gemma.adapter_weights(model))
        (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}', encoding="utf-8")
        with pytest.raises(PreparationError):
            gguf.merge_adapter(weights, folder)


class TestConvert:
    def test_log_probabilities(self, folder: Path, model: Any) -> None:
        import ctranslate2
        import sentencepiece

        pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        generator = ctranslate2.Generator(str(folder), compute_type="float32", intra_threads=1)
        for prompt in PROMPTS:
            ids = [2, *pieces.encode(prompt)]
            assert len(ids) <= gemma.WINDOW
            (scored,) = generator.score_batch([[pieces.id_to_piece(index) for index in ids]])
            table = log_probabilities(model, ids)
            # row t predicts token t + 1
            expected = [table[at, index] for at, index in enumerate(ids[1:])]
            np.testing.assert_allclose(scored.log_probs, expected, atol=2e-4)

    def test_greedy_continuation(self, folder: Path, model: Any) -> None:
        codec = PromptCodec(
            folder / "tokenizer.model", prompts={"ru-en": "{text}"}, end_tokens=["<eos>"]
        )
        engine = CausalEngine(folder, Hardware("cpu", "float32", 1, 1))
        rows = [codec.encode(prompt, source="ru", target="en") for prompt in PROMPTS]
        # several rows of unlike length at once: padding must not show; and outputs that leave the
        # sliding window behind
        count = 2 * gemma.WINDOW
        found = engine.generate(
            rows, decoding=Decoding(), max_new_tokens=count, end_tokens=codec.end_tokens
        )
        for row, (best,) in zip(rows, found, strict=True):
            expected = codec.to_tokens(greedy(model, codec.to_ids(row.tokens), count))
            assert list(best.tokens) == expected
            assert not best.finished
        engine.close()

    def test_adapter_shows(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        adapter = gemma.adapter_weights(model)
        merged = gguf.merge_adapter(weights, gemma.write_adapter(tmp_path / "adapter", adapter))
        folder = convert(merged, tmp_path / "model")
        reference = copy.deepcopy(model)
        gemma.merge_into(reference, adapter, scale=8 / 4)
        codec = PromptCodec(folder / "tokenizer.model", prompts={"ru-en": "{text}"})
        engine = CausalEngine(folder, Hardware("cpu", "float32", 1, 1))
        row = codec.encode(PROMPTS[2], source="ru", target="en")
        ((best,),) = engine.generate(
            [row], decoding=Decoding(), max_new_tokens=12, end_tokens=codec.end_tokens
        )
        ids = codec.to_ids(row.tokens)
        assert codec.to_ids(best.tokens) == greedy(reference, ids, 12)
        assert codec.to_ids(best.tokens) != greedy(model, ids, 12)

    def test_int8_is_close(self, tmp_path: Path, weights: gguf.GemmaWeights, model: Any) -> None:
        import ctranslate2

        folder = tmp_path / "int8"
        folder.mkdir()
        gguf.convert(weights, folder, quantization="int8")
        generator = ctranslate2.Generator(str(folder), compute_type="int8", intra_threads=1)
        ids = [2, *range(300, 320)]
        tokens = [weights.pieces[index] for index in ids]
        (scored,) = generator.score_batch([tokens])
        table = log_probabilities(model, ids)
        expected = [table[at, index] for at, index in enumerate(ids[1:])]
        assert np.abs(np.array(scored.log_probs) - expected).mean() < 0.2

    @pytest.mark.parametrize("text", [*checkpoints.RUSSIAN[:3], "  two  spaces ", "漢字 and ẞ", ""])
    def test_tokenizer_is_lossless(self, folder: Path, text: str) -> None:
        import sentencepiece

        pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        assert pieces.decode(pieces.encode(text)) == text

    def test_missing_tensor(self, tmp_path: Path, weights: gguf.GemmaWeights) -> None:
        lacking = {k: v for k, v in weights.tensors.items() if k != "blk.2.ffn_up.weight"}
        with pytest.raises(PreparationError, match=r"blk\.2\.ffn_up"):
            gguf.convert(replace(weights, tensors=lacking), tmp_path, quantization="float32")

    def test_missing_setting(self, tmp_path: Path, weights: gguf.GemmaWeights) -> None:
        lacking = {k: v for k, v in weights.settings.items() if "head_count" not in k}
        with pytest.raises(PreparationError, match="head_count"):
            gguf.convert(replace(weights, settings=lacking), tmp_path, quantization="float32")
