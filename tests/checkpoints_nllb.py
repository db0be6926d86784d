"""A tiny checkpoint in the layout of NLLB-200: M2M100 weights, BPE pieces, language codes.

Its weights are random but large, so that it is sure of what it writes: the output means nothing,
depends on every token, and two engines that agree on it compute the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import checkpoints

CODES = {"ru": "rus_Cyrl", "en": "eng_Latn", "vi": "vie_Latn"}
# the published order is alphabetical, too
LANGUAGES = ("eng_Latn", "fra_Latn", "rus_Cyrl", "vie_Latn")
PIECES = 700
MADE_UP = 3


def train(path: Path, *, size: int = PIECES, **options: Any) -> None:
    """Train a SentencePiece model on the sentences of all three languages."""
    import io

    import sentencepiece

    model = io.BytesIO()
    settings: dict[str, Any] = {"vocab_size": size, "character_coverage": 1.0, "num_threads": 1}
    settings |= {"hard_vocab_limit": False, "minloglevel": 2, "model_type": "bpe"}
    sentences = (*checkpoints.RUSSIAN, *checkpoints.ENGLISH, *checkpoints.VIETNAMESE)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter((*sentences, *checkpoints.ALPHABET)),
        model_writer=model,
        **(settings | options),
    )
    path.write_bytes(model.getvalue())


def enlarge(model: Any, *, seed: int, size: float) -> None:
    """Add noise to every weight, so that the network is sure of what it writes."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "embed_positions" not in name:
                weight.add_(torch.randn(weight.shape, generator=generator) * size)


def build(folder: Path, *, name: str = "nllb", seed: int = 3, **card: Any) -> Path:
    """Build the checkpoint; return its folder."""
    import sentencepiece
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    train(folder / "sentencepiece.bpe.model")
    path = str(folder / "sentencepiece.bpe.model")
    first = sentencepiece.SentencePieceProcessor(model_file=path).get_piece_size() + 1
    settings = {
        "tokenizer_class": "NllbTokenizer",
        "added_tokens_decoder": {
            str(first + place): {"content": token, "special": True, "normalized": False}
            for place, token in enumerate((*LANGUAGES, "<mask>"))
        },
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    torch.manual_seed(seed)
    config = transformers.M2M100Config(
        vocab_size=first + len(LANGUAGES) + 1 + MADE_UP,
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_position_embeddings=256,
        scale_embedding=True,
        dropout=0.0,
        decoder_start_token_id=2,
    )
    model = transformers.M2M100ForConditionalGeneration(config).eval()
    enlarge(model, seed=seed, size=0.3)
    with torch.no_grad():
        model.lm_head.weight[2] *= 4.0  # so that some outputs end
    model.generation_config.update(decoder_start_token_id=2, forced_bos_token_id=None)
    model.save_pretrained(folder, safe_serialization=True)
    checkpoints.write_card(folder, name, **({"family": "nllb", "language_tokens": CODES} | card))
    return folder
