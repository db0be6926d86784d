"""What will decide a model's output, known before the model is loaded.

A translation memory and a journal ask whether a text was translated before by the same model in
the same way. Loading the model to find out would cost more than the answer saves, so the
signature here is made of the card, the run settings and what lies in the cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

from tolmach import __version__
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.choice import Choice, choose
from tolmach.catalog.loading import storage_type
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.inference.base import Decoding
from tolmach.inference.ct2 import SHORTLIST

__all__ = ["Plan", "plan_model", "planned_signature", "signature_key", "sought"]

# of a card: what says how text is read, searched for and written. The weights have a fingerprint
_DECIDING: Mapping[str, Any] = MappingProxyType(
    {
        "prompts": True,
        "end_tokens": True,
        "language_tokens": True,
        "normalise_punctuation": True,
        "names_in_source": True,
        "unsure_below": True,
        "limits": {"source_tokens", "context_tokens", "output_tokens"},
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The model that will translate a direction.

    Attributes:
        choice: its card, why it is available, and what was passed over for it.
        signature: what will decide its output, see :func:`planned_signature`.
    """

    choice: Choice
    signature: Mapping[str, str]

    @property
    def card(self) -> Card:
        """The card of the model."""
        return self.choice.card

    @property
    def key(self) -> str:
        """A short hash of the signature."""
        return signature_key(self.signature)


def plan_model(
    preferences: Sequence[str],
    *,
    source: str,
    target: str,
    settings: RunSettings,
    store: ModelStore,
) -> Plan:
    """Choose a model as a run will, without loading it.

    Args:
        preferences: names of models, best first.
        source: language code.
        target: language code.
        settings: device, engine, precision and search.
        store: where prepared models lie.

    Raises:
        ConfigError: a card is wrong, or CUDA was asked for in vain.
        ModelNotFound: none is available.
    """
    choice = choose(
        preferences, source=source, target=target, store=store, quantization=storage_type(settings)
    )
    return Plan(choice, planned_signature(choice.card, settings=settings, store=store))


def planned_signature(card: Card, *, settings: RunSettings, store: ModelStore) -> Mapping[str, str]:
    """Return all that will decide the output of a model: the same signature, the same output.

    How texts are batched does not belong to it. Of a model that has never been downloaded the
    commit is not known yet: ask again once it is loaded.

    Args:
        card: the model, or a chain.
        settings: device, engine, precision and search.
        store: where prepared models and the lock file lie.

    Raises:
        ConfigError: CUDA was asked for and there is none.
        ModelNotFound: a member of a chain has no card.
        PreparationError: the lock file is damaged.
    """
    parts = {"model": card.name, "tolmach": __version__}
    if card.chain:
        for number, name in enumerate(card.chain, start=1):
            member = planned_signature(load_card(name), settings=settings, store=store)
            parts |= {f"{number}.{key}": value for key, value in member.items()}
        return MappingProxyType(parts)
    device = settings.resolved_device()
    locked = store.locked(card)
    parts |= {
        "revision": locked.commit if locked else card.origin.revision,
        "weights": card.fingerprint(),
        "card": _deciding_hash(card),
        "engine": _engine(settings.engine),
        "device": device,
        "precision": settings.resolved_precision(device),
        "decoding": sought(card, settings).signature(),
        "caps": f"{card.decoding.max_length_ratio:g}x+{card.decoding.max_length_extra}",
    }
    if settings.shortlist and settings.engine == "ctranslate2":
        parts["shortlist"] = _shortlist_hash(card, settings, store)
    return MappingProxyType(parts)


def sought(card: Card, settings: RunSettings) -> Decoding:
    """Return how the output is searched for: as the card says, or greedily with ``fast``."""
    return card.decoding.model_copy(update={"beam": 1}) if settings.fast else card.decoding


def signature_key(signature: Mapping[str, str]) -> str:
    """Return a short hash of a signature, 16 hexadecimal digits."""
    text = json.dumps(dict(signature), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _deciding_hash(card: Card) -> str:
    content = card.model_dump(mode="json", include=dict(_DECIDING))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]


def _engine(name: str) -> str:
    # without importing them, which takes a second
    packages = ("transformers", "torch") if name == "torch" else ("ctranslate2",)
    return ", ".join(f"{package} {_version(package)}" for package in packages)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _shortlist_hash(card: Card, settings: RunSettings, store: ModelStore) -> str:
    path = store.folder(card, quantization=storage_type(settings)) / SHORTLIST
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    except OSError:
        return "none"
