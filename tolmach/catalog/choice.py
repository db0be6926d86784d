"""Which model to use: the first of a list of preference that is available, and why."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.licences import members, objection
from tolmach.catalog.store import ModelStore
from tolmach.catalog.transfer import authorization
from tolmach.errors import ModelNotFound

__all__ = ["Choice", "availability", "choose"]

# long enough for a slow line, short enough not to be noticed where there is none
_HUB_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen model.

    Attributes:
        card: the model.
        reason: why it is available.
        passed_over: for each model that was preferred but not available, the reason.
    """

    card: Card
    reason: str
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a model can be used here, and the reason either way."""

    usable: bool
    reason: str


def availability(card: Card, store: ModelStore, *, quantization: str) -> Availability:
    """Tell whether a model can be used, without preparing or downloading it.

    Asks the model hub only if nothing on this machine decides it.

    Raises:
        PreparationError: the lock file is damaged.
    """
    forbidden = objection(card, store.licences)
    if forbidden:
        return Availability(False, forbidden)
    for part in members(card):
        if part.name != card.name:  # of a chain, all members are needed
            found = availability(part, store, quantization=quantization)
            if not found.usable:
                return Availability(False, f"its member {part.name}: {found.reason}")
    if card.chain:
        return Availability(True, "all its members are available")
    if store.is_prepared(card, quantization=quantization):
        return Availability(True, "prepared in the cache")
    if card.origin.package:
        if store.has_package(card):
            return Availability(True, f"package {card.origin.package} is installed")
        return Availability(False, f"package {card.origin.package} is not installed")
    if card.origin.path:
        if (Path(card.origin.path) / "config.json").is_file():
            return Availability(True, f"checkpoint in {card.origin.path}")
        return Availability(False, f"no checkpoint in {card.origin.path}")
    if store.is_downloaded(card):
        return Availability(True, "downloaded before")
    if store.offline:
        return Availability(False, "not in the cache, and offline")
    return _ask_hub(card)


def _ask_hub(card: Card) -> Availability:
    from huggingface_hub import constants

    url = f"{constants.ENDPOINT}/api/models/{card.origin.repository}"
    # with HF_TOKEN, so that a private repository is not taken for a missing one
    request = urllib.request.Request(url, method="HEAD", headers=authorization())
    try:
        with urllib.request.urlopen(request, timeout=_HUB_TIMEOUT_SECONDS):
            return Availability(True, f"will be downloaded ({card.origin.size_mb} MB)")
    except urllib.error.HTTPError as error:
        reason = f"not in the cache, and the model hub answers {error.code}"
        if error.code in {401, 403}:
            reason += " (private, gated or missing: set HF_TOKEN)"
        return Availability(False, reason)
    except (OSError, ValueError, HTTPException):
        return Availability(False, "not in the cache, and the model hub cannot be reached")


def choose(
    preferences: Sequence[str],
    *,
    source: str,
    target: str,
    store: ModelStore,
    quantization: str,
) -> Choice:
    """Take the first model that covers a direction and is available.

    Args:
        preferences: names of models, best first.
        source: language code.
        target: language code.
        store: where prepared models lie.
        quantization: storage type that will be wanted.

    Raises:
        ConfigError: a card is wrong.
        ModelNotFound: none is available; the message says why for each, and what to do.
    """
    passed: list[str] = []
    for name in preferences:
        card = load_card(name)
        if (source, target) not in card.directions:
            passed.append(f"{card.name}: does not translate {source} to {target}")
            continue
        found = availability(card, store, quantization=quantization)
        if found.usable:
            return Choice(card, found.reason, tuple(passed))
        passed.append(f"{card.name}: {found.reason}")
    reasons = "\n  ".join(passed) or "no model was asked for"
    raise ModelNotFound(
        f"no model for {source} to {target} is available:\n  {reasons}\n"
        "Install the embedded one with: pip install 'tolmach[embedded]', "
        "or name another with --model"
    )
