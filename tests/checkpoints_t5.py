"""Tiny checkpoints of T5's kinds: outputs scaled or not, output layer tied or not.

Random but large weights, see :mod:`checkpoints_nllb`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import checkpoints
import checkpoints_nllb

PREFIXES = {"en": "<2en>", "vi": "<2vi>"}
# kind: (model_type, feed-forward, as published: tie_word_embeddings, lm_head of its own)
KINDS = {
    "t5-1.0": ("t5", "relu", True, False),
    "t5-1.1": ("t5", "gated-gelu", False, True),
    "t5-1.1-tied": ("t5", "gated-gelu", False, False),
    "mt5": ("mt5", "gated-gelu", False, True),
}


def build(
    folder: Path, *, kind: str = "t5-1.1", name: str = "t5", seed: int = 5, **card: Any
) -> Path:
    """Build a checkpoint; return its folder. ``t5-1.1`` is what MADLAD-400 is."""
    import sentencepiece
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spiece.model"
    checkpoints_nllb.train(
        path,
        size=600,
        model_type="unigram",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        user_defined_symbols=["<2en>", "<2ru>", "<2vi>"],
    )
    count = sentencepiece.SentencePieceProcessor(model_file=str(path)).get_piece_size()
    model_type, feed_forward, tied, own_head = KINDS[kind]
    factory = {"t5": "T5", "mt5": "MT5"}[model_type]
    torch.manual_seed(seed)
    config = getattr(transformers, f"{factory}Config")(
        vocab_size=count + 4,
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
        feed_forward_proj=feed_forward,
        tie_word_embeddings=tied,
        dropout_rate=0.0,
        decoder_start_token_id=0,
    )
    model = getattr(transformers, f"{factory}ForConditionalGeneration")(config).eval()
    checkpoints_nllb.enlarge(model, seed=seed, size=0.12)
    if own_head:
        size = 0.3
        weight = torch.randn(count + 4, 64, generator=torch.Generator().manual_seed(seed)) * size
        model.lm_head.weight = torch.nn.Parameter(weight)
    with torch.no_grad():
        model.lm_head.weight[1] *= 2.0  # so that some outputs end
    model.generation_config.update(decoder_start_token_id=0)
    model.save_pretrained(folder, safe_serialization=True)
    _as_published(folder / "config.json", tied)
    checkpoints.write_card(folder, name, **({"family": "t5", "language_tokens": PREFIXES} | card))
    return folder


def _as_published(path: Path, tied: bool) -> None:
    """Write the configuration as the versions did that the published checkpoints were made with."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config.pop("scale_decoder_outputs", None)
    path.write_text(json.dumps(config | {"tie_word_embeddings": tied}), encoding="utf-8")
