"""From a card to a loaded model: the place where codec and engine are put together."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from tolmach.catalog.cards import Card
from tolmach.catalog.store import ModelStore, Report
from tolmach.config.run import RunSettings, usable_cores
from tolmach.errors import ConfigError
from tolmach.inference.base import Codec, Engine, TextModel
from tolmach.inference.codecs import MarianCodec, PromptCodec

__all__ = ["load_model", "storage_type"]


def storage_type(settings: RunSettings) -> str:
    """Return the type in which weights are stored for these settings."""
    precision = settings.resolved_precision(settings.resolved_device())
    return "int8" if precision.startswith("int8") else precision


def load_model(
    card: Card,
    *,
    settings: RunSettings,
    store: ModelStore,
    report: Report | None = None,
) -> TextModel:
    """Load a model, preparing it first if need be.

    Args:
        card: the model.
        settings: device, engine and precision.
        store: where prepared models lie.
        report: told about the progress of preparing.

    Raises:
        ConfigError: the engine cannot run this family of models.
        ModelError: it cannot be prepared or loaded.
    """
    if settings.engine == "torch":
        if card.family != "marian":
            raise ConfigError(
                f"model {card.name} runs on CTranslate2 only; leave out engine: torch"
            )
        folder = store.source_folder(card, report)
        codec = _codec(card, folder)
        engine = _torch_engine(folder, codec, settings)
    else:
        folder = store.prepare(card, quantization=storage_type(settings), report=report)
        codec = _codec(card, folder)
        engine = _ct2_engine(card, folder, settings)
    return _model(card, codec, engine)


def _model(card: Card, codec: Codec, engine: Engine) -> TextModel:
    details = {"revision": card.origin.revision}
    if card.origin.adapter or card.origin.package:
        details["weights"] = card.fingerprint()
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
        examples=MappingProxyType(
            {language: text.replace("{text}", " ") for language, text in card.summaries.items()}
        ),
        details=MappingProxyType(details),
    )


def _codec(card: Card, folder: Path) -> Codec:
    if card.family == "prompt":
        condensing = {f"{language}-{language}": text for language, text in card.summaries.items()}
        return PromptCodec(
            folder / "tokenizer.model",
            prompts=card.prompts | condensing,
            end_tokens=card.end_tokens,
        )
    return MarianCodec(folder, language_tokens=card.language_tokens)


def _ct2_engine(card: Card, folder: Path, settings: RunSettings) -> Engine:
    from tolmach.inference.ct2 import CausalEngine, Seq2SeqEngine

    device = settings.resolved_device()
    factory = CausalEngine if card.family == "prompt" else Seq2SeqEngine
    return factory(
        folder,
        device=device,
        precision=settings.resolved_precision(device),
        threads=settings.threads or usable_cores(),
    )


def _torch_engine(folder: Path, codec: Codec, settings: RunSettings) -> Engine:
    from tolmach.inference.torch import TorchSeq2SeqEngine

    device = settings.resolved_device()
    return TorchSeq2SeqEngine(
        folder, codec=codec, device=device, precision=settings.resolved_precision(device)
    )
