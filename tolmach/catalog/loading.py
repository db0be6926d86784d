"""From a card to a loaded model, prepared first if need be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tolmach.catalog.building import codec_for, fast_engine, text_model
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.store import ModelStore, Report
from tolmach.catalog.weights import as_safetensors
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, PreparationError
from tolmach.inference.base import ChainModel, Codec, Engine, TextModel

__all__ = ["chain_route", "load_model", "storage_type"]


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
    member: Callable[[str], TextModel] | None = None,
) -> TextModel | ChainModel:
    """Load a model, preparing it first if need be.

    Args:
        card: the model.
        settings: device, engine and precision.
        store: where prepared models lie.
        report: told about the progress of preparing.
        member: for a chain: returns a member by name, so that one that is used alone as well is
            loaded once; by default each is loaded here.

    Returns:
        The model; for the family ``chain`` a :class:`ChainModel` of its members.

    Raises:
        ConfigError: the engine cannot run this family of models, or a chain does not join.
        ModelError: it cannot be prepared or loaded.
    """
    if card.family == "chain":

        def alone(name: str) -> TextModel:
            model = load_model(load_card(name), settings=settings, store=store, report=report)
            if isinstance(model, ChainModel):
                raise ConfigError(f"model {card.name}: its member {name} is a chain itself")
            return model

        return _chain(card, member or alone)
    if settings.engine == "torch":
        if card.family == "prompt":
            raise ConfigError(
                f"model {card.name} runs on CTranslate2 only; leave out engine: torch"
            )
        folder = _with_safetensors(card, store.source_folder(card, report), store)
        codec = codec_for(card, folder)
        engine = _torch_engine(folder, codec, settings)
        return text_model(card, codec, engine, commit=_commit(card, store))
    folder = store.prepare(card, quantization=storage_type(settings), report=report)
    engine = fast_engine(card, folder, settings.hardware(), shortlist=settings.shortlist)
    return text_model(card, codec_for(card, folder), engine, commit=_commit(card, store))


def _commit(card: Card, store: ModelStore) -> str:
    locked = store.locked(card)
    return locked.commit if locked else ""


def chain_route(card: Card) -> tuple[tuple[str, str, str], ...]:
    """Return the members of a chain, each with the language it reads and the one it writes.

    Raises:
        ConfigError: the members do not lead from the source to the target.
        ModelNotFound: a member has no card.
    """
    source, _, target = card.pairs[0].partition("-")
    routes: list[tuple[tuple[str, str, str], ...]] = [()]
    for name in card.chain:
        directions = load_card(name).directions
        routes = [
            (*route, (name, reads, writes))
            for route in routes
            for reads, writes in sorted(directions)
            if reads == (route[-1][2] if route else source) and reads != writes
        ]
    routes = [route for route in routes if route[-1][2] == target]
    if not routes:
        raise ConfigError(
            f"model {card.name}: the chain {', '.join(card.chain)} does not lead from {source} "
            f"to {target}"
        )
    return routes[0]


def _chain(card: Card, member: Callable[[str], TextModel]) -> ChainModel:
    return ChainModel(
        card.name, tuple((member(name), reads, writes) for name, reads, writes in chain_route(card))
    )


def _with_safetensors(card: Card, folder: Path, store: ModelStore) -> Path:
    try:
        return as_safetensors(folder, cache=store.root / "weights")
    except OSError as error:
        raise PreparationError(
            f"model {card.name}: its weights cannot be stored in {store.root}: "
            f"{error.strerror or error}"
        ) from error


def _torch_engine(folder: Path, codec: Codec, settings: RunSettings) -> Engine:
    from tolmach.inference.torch import TorchSeq2SeqEngine

    device = settings.resolved_device()
    # what "auto" means depends on the checkpoint
    wanted = settings.precision if settings.precision == "auto" else None
    return TorchSeq2SeqEngine(
        folder,
        codec=codec,
        device=device,
        precision=wanted or settings.resolved_precision(device),
        spread=settings.spread,
    )
