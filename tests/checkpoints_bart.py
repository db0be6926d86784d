"""Tiny checkpoints of BART, mBART-25 and mBART-50; their weights are random but large.

See :mod:`checkpoints_nllb` for what that is good for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import checkpoints
import checkpoints_nllb

CODES = {"ru": "ru_RU", "en": "en_XX", "vi": "vi_VN"}
# in the published order, with languages of ours among them
TWENTY_FIVE = ("ar_AR", "en_XX", "ru_RU", "vi_VN", "zh_CN")
FIFTY = (*TWENTY_FIVE, "uk_UA")


def build(folder: Path, *, name: str = "bart", seed: int = 7, **card: Any) -> Path:
    """Build a BART checkpoint; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _train_bytes(folder)
    card = {"family": "bart", "pairs": ["en-en"], "language_tokens": None} | card
    settings = {
        "vocab_size": len(vocabulary) + 3,
        "normalize_before": False,
        "decoder_start_token_id": 2,
        "forced_bos_token_id": 0,
    }
    _build(folder, "Bart", settings, seed)
    checkpoints.write_card(folder, name, **card)
    return folder


def build_mbart(
    folder: Path, *, name: str = "mbart", seed: int = 5, fifty: bool = False, **card: Any
) -> Path:
    """Build an mBART checkpoint that writes Russian; return its folder."""
    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sentencepiece.bpe.model"
    checkpoints_nllb.train(path, model_type="unigram")
    first = sentencepiece.SentencePieceProcessor(model_file=str(path)).get_piece_size() + 1
    codes = (*(FIFTY if fifty else TWENTY_FIVE), "<mask>")
    added = {code: first + place for place, code in enumerate(codes)}
    decoder = {str(index): {"content": code, "special": True} for code, index in added.items()}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"added_tokens_decoder": decoder}), encoding="utf-8"
    )
    settings = {
        "vocab_size": first + len(codes),
        "scale_embedding": True,
        "decoder_start_token_id": 2 if fifty else added["ru_RU"],
    }
    _build(folder, "MBart", settings, seed)
    pairs = ["ru-ru", "vi-vi"] if fifty else ["ru-ru"]
    made = {"family": "mbart", "pairs": pairs, "language_tokens": CODES}
    checkpoints.write_card(folder, name, **(made | card))
    return folder


def _train_bytes(folder: Path) -> dict[str, int]:
    """Train byte-level pieces and write them as published; return the vocabulary."""
    import tokenizers

    library: Any = tokenizers
    trained = library.ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(
        [*checkpoints.ENGLISH, *checkpoints.ALPHABET],
        vocab_size=420,
        min_frequency=2,
        special_tokens=special,
        show_progress=False,
    )
    trained.save_model(str(folder))
    content: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    content["<mask>"] = len(content)
    (folder / "vocab.json").write_text(json.dumps(content), encoding="utf-8")
    return content


def _build(folder: Path, kind: str, settings: dict[str, Any], seed: int) -> None:
    import torch
    import transformers

    torch.manual_seed(seed)
    config = getattr(transformers, f"{kind}Config")(
        **{
            "d_model": 64,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 128,
            "decoder_ffn_dim": 128,
            "max_position_embeddings": 1024,
            "dropout": 0.0,
            "forced_eos_token_id": 2,
            "pad_token_id": 1,
            "bos_token_id": 0,
            "eos_token_id": 2,
        }
        | settings
    )
    model = getattr(transformers, f"{kind}ForConditionalGeneration")(config).eval()
    checkpoints_nllb.enlarge(model, seed=seed, size=0.45)
    with torch.no_grad():
        # so that some outputs end, and none is padding
        model.final_logits_bias[0, 2] = 2.0
        model.final_logits_bias[0, 1] = -50.0
    model.generation_config.update(
        decoder_start_token_id=config.decoder_start_token_id,
        # what published checkpoints say besides
        forced_eos_token_id=2,
        min_length=12,
        max_length=20,
        no_repeat_ngram_size=3,
        num_beams=4,
        length_penalty=2.0,
    )
    model.save_pretrained(folder, safe_serialization=True)
