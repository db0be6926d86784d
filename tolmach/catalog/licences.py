"""Licences of models: which may be used for what, and in what words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tolmach.catalog.cards import Card, load_card
from tolmach.errors import TolmachError

__all__ = ["Policy", "is_commercial", "members", "objection"]

Policy = Literal["any", "commercial"]
"""Which models may be used: any, or only those whose licence allows commercial use."""


def members(card: Card, *, load: Callable[[str], Card] = load_card) -> tuple[Card, ...]:
    """Return the models that are run for a card: itself, or the members of a chain.

    Args:
        card: the model.
        load: how the cards of members are found.

    Raises:
        ConfigError: the card of a member is wrong.
        ModelNotFound: there is no such card.
    """
    found: dict[str, Card] = {}
    _collect(card, found, set(), load)
    return tuple(found.values())


def _collect(
    card: Card, found: dict[str, Card], seen: set[str], load: Callable[[str], Card]
) -> None:
    if card.name in seen:
        return
    seen.add(card.name)
    for name in card.chain:
        _collect(load(name), found, seen, load)
    if not card.chain:
        found[card.name] = card


def is_commercial(card: Card) -> bool:
    """Tell whether a model may be used commercially; a chain only if all its members may."""
    return objection(card, "commercial") == ""


def objection(card: Card, policy: Policy) -> str:
    """Return why a policy forbids a model; empty if it does not.

    A chain that has a member which cannot be looked up is not taken for commercial.
    """
    if policy == "any":
        return ""
    try:
        others = [other for other in members(card) if other.name != card.name]
    except TolmachError as error:
        return f"its licence cannot be told: {error}"
    for part in (card, *others):
        if not part.licence.commercial:
            whose = "its licence" if part is card else f"the licence of its member {part.name}"
            return f"{whose} ({part.licence.name}) does not allow commercial use"
    return ""
