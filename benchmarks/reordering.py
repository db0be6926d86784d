"""A MarianMT checkpoint that translates word by word and writes the words in another order.

Its attention is of the guided kind: the first head of the last decoder layer's cross-attention
looks at the word that is being translated, the other heads at everything alike. So it is known by
construction which words became which, in any size: as small as tests need it, or as large as the
opus-mt models, to measure costs.

Sentences have a word of each class, in any order; translations have them in the order of the
classes. Every word is two pieces. How it works: a token's embedding says its class, its identity,
which it shares with its translation, and the side it stands on, all in dimensions in which the
sinusoids of positions hardly change. The query of the first head asks for the class after that of
the last token, the key says the class, the value carries the identity, and a bias says "target".
Rows of a Hadamard matrix stand for the classes, so that they do not disturb each other.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SMALL", "USUAL", "Grammar", "Size", "build", "make_up"]

_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"
# the size of a token embedding against that of a sinusoid, which is 1
_TOKEN_SIZE = 6.0
_SHARPNESS, _LOUDNESS, _CERTAINTY = 4.0, 30.0, 2.0
# a layer norm divides an embedding by about this
_NORM = 3.0
# dimensions of a class and of an identity
_CODE, _IDENTITY = 32, 48


@dataclass(frozen=True)
class Size:
    """What a checkpoint costs: those of the opus-mt models, or next to nothing."""

    width: int
    layers: int
    heads: int
    inner: int
    entries: int


SMALL = Size(width=256, layers=2, heads=4, inner=256, entries=0)
USUAL = Size(width=512, layers=6, heads=8, inner=2048, entries=62_518)


@dataclass(frozen=True)
class Grammar:
    """What a checkpoint knows.

    Attributes:
        classes: of words, each with the target word by source word, in the order of the target.
    """

    classes: tuple[Mapping[str, str], ...]

    def sentence(self, chance: random.Random) -> list[str]:
        """Return a word of each class, in any order."""
        chosen = [chance.choice([*words]) for words in self.classes]
        return chance.sample(chosen, len(chosen))

    def translate(self, sentence: Sequence[str]) -> list[str]:
        """Return the words of the translation."""
        return [words[word] for words in self.classes for word in sentence if word in words]


def make_up(classes: int, each: int, *, seed: int = 5) -> Grammar:
    """Make up Russian-looking and English-looking words that sound unlike."""
    chance = random.Random(seed)

    def distinct(*letters: str) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < classes * each:
            found["".join(map(chance.choice, letters))] = None
        return [*found]

    def words(consonants: str, vowels: str) -> list[str]:
        # no half twice, so that each piece means one thing
        first = distinct(consonants, vowels, consonants)
        second = distinct(vowels, consonants, vowels)
        return [one + other for one, other in zip(first, second, strict=True)]

    pairs = [*zip(words("бвгдзклмнп", "аоуыи"), words("fhjqrstwxc", "aeo"), strict=True)]
    return Grammar(tuple(dict(pairs[start::classes]) for start in range(classes)))


def build(folder: Path, grammar: Grammar, *, size: Size = SMALL, **card: Any) -> Path:
    """Build the checkpoint.

    Args:
        folder: where it is written, with a card for tolmach.
        grammar: what it knows.
        size: of the network.
        card: keys of the card that are to be different.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meaning = _meanings(grammar)
    _train([*meaning, *meaning.values()], folder)
    vocabulary = _vocabulary(meaning, size)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    model = _network(vocabulary, size)
    _set_weights(model, _embeddings(vocabulary, meaning, _places(grammar), size), size)
    model.save_pretrained(folder, safe_serialization=True)
    settings = {"source_lang": "rus", "target_lang": "eng", "model_max_length": 512}
    settings |= {"tokenizer_class": "MarianTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    content = {
        "name": folder.name,
        "summary": "writes known words in another order",
        "family": "marian",
        "origin": {"path": "."},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["ru-en"],
        "canary": {},
        "language_tokens": {},
        "alignment": True,
        "limits": {"source_tokens": 400, "batch_tokens": 3072},
        "decoding": {"beam": 1},
    }
    # JSON is YAML
    (folder / "tolmach-card.yaml").write_text(json.dumps(content | card, indent=1), "utf-8")
    return folder


def _halves(word: str) -> tuple[str, str]:
    middle = (len(word) + 1) // 2
    return f"▁{word[:middle]}", word[middle:]


def _meanings(grammar: Grammar) -> dict[str, str]:
    """Return the target's piece for each piece of the source."""
    return {
        piece: other
        for words in grammar.classes
        for word, translation in words.items()
        for piece, other in zip(_halves(word), _halves(translation), strict=True)
    }


def _places(grammar: Grammar) -> dict[str, int]:
    """Return the class of each piece of either side."""
    found: dict[str, int] = {}
    for number, words in enumerate(grammar.classes):
        for word in (*words, *words.values()):
            first, second = _halves(word)
            found |= {first: 2 * number, second: 2 * number + 1}
    last = 2 * len(grammar.classes)
    return found | {".": last, _END: last + 1}


def _train(pieces: Sequence[str], folder: Path) -> None:
    """Write a model of nothing but these pieces and single letters."""
    import sentencepiece

    stream = io.BytesIO()
    text = [piece.replace("▁", " ") + " ." for piece in pieces]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text),
        model_writer=stream,
        model_type="char",
        user_defined_symbols=list(dict.fromkeys(pieces)),
        vocab_size=len(set(pieces)) + len(set("".join(text))) + 8,
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(stream.getvalue())


def _vocabulary(meaning: Mapping[str, str], size: Size) -> dict[str, int]:
    letters = sorted(set("".join([*meaning, *meaning.values()])))
    known = dict.fromkeys((_END, _UNKNOWN, ".", *meaning, *meaning.values(), *letters))
    names = [*known]
    names += [f"▁unused{number}" for number in range(size.entries - 1 - len(names))]
    return {piece: index for index, piece in enumerate([*names, _PAD])}


def _network(vocabulary: Mapping[str, int], size: Size) -> Any:
    import transformers

    config = transformers.MarianConfig(
        vocab_size=len(vocabulary),
        decoder_vocab_size=len(vocabulary),
        d_model=size.width,
        encoder_layers=size.layers,
        decoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.inner,
        decoder_ffn_dim=size.inner,
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


def _class_dimensions(size: Size) -> slice:
    """Slow sines: about zero at every position."""
    return slice(size.width // 4, size.width // 4 + _CODE)


def _identity_dimensions(size: Size) -> slice:
    """Slow cosines: about one at every position, so what stands there has a sum of zero."""
    return slice(size.width * 3 // 4, size.width * 3 // 4 + _IDENTITY)


def _side_dimensions(size: Size) -> slice:
    end = _identity_dimensions(size).stop
    return slice(end, end + 8)


def _hadamard() -> Any:
    """Return rows of +1 and -1, at right angles; each but the first has a sum of zero."""
    import torch

    rows = torch.ones(1, 1)
    while len(rows) < _CODE:
        rows = torch.cat([torch.cat([rows, rows], 1), torch.cat([rows, -rows], 1)])
    return rows


def _embeddings(
    vocabulary: Mapping[str, int],
    meaning: Mapping[str, str],
    places: Mapping[str, int],
    size: Size,
) -> Any:
    """One row for each token: its class, its identity, its side."""
    import torch

    chance = random.Random(11)
    rows = torch.zeros(len(vocabulary), size.width)
    classes = _hadamard()[1:]
    half = [1.0, -1.0] * (_IDENTITY // 2)
    identities: dict[str, list[float]] = {}
    for token, index in vocabulary.items():
        if token == _PAD:
            continue
        if token in places:
            rows[index, _class_dimensions(size)] = classes[places[token]]
        fresh = chance.sample(half, len(half))
        identity = identities.setdefault(meaning.get(token, token), fresh)
        rows[index, _identity_dimensions(size)] = torch.tensor(identity)
        side = torch.tensor([1.0, -1.0] * 4)
        rows[index, _side_dimensions(size)] = -side if token in meaning else side
    return rows


def _set_weights(model: Any, embeddings: Any, size: Size) -> None:
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "embed_positions" not in name:
                weight.zero_()
        model.model.shared.weight.copy_(embeddings * _TOKEN_SIZE / size.width**0.5)
        model.final_logits_bias.zero_()
        last = model.model.decoder.layers[-1]
        last.final_layer_norm.weight.fill_(_CERTAINTY)
        attention = last.encoder_attn
        read, carried = _class_dimensions(size), _identity_dimensions(size)
        classes = _hadamard()[1:]
        # from each class to the next one
        following = classes[1:].T @ classes[:-1] / _CODE
        first = slice(0, _CODE)  # of the first head
        attention.q_proj.weight[first, read] = following * _SHARPNESS
        # what begins the output has no class: it is the first that is asked for then
        attention.q_proj.bias[first] = classes[0] * _SHARPNESS
        attention.k_proj.weight[first, read] = torch.eye(_CODE)
        first = slice(0, _IDENTITY)
        attention.v_proj.weight[first, carried] = torch.eye(_IDENTITY)
        attention.out_proj.weight[carried, first] = torch.eye(_IDENTITY) * _LOUDNESS
        side = torch.tensor([1.0, -1.0] * 4)
        attention.out_proj.bias[_side_dimensions(size)] = side * _LOUDNESS * _TOKEN_SIZE / _NORM
