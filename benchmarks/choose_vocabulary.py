"""Choose the pieces that the embedded model keeps, and write ``models/embedded/vocabulary.txt.gz``.

Usage: ``python benchmarks/choose_vocabulary.py --size 72000`` (needs ``pip install wordfreq``).

What a piece is worth is how often it is needed: the words of wordfreq 3.1.1 (Speer 2022,
doi:10.5281/zenodo.7199437; Apache 2.0, data CC BY-SA 4.0) for Russian, English and Vietnamese, in
the spellings a text has them in, are cut by the whole vocabulary, and each piece gets the sum of
its words' frequencies; where ``../shared/data/adapter-pairs`` exists, its sentences count as well.
The best pieces of each language are taken until the size is reached, on top of what is always
kept: bytes and controls, the card's prompts, every single character of the Latin and Cyrillic
alphabets and of punctuation, short Latin pieces (any name can be spelled), and every Vietnamese
syllable. Only the names of pieces get into the file, no word and no frequency.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.catalog.cards import Card, load_card  # noqa: E402
from tolmach.catalog.pruning import close_merges, write_pieces  # noqa: E402
from tolmach.catalog.store import ModelStore  # noqa: E402
from tolmach.inference.codecs import load_sentencepiece  # noqa: E402

PAIRS = ROOT.parent / "shared" / "data" / "adapter-pairs"
LANGUAGES = ("ru", "en", "vi")
# words of wordfreq that count; the tail is typing errors and other languages
WORDS = {"ru": 200_000, "en": 200_000, "vi": 20_000}
# a word may stand as " word", " Word", "word", "Word", " WORD"; those without a space before them
# are mostly parts of other words and of program text where the vocabulary was trained
SPELLINGS = (1.0, 1.0, 0.2, 0.2, 1.0)
# the share of the sentences in what a piece is worth, the rest is the words'
SENTENCES = 0.2
CONTROLS = ("<pad>", "<eos>", "<bos>", "<unk>", "\n", "\n\n", "\n\n\n", "\t")

ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
RIMES = """
a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây e ec em
en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om
on ong oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh
ui um un ung uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyt uyu uơ ư ưa ưc ưi ưng
ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêt yêu
"""
TONES = (
    "",
    "\N{COMBINING GRAVE ACCENT}",
    "\N{COMBINING ACUTE ACCENT}",
    "\N{COMBINING HOOK ABOVE}",
    "\N{COMBINING TILDE}",
    "\N{COMBINING DOT BELOW}",
)


def syllables() -> Iterator[str]:
    """Every Vietnamese syllable that the spelling allows, and some that it does not."""
    for onset, rime, tone in product(["", *ONSETS.split()], RIMES.split(), TONES):
        vowels = [place for place, letter in enumerate(rime) if letter in "aăâeêioôơuưy"]
        # the tone may stand on any vowel letter: hoà and hòa are both written
        for place in vowels if tone else vowels[:1]:
            marked = f"{rime[: place + 1]}{tone}{rime[place + 1 :]}"
            yield onset + unicodedata.normalize("NFC", marked)


def spellings(word: str) -> tuple[str, str, str, str, str]:
    """A word in the ways that :data:`SPELLINGS` counts."""
    capital = word[:1].upper() + word[1:]
    return f" {word}", f" {capital}", word, capital, f" {word.upper()}"


def word_values(processor: Any, language: str) -> Counter[str]:
    """What pieces are worth by the words of a language; the sum is about the pieces per word."""
    frequencies: Mapping[str, float] = import_module("wordfreq").get_frequency_dict(
        language, wordlist="best"
    )
    words = sorted(frequencies, key=lambda word: (-frequencies[word], word))[: WORDS[language]]
    values: Counter[str] = Counter()
    for word in words:
        if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", word):
            continue
        cuts = processor.encode(list(spellings(word)), out_type=str)
        shares = [
            prior * _probability(processor, pieces)
            for prior, pieces in zip(SPELLINGS, cuts, strict=True)
        ]
        for share, pieces in zip(shares, cuts, strict=True):
            for piece in pieces:
                values[piece] += share / sum(shares) * frequencies[word]
    return values


def _probability(processor: Any, pieces: Sequence[str]) -> float:
    # the lists are in lower case; which spelling is the usual one (a name, an abbreviation) shows
    # in how early BPE learnt its pieces: by Zipf's law the k-th is seen about 1 / (k ln n) times
    ranks = (1 - processor.get_score(processor.piece_to_id(piece)) for piece in pieces)
    return math.prod(1 / (rank * math.log(processor.get_piece_size())) for rank in ranks)


def sentence_values(processor: Any, language: str) -> Counter[str]:
    """What pieces are worth by the sentences, if there are any; the sum is 1."""
    counts: Counter[str] = Counter()
    for path in sorted(PAIRS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line).get(language)
            if text:
                counts.update(processor.encode(f" {text}", out_type=str))
    total = sum(counts.values())
    return Counter({piece: count / total for piece, count in counts.items()})


def is_always_kept(piece: str) -> bool:
    """Tell whether any text may need this piece: characters and short Latin pieces."""
    bare = piece.lstrip("▁")
    if len(piece) == 1:
        name = unicodedata.name(piece, "")
        script = name.startswith(("LATIN", "CYRILLIC", "COMBINING"))
        return piece == "▁" or script or unicodedata.category(piece)[0] in "PS" or piece < "\x80"
    return re.fullmatch(r"[A-Za-z][a-z]?", bare) is not None


def choose(processor: Any, card: Card, size: int) -> frozenset[str]:
    """The pieces to keep: ``size`` of them at most, unless those always kept are more."""
    ids = range(processor.get_piece_size())
    every = {processor.id_to_piece(index): processor.get_score(index) for index in ids}
    bytes_ = {f"<0x{byte:02X}>" for byte in range(256)}
    controls = {processor.id_to_piece(i) for i in ids if processor.is_control(i)}
    plain = {piece: score for piece, score in every.items() if piece not in bytes_ | controls}
    fixed = {piece for piece in (*CONTROLS, *card.end_tokens) if piece in every} | bytes_
    plain = {piece: score for piece, score in plain.items() if piece not in fixed}
    kept = set(close_merges(filter(is_always_kept, plain), plain))
    for prompt in (*card.prompts.values(), *card.summaries.values()):
        pieces = processor.encode(prompt.replace("{text}", " "), out_type=str)
        kept |= close_merges((piece for piece in pieces if piece in plain), plain)
    syllable_forms = (form.replace(" ", "▁") for word in syllables() for form in spellings(word))
    kept |= close_merges((form for form in syllable_forms if form in plain), plain)
    print(f"always kept: {len(kept) + len(fixed):,}")
    for piece in _ranked(processor):
        if piece in plain and piece not in kept:
            added = close_merges([piece], plain) - kept
            if len(kept) + len(added) + len(fixed) > size:
                break
            kept |= added
    return frozenset(kept | fixed)


def _ranked(processor: Any) -> list[str]:
    # a piece is worth what it is to the language that needs it most
    best: dict[str, float] = {}
    for language in LANGUAGES:
        words, sentences = word_values(processor, language), sentence_values(processor, language)
        for piece in words.keys() | sentences.keys():
            value = (1 - SENTENCES) * words[piece] + SENTENCES * sentences[piece]
            best[piece] = max(best.get(piece, 0.0), value)
    return sorted(best, key=lambda piece: (-best[piece], piece))


def notes(size: int) -> Iterable[str]:
    """Where the list comes from, for its head."""
    yield "Pieces of the vocabulary of Gemma 3 that Russian, English and Vietnamese need."
    yield f"Made by benchmarks/choose_vocabulary.py --size {size}; see there for the method."
    yield f"Ranked with wordfreq {version('wordfreq')} (Apache 2.0, data CC BY-SA 4.0)."


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the list."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=72_000, help="how many pieces")
    parser.add_argument("--card", default="embedded", help="the model")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "models" / "embedded" / "vocabulary.txt.gz"
    )
    options = parser.parse_args(arguments)
    card = load_card(options.card)
    whole = card.model_copy(update={"origin": card.origin.model_copy(update={"vocabulary": ""})})
    folder = ModelStore().prepare(whole, quantization="int8")
    pieces = choose(load_sentencepiece(folder / "tokenizer.model"), card, options.size)
    write_pieces(options.output, pieces, notes=tuple(notes(options.size)))
    print(f"{len(pieces):,} pieces, {options.output.stat().st_size:,} bytes: {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
