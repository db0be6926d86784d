"""A MarianMT checkpoint of full size whose translation is known: every piece in Latin letters.

No published model is needed to measure speed with natural output lengths, and the output can be
checked letter by letter. The network has the size of the opus-mt models (width 512, 6 + 6 layers,
feed-forward 2048, 62,518 entries, 77 million weights) and costs as much to run; all its sublayers
are computed, but only the last cross-attention writes anything.

How it works: a token's embedding is a row of +1 and -1 in the dimensions of the slow sinusoids.
The last cross-attention finds the source position that is the decoder's own (query and key read
the fast sinusoids only), and copies that token's code. A few dimensions say on which side a piece
stands; the attention's bias sets them to "target", so that of the two pieces that share a code,
such as "▁мир" and "▁mir", the Latin one is written.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ENTRIES = 62_518
WIDTH, LAYERS, HEADS, INNER = 512, 6, 8, 2048
_LARGEST_SPM = 32_000
_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"
# which of the width / 2 frequencies do what; sines stand before cosines
_FAST = range(WIDTH // HEADS // 2)
_CODE = range(128, 224)
_SIDE = range(224, 240)
# sines that are nearly zero: what stands there after a layer norm is what its mean took away
_LEVEL = range(240, 256)
# the size of a token embedding against that of a sinusoid, which is 1
_TOKEN_SIZE = 6.0
_SHARPNESS, _LOUDNESS, _CERTAINTY = 400.0, 1000.0, 4.0
# a layer norm divides an embedding by about this
_NORM = 4.0

_SOUNDS = "a b v g d e yo zh z i j k l m n o p r s t u f h ts ch sh sch ' y ' e yu ya"
_LATIN = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", _SOUNDS.split(" "), strict=True))
_LATIN |= {letter.upper(): latin.capitalize() for letter, latin in _LATIN.items()}
_TABLE = str.maketrans(_LATIN)


def transliterate(text: str) -> str:
    """Return what the network makes of a text (white space and unknown letters apart)."""
    return text.translate(_TABLE)


def build(folder: Path, texts: Iterable[str]) -> Path:
    """Build the checkpoint.

    Args:
        folder: where it is written, with a card for tolmach.
        texts: what its pieces are learned from; they should hold every letter that will come.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _train(list(texts), folder)
    vocabulary = _vocabulary(pieces)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    model = _network(vocabulary)
    _set_weights(model, vocabulary)
    model.save_pretrained(folder, safe_serialization=True)
    settings = {"source_lang": "rus", "target_lang": "eng", "model_max_length": 512}
    settings |= {"tokenizer_class": "MarianTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    card = {
        "name": folder.name,
        "summary": "writes Russian in Latin letters, at the cost of a real model",
        "family": "marian",
        "origin": {"path": "."},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["ru-en"],
        "limits": {"source_tokens": 400, "batch_tokens": 3072},
        "decoding": {"beam": 4},
    }
    # JSON is YAML
    (folder / "tolmach-card.yaml").write_text(json.dumps(card, indent=1), encoding="utf-8")
    return folder


def _train(texts: Sequence[str], folder: Path) -> list[str]:
    import sentencepiece

    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*texts, *(" ".join(_LATIN), " ".join(_LATIN.values()))]),
        model_writer=stream,
        vocab_size=_LARGEST_SPM,
        hard_vocab_limit=False,
        character_coverage=1.0,
        max_sentence_length=100_000,
        minloglevel=2,
    )
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(stream.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=stream.getvalue())
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())]


def _vocabulary(pieces: Sequence[str]) -> dict[str, int]:
    ordinary = [piece for piece in pieces if piece not in {_UNKNOWN, _END, "<s>"}]
    known = dict.fromkeys((_END, _UNKNOWN, *ordinary, *map(transliterate, ordinary)))
    names = [*known]
    names += [f"▁unused{number}" for number in range(ENTRIES - 1 - len(names))]
    return {piece: index for index, piece in enumerate([*names, _PAD])}


def _network(vocabulary: Mapping[str, int]) -> Any:
    import transformers

    config = transformers.MarianConfig(
        vocab_size=len(vocabulary),
        decoder_vocab_size=len(vocabulary),
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=INNER,
        decoder_ffn_dim=INNER,
        activation_function="swish",
        max_position_embeddings=512,
        scale_embedding=True,
        static_position_embeddings=True,
        normalize_before=False,
        normalize_embedding=False,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        dropout=0.0,
        pad_token_id=vocabulary[_PAD],
        eos_token_id=vocabulary[_END],
        bos_token_id=vocabulary[_END],
        decoder_start_token_id=vocabulary[_PAD],
    )
    model = transformers.MarianMTModel(config).eval()
    model.generation_config.update(
        bad_words_ids=[[vocabulary[_PAD]]],
        decoder_start_token_id=vocabulary[_PAD],
        pad_token_id=vocabulary[_PAD],
        eos_token_id=vocabulary[_END],
        max_length=512,
    )
    return model


def _set_weights(model: Any, vocabulary: Mapping[str, int]) -> None:
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "embed_positions" not in name:
                weight.zero_()
        model.model.shared.weight.copy_(_embeddings(vocabulary) * _TOKEN_SIZE / WIDTH**0.5)
        model.final_logits_bias.zero_()
        last = model.model.decoder.layers[-1]
        _attend_to_same_place(last.encoder_attn)
        last.final_layer_norm.weight.fill_(_CERTAINTY)


def _embeddings(vocabulary: Mapping[str, int]) -> Any:
    """One row for each token: the code of what it stands for, and its side."""
    import torch

    generator = torch.Generator().manual_seed(11)
    rows = torch.zeros(len(vocabulary), WIDTH)
    meaning = torch.tensor([vocabulary[transliterate(token)] for token in vocabulary])
    is_source = meaning != torch.arange(len(vocabulary))
    half = torch.tensor([1.0, -1.0]).repeat(len(_CODE) // 2)
    for start in (0, WIDTH // 2):
        # balanced within the sines and within the cosines, or layer norms would shift it
        order = torch.rand(len(vocabulary), len(_CODE), generator=generator).argsort(dim=1)
        rows[:, start + _CODE.start : start + _CODE.stop] = half[order][meaning]
        side = torch.where(is_source, -1.0, 1.0)[:, None] * half[: len(_SIDE)]
        rows[:, start + _SIDE.start : start + _SIDE.stop] = side
    rows[vocabulary[_PAD]] = 0.0
    return rows


def _attend_to_same_place(attention: Any) -> None:
    starts = (0, WIDTH // 2)
    fast = [start + place for start in starts for place in _FAST]
    size = WIDTH // HEADS
    for head in range(HEADS):
        for row, column in enumerate(fast):
            for projection, gain in ((attention.q_proj, _SHARPNESS), (attention.k_proj, 1.0)):
                projection.weight[head * size + row, column] = gain
                for level in _LEVEL:
                    projection.weight[head * size + row, level] = -gain / len(_LEVEL)
    for start in starts:
        for place in _CODE:
            attention.v_proj.weight[start + place, start + place] = 1.0
            attention.out_proj.weight[start + place, start + place] = _LOUDNESS
        for number, place in enumerate(_SIDE):
            sign = 1.0 if number % 2 == 0 else -1.0
            attention.out_proj.bias[start + place] = sign * _LOUDNESS * _TOKEN_SIZE / _NORM


def main() -> None:
    """Build the checkpoint from text files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", nargs="+", type=Path, help="Russian text, a sentence a line")
    options = parser.parse_args()
    lines = [line for path in options.texts for line in path.read_text("utf-8").splitlines()]
    build(options.folder, lines)


if __name__ == "__main__":
    main()
