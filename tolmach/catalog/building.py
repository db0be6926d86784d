"""From a card and a folder to the parts of a model: its codec, its fast engine, the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tolmach.catalog.cards import Card
from tolmach.config.hardware import Hardware
from tolmach.inference.base import Codec, Engine, TextModel
from tolmach.inference.codecs import (
    BartCodec,
    MarianCodec,
    MBartCodec,
    NllbCodec,
    PromptCodec,
    T5Codec,
    VocabularyCodec,
)

__all__ = ["codec_for", "fast_engine", "text_model", "vocabulary_codec"]


def codec_for(card: Card, folder: Path) -> Codec:
    """Load the codec of a model.

    Args:
        card: the model.
        folder: the checkpoint, or the converted model.

    Raises:
        ModelError: the tokenizer's files are missing, damaged, or do not fit the card.
    """
    if card.family == "prompt":
        condensing = {f"{language}-{language}": text for language, text in card.summaries.items()}
        return PromptCodec(
            folder / "tokenizer.model",
            prompts=card.prompts | condensing,
            end_tokens=card.end_tokens,
        )
    return vocabulary_codec(card, folder)


def vocabulary_codec(card: Card, folder: Path) -> VocabularyCodec:
    """Load the codec of an encoder-decoder model; see :func:`codec_for`."""
    if card.family == "nllb":
        return NllbCodec(folder, language_tokens=card.language_tokens or {})
    if card.family == "t5":
        return T5Codec(folder, language_tokens=card.language_tokens)
    if card.family == "mbart":
        return MBartCodec(folder, language_tokens=card.language_tokens or {})
    if card.family == "bart":
        return BartCodec(folder)
    return MarianCodec(
        folder, language_tokens=card.language_tokens, normalise_punctuation=card.normalises
    )


def fast_engine(card: Card, folder: Path, hardware: Hardware, *, shortlist: bool = False) -> Engine:
    """Load a converted model into CTranslate2; see :mod:`tolmach.inference.ct2`.

    Raises:
        ModelError: it cannot be loaded.
    """
    from tolmach.inference.ct2 import CausalEngine, Seq2SeqEngine

    if card.family == "t5":
        hardware = replace(hardware, precision=_t5_precision(hardware))
    if card.family == "prompt":
        return CausalEngine(folder, hardware)
    return Seq2SeqEngine(folder, hardware, shortlist=shortlist)


def _t5_precision(hardware: Hardware) -> str:
    """Return a precision in which T5 does not overflow, as it does in float16."""
    if "float16" not in hardware.precision.replace("bfloat16", ""):
        return hardware.precision
    import ctranslate2

    better = hardware.precision.replace("float16", "bfloat16")
    if better in ctranslate2.get_supported_compute_types(hardware.device):
        return better
    return hardware.precision.replace("float16", "float32")


def text_model(card: Card, codec: Codec, engine: Engine, *, commit: str = "") -> TextModel:
    """Put a model together as its card says.

    Args:
        card: the model.
        codec: text to tokens and back.
        engine: runs the network.
        commit: of its repository, if that is known better than the card does.
    """
    details = {"revision": commit or card.origin.revision}
    if card.origin.adapter or card.origin.package:
        details["weights"] = card.fingerprint()
    if card.normalises:
        details["punctuation"] = "normalised"
    return TextModel(
        name=card.name,
        codec=codec,
        engine=engine,
        decoding=card.decoding,
        pairs=card.directions,
        max_source_tokens=card.limits.source_tokens,
        context_tokens=card.limits.context_tokens,
        max_output_tokens=card.limits.output_tokens,
        batch_tokens=card.limits.batch_tokens,
        draft=card.quality == "draft",
        names_in_source=card.names_in_source,
        alignment=card.alignment,
        examples=MappingProxyType(
            {language: text.replace("{text}", " ") for language, text in card.summaries.items()}
        ),
        details=MappingProxyType(details),
    )
