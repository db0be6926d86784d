"""From a Gemma 3 checkpoint in GGUF and a LoRA adapter to a CTranslate2 model, without torch.

The file is read with the ``gguf`` package, the adapter is merged (W + alpha / r * B A, Hu et al.
2021, arXiv:2106.09685), and the weights are put into CTranslate2's public model specification.
The SentencePiece model is rebuilt from the pieces and scores that GGUF carries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tolmach.errors import PreparationError

__all__ = ["GemmaWeights", "convert", "merge_adapter", "read_gguf"]

Array = np.ndarray[Any, np.dtype[np.float32]]
Report = Callable[[str, float], None]

# PEFT's module names and the tensor names that GGUF uses for them
_MODULES: Mapping[str, str] = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
# Gemma 3 (arXiv:2503.19786): every sixth layer attends globally, with its own rotary base
_GLOBAL_EVERY = 6
_LOCAL_ROTARY_BASE = 10_000.0


@dataclass(frozen=True)
class GemmaWeights:
    """A Gemma 3 checkpoint in memory.

    Attributes:
        tensors: float32 weights by GGUF name; matrices are ``(out, in)``.
        settings: GGUF's scalar fields, such as ``gemma3.block_count``.
        pieces: the vocabulary.
        scores: SentencePiece score of each piece.
        types: SentencePiece type of each piece.
    """

    tensors: Mapping[str, Array]
    settings: Mapping[str, Any]
    pieces: Sequence[str]
    scores: Sequence[float]
    types: Sequence[int]

    def setting(self, name: str) -> Any:
        """Return a field of the architecture, such as ``"block_count"``."""
        return self.settings[f"gemma3.{name}"]


def read_gguf(path: Path) -> GemmaWeights:
    """Read and dequantise a GGUF file.

    Raises:
        PreparationError: it is no GGUF file with a Gemma 3 model, or ``gguf`` is missing.
    """
    reader, dequantize = _open(path)
    settings = {
        name: field.contents()
        for name, field in reader.fields.items()
        if not name.startswith("tokenizer.ggml.") or name.endswith("_id")
    }
    if settings.get("general.architecture") != "gemma3":
        raise PreparationError(f"{path} holds {settings.get('general.architecture')}, not gemma3")
    tensors = {
        # writable, because the converter quantises in place; the mapped file is not
        tensor.name: np.require(
            dequantize(tensor.data, tensor.tensor_type), dtype=np.float32, requirements="W"
        )
        for tensor in reader.tensors
    }
    try:
        pieces, scores, types = (
            reader.fields[f"tokenizer.ggml.{name}"].contents()
            for name in ("tokens", "scores", "token_type")
        )
    except KeyError as error:
        raise PreparationError(f"{path} lacks {error}") from error
    return GemmaWeights(tensors, settings, pieces=pieces, scores=scores, types=types)


def _open(path: Path) -> tuple[Any, Any]:
    """Return a reader for the file and what dequantises its tensors."""
    try:
        from gguf import GGUFReader
        from gguf.quants import dequantize
    except ImportError as error:
        raise PreparationError("the package gguf is missing; install tolmach[embedded]") from error
    try:
        return GGUFReader(str(path)), dequantize
    except (OSError, ValueError, IndexError) as error:
        raise PreparationError(f"{path} is not a usable GGUF file: {error}") from error


def merge_adapter(weights: GemmaWeights, folder: Path) -> GemmaWeights:
    """Return the weights with a LoRA adapter merged into them.

    Args:
        weights: the base model.
        folder: PEFT's ``adapter_config.json`` and ``adapter_model.safetensors``.

    Raises:
        PreparationError: the adapter does not fit the base model or is not plain LoRA.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        adapter = load_file(folder / "adapter_model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise PreparationError(f"the adapter in {folder} cannot be read: {error}") from error
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise PreparationError(f"the adapter in {folder} is not plain LoRA without biases")
    try:
        rank = config["r"] ** 0.5 if config.get("use_rslora") else config["r"]
        scale = config["lora_alpha"] / rank
    except KeyError as error:
        raise PreparationError(f"the adapter in {folder} does not say its {error}") from error
    merged = dict(weights.tensors)
    for name, down in adapter.items():
        if not name.endswith(".lora_A.weight"):
            continue
        target = _tensor_name(name)
        up = adapter.get(name.replace(".lora_A.", ".lora_B."))
        base = merged.get(target)
        if up is None or base is None or base.shape != (up.shape[0], down.shape[1]):
            raise PreparationError(f"the adapter's {name} does not fit the base model")
        delta = up.astype(np.float32) @ down.astype(np.float32)
        merged[target] = base + np.float32(scale) * delta
    return GemmaWeights(merged, weights.settings, weights.pieces, weights.scores, weights.types)


def _tensor_name(name: str) -> str:
    # base_model.model.model.layers.<layer>.<block>.<module>.lora_A.weight
    parts = name.split(".")
    try:
        layer = parts[parts.index("layers") + 1]
        return f"blk.{int(layer)}.{_MODULES[parts[-3]]}.weight"
    except (ValueError, KeyError, IndexError):
        raise PreparationError(f"the adapter changes {name}, which is not supported") from None


def convert(weights: GemmaWeights, folder: Path, *, quantization: str) -> None:
    """Write a CTranslate2 model and its SentencePiece model.

    Args:
        weights: the model, adapter merged; matrices are quantised where they lie in memory, so
            it cannot be used afterwards.
        folder: existing directory to write into.
        quantization: storage type such as ``"int8"``.

    Raises:
        PreparationError: the weights do not make a Gemma 3 model.
    """
    try:
        spec = _spec(weights)
        spec.validate()
    except (KeyError, ValueError) as error:
        raise PreparationError(f"the weights do not make a Gemma 3 model: {error}") from error
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    (folder / "tokenizer.model").write_bytes(_sentencepiece(weights))


def _spec(weights: GemmaWeights) -> Any:
    from ctranslate2.specs import TransformerDecoderModelSpec, common_spec

    head = weights.setting("attention.key_length")
    window = weights.setting("attention.sliding_window")
    spec = TransformerDecoderModelSpec.from_config(
        weights.setting("block_count"),
        weights.setting("attention.head_count"),
        pre_norm=True,
        activation=common_spec.Activation.GELUTanh,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=head,
        rotary_interleave=False,
        rotary_base=_LOCAL_ROTARY_BASE,
        num_heads_kv=weights.setting("attention.head_count_kv"),
        head_dim=head,
        sliding_window=window,
        pre_post_layer_norm=True,
        qk_norm=True,
    )
    decoder = spec.decoder
    decoder.scale_embeddings = True
    decoder.start_from_zero_embedding = False
    # input and output embeddings are tied; CTranslate2 stores equal tensors once
    decoder.embeddings.weight = weights.tensors["token_embd.weight"]
    decoder.projection.weight = weights.tensors["token_embd.weight"]
    decoder.layer_norm.gamma = weights.tensors["output_norm.weight"]
    for index, layer in enumerate(decoder.layer):
        everywhere = (index + 1) % _GLOBAL_EVERY == 0
        base = weights.setting("rope.freq_base") if everywhere else _LOCAL_ROTARY_BASE
        layer.self_attention.rotary_base = np.float32(base)
        layer.self_attention.sliding_window = np.int32(0 if everywhere else window)
        _fill_layer(layer, weights.tensors, f"blk.{index}.")
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<bos>", "<eos>", "<unk>"
    spec.config.layer_norm_epsilon = weights.setting("attention.layer_norm_rms_epsilon")
    spec.register_vocabulary(list(weights.pieces))
    return spec


def _fill_layer(layer: Any, tensors: Mapping[str, Array], prefix: str) -> None:
    def tensor(name: str) -> Array:
        return tensors[f"{prefix}{name}.weight"]

    attention = layer.self_attention
    # GGUF stores the norms as 1 + w, which is what the plain RMS norm multiplies by
    layer.input_layer_norm.gamma = tensor("attn_norm")
    layer.post_attention_layer_norm.gamma = tensor("post_attention_norm")
    layer.pre_feedforward_layer_norm.gamma = tensor("ffn_norm")
    layer.post_feedforward_layer_norm.gamma = tensor("post_ffw_norm")
    attention.q_norm.gamma = tensor("attn_q_norm")
    attention.k_norm.gamma = tensor("attn_k_norm")
    attention.linear[0].weight = np.concatenate(
        [tensor("attn_q"), tensor("attn_k"), tensor("attn_v")]
    )
    attention.linear[1].weight = tensor("attn_output")
    layer.ffn.linear_0.weight = tensor("ffn_gate")
    layer.ffn.linear_0_noact.weight = tensor("ffn_up")
    layer.ffn.linear_1.weight = tensor("ffn_down")


def _sentencepiece(weights: GemmaWeights) -> bytes:
    try:
        from sentencepiece import sentencepiece_model_pb2
    except ImportError as error:
        raise PreparationError("protobuf is missing; install tolmach[embedded]") from error
    schema: Any = sentencepiece_model_pb2
    model = schema.ModelProto()
    for text, score, kind in zip(weights.pieces, weights.scores, weights.types, strict=True):
        piece = model.pieces.add()
        piece.piece, piece.score, piece.type = text, float(score), int(kind)
    place = {text: index for index, text in enumerate(weights.pieces)}
    trainer = model.trainer_spec
    trainer.model_type = 2  # BPE
    trainer.byte_fallback = True
    trainer.vocab_size = len(weights.pieces)
    trainer.unk_id, trainer.pad_id = place["<unk>"], place["<pad>"]
    trainer.bos_id, trainer.eos_id = place["<bos>"], place["<eos>"]
    normalizer = model.normalizer_spec
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = False
    normalizer.remove_extra_whitespaces = False
    normalizer.escape_whitespaces = True
    return bytes(model.SerializeToString())
