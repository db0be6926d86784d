"""A card for a checkpoint directory that has none, from what its files say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tolmach.catalog.cards import Card, Licence, Origin
from tolmach.errors import ConfigError, ModelError, ModelNotFound
from tolmach.inference.codecs import added_tokens, load_sentencepiece
from tolmach.inference.codecs.pieces import read_json

__all__ = ["FAMILIES", "infer_card"]

FAMILIES: Mapping[str, str] = {
    "marian": "marian",
    "m2m_100": "nllb",
    "t5": "t5",
    "mt5": "t5",
    "bart": "bart",
    "mbart": "mbart",
}
"""Family by the ``model_type`` of a checkpoint's ``config.json``."""

_PAIRS = ("ru-en", "ru-vi", "en-vi")
_CODES: Mapping[str, frozenset[str]] = {
    # zle: East Slavic, a group that OPUS-MT has models for
    "ru": frozenset({"ru", "rus", "zle", "sla"}),
    "en": frozenset({"en", "eng"}),
    "vi": frozenset({"vi", "vie"}),
}
_NLLB = {"ru": "rus_Cyrl", "en": "eng_Latn", "vi": "vie_Latn"}
_MARIAN = {"ru": ">>rus<<", "en": ">>eng<<", "vi": ">>vie<<"}
_MADLAD = {"ru": "<2ru>", "en": "<2en>", "vi": "<2vi>"}

# "* model: transformer-align", "- **Model Type:** Transformer-align"
_GUIDED = re.compile(r"\bmodel(?: type)?:\W*transformer(?:-\w+)*-align\b", re.IGNORECASE)

_EXAMPLE = """{problem}; write {folder}/tolmach-card.yaml, such as:
name: {name}
summary: our own model
family: {family}
origin: {{path: .}}
licence: {{name: unknown, commercial: false}}
pairs: [ru-en]  # [ru-ru] for a model that summarises Russian"""


def infer_card(folder: Path) -> Card:
    """Return a card for a directory with a checkpoint.

    The family follows from ``model_type``, the directions from language codes in the tokenizer's
    files. The licence is unknown, so commercial use is not taken for granted; nor is it that the
    attention of a Marian model is a word alignment, unless a README of OPUS-MT says so.

    Raises:
        ModelNotFound: there is no checkpoint in the directory.
        ConfigError: family or directions cannot be told; the message says which card to write.
        ModelError: a file is damaged.
    """
    if not (folder / "config.json").is_file():
        raise ModelNotFound(
            f"{folder} is a directory without a card (tolmach-card.yaml) and without a checkpoint "
            "(config.json)"
        )
    config = read_json(folder / "config.json")
    kind = str(config.get("model_type", "")) if isinstance(config, dict) else ""
    family = FAMILIES.get(kind)
    if family is None:
        known = ", ".join(FAMILIES)
        problem = f"{folder} has a checkpoint of the kind {kind or 'nothing'!r}, known are {known}"
        raise ConfigError(_example(problem, folder, "marian"))
    # a summary model does not say its language, nor that it summarises
    pairs, tokens = _INFER[family](folder) if family in _INFER else ((), None)
    if not pairs:
        problem = f"{folder} does not say which languages its {family} model translates"
        raise ConfigError(_example(problem, folder, family))
    return Card.model_validate(
        {
            "name": _name(folder),
            "summary": f"{family} checkpoint without a card",
            "family": family,
            "origin": Origin(path=str(folder.resolve())),
            "licence": Licence(name="unknown", commercial=False),
            "pairs": pairs,
            "language_tokens": tokens,
            "alignment": family == "marian" and _is_guided(folder),
        }
    )


def _is_guided(folder: Path) -> bool:
    """Tell whether the README of OPUS-MT lies beside a checkpoint and names an aligned model."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return _GUIDED.search(text) is not None


def _name(folder: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", folder.resolve().name).lstrip("._-") or "checkpoint"


def _example(problem: str, folder: Path, family: str) -> str:
    return _EXAMPLE.format(problem=problem, folder=folder, family=family, name=_name(folder))


_Found = tuple[Sequence[str], Mapping[str, str] | None]


def _spoken(tokens: Mapping[str, str], vocabulary: Any, *, sources: bool) -> _Found:
    """Return the pairs whose tokens are in a vocabulary, and those tokens."""
    known = {language: token for language, token in tokens.items() if token in vocabulary}
    pairs = [pair for pair in _PAIRS if pair[3:] in known and (not sources or pair[:2] in known)]
    used = {code for pair in pairs for code in (pair.split("-") if sources else [pair[3:]])}
    return pairs, {language: token for language, token in known.items() if language in used}


def _nllb(folder: Path) -> _Found:
    count = load_sentencepiece(folder / "sentencepiece.bpe.model").get_piece_size()
    return _spoken(_NLLB, added_tokens(folder, pieces=count + 1), sources=True)


def _t5(folder: Path) -> _Found:
    model = load_sentencepiece(folder / "spiece.model")
    pieces = {model.id_to_piece(index) for index in range(model.get_piece_size())}
    return _spoken(_MADLAD, pieces | set(added_tokens(folder, pieces=len(pieces))), sources=False)


def _marian(folder: Path) -> _Found:
    path = folder / "tokenizer_config.json"
    settings = read_json(path) if path.is_file() else {}
    if not isinstance(settings, dict):
        raise ModelError(f"{path} cannot be used: it is no mapping")
    source, target = (
        {code for code, names in _CODES.items() if str(settings.get(key, "")) in names}
        for key in ("source_lang", "target_lang")
    )
    vocabulary = read_json(folder / "vocab.json")
    # the vocabulary of a model for several targets is surer than a single target_lang
    pairs, tokens = _spoken(_MARIAN, vocabulary, sources=False)
    pairs = pairs or [f"{one}-{other}" for one in source for other in target]
    return [pair for pair in pairs if pair in _PAIRS and pair[:2] in source], tokens or None


_INFER = {"marian": _marian, "nllb": _nllb, "t5": _t5}
