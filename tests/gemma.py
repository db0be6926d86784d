"""A tiny Gemma 3 in GGUF, with the same weights in ``transformers``, and a LoRA adapter for it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import checkpoints
import numpy as np

LAYERS, WIDTH, HEADS, HEAD, WINDOW = 7, 32, 2, 16, 24
_INNER = 64
_RANK, _ALPHA = 4, 8
# positions of the special pieces, as Gemma has them
_SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>", "\n")
_CONTROL, _UNKNOWN, _USER, _BYTE, _NORMAL = 3, 2, 4, 6, 1
_MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}


def pieces() -> tuple[list[str], list[float], list[int]]:
    """Return pieces, scores and types of a BPE vocabulary with byte fallback."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(checkpoints.RUSSIAN + checkpoints.ENGLISH),
        model_writer=model,
        model_type="bpe",
        vocab_size=500,
        character_coverage=1.0,
        byte_fallback=True,
        add_dummy_prefix=False,
        normalization_rule_name="identity",
        user_defined_symbols=["\n"],
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        num_threads=1,
        minloglevel=2,
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    count = trained.get_piece_size()
    types = []
    for index in range(count):
        if trained.is_unknown(index):
            types.append(_UNKNOWN)
        elif trained.is_control(index):
            types.append(_CONTROL)
        elif trained.is_byte(index):
            types.append(_BYTE)
        else:
            types.append(_USER if trained.id_to_piece(index) == "\n" else _NORMAL)
    return (
        [trained.id_to_piece(index) for index in range(count)],
        [trained.get_score(index) for index in range(count)],
        types,
    )


def build_model(vocabulary: int, *, seed: int = 5) -> Any:
    """Return ``transformers``' Gemma 3 with random weights, float32."""
    import torch
    import transformers

    config = transformers.Gemma3TextConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=_INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=1,
        head_dim=HEAD,
        query_pre_attn_scalar=HEAD,
        sliding_window=WINDOW,
        max_position_embeddings=512,
        attn_implementation="eager",
    )
    model = transformers.Gemma3ForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # norms multiply by 1 + w
            size = 0.2 if weight.dim() == 1 else 0.25
            weight.copy_(torch.randn(weight.shape, generator=generator) * size)
            if "embed_tokens" in name:
                weight.mul_(0.5)
    return model


def tensors(model: Any) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Return the weights under their GGUF names."""
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    found = {
        "token_embd.weight": state["model.embed_tokens.weight"],
        "output_norm.weight": 1 + state["model.norm.weight"],
    }
    for layer in range(LAYERS):
        before = f"model.layers.{layer}"
        for module, name in _MODULES.items():
            found[f"blk.{layer}.{name}.weight"] = state[f"{before}.{module}.weight"]
        for norm, name in _NORMS.items():
            found[f"blk.{layer}.{name}.weight"] = 1 + state[f"{before}.{norm}.weight"]
    return found


def write_gguf(path: Path, model: Any, *, architecture: str = "gemma3") -> Path:
    """Write a model as GGUF in float32."""
    import gguf

    names, scores, types = pieces()
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_sliding_window(WINDOW)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    for name, tensor in tensors(model).items():
        writer.add_tensor(name, np.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def adapter_weights(model: Any, *, seed: int = 9) -> dict[str, np.ndarray[Any, Any]]:
    """Return a random adapter for every projection, under PEFT's names."""
    generator = np.random.default_rng(seed)
    state = model.state_dict()
    found = {}
    for layer in range(LAYERS):
        for module in _MODULES:
            rows, columns = state[f"model.layers.{layer}.{module}.weight"].shape
            name = f"base_model.model.model.layers.{layer}.{module}"
            down = generator.normal(0, 0.2, (_RANK, columns)).astype(np.float16)
            up = generator.normal(0, 0.2, (rows, _RANK)).astype(np.float16)
            found[f"{name}.lora_A.weight"], found[f"{name}.lora_B.weight"] = down, up
    return found


def write_adapter(folder: Path, weights: dict[str, np.ndarray[Any, Any]], **config: Any) -> Path:
    """Write an adapter in PEFT's format; ``config`` replaces settings."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    settings = {"peft_type": "LORA", "r": _RANK, "lora_alpha": _ALPHA, "bias": "none"} | config
    (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    save_file(weights, folder / "adapter_model.safetensors")
    return folder


def merge_into(model: Any, weights: dict[str, np.ndarray[Any, Any]], *, scale: float) -> None:
    """Add an adapter to a model in place, in plain numpy."""
    import torch

    state = model.state_dict()
    with torch.no_grad():
        for name, down in weights.items():
            if ".lora_A." not in name:
                continue
            up = weights[name.replace(".lora_A.", ".lora_B.")].astype(np.float64)
            target = name.removeprefix("base_model.model.").replace(".lora_A.", ".")
            delta = scale * (up @ down.astype(np.float64))
            state[target].add_(torch.from_numpy(delta.astype(np.float32)))
