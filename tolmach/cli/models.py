"""``tolmach models``: which models there are, and making one ready."""

from __future__ import annotations

import argparse
import sys

import yaml

from tolmach.catalog.cards import Card, load_card, shipped_cards
from tolmach.catalog.choice import availability
from tolmach.catalog.loading import storage_type
from tolmach.catalog.store import ModelStore
from tolmach.cli.codes import DONE
from tolmach.cli.progress import display_for
from tolmach.config.run import RunSettings, load_run_settings

__all__ = ["models"]


def models(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if options.action == "show":
        return _show(load_card(options.name))
    settings = load_run_settings(options.config) if options.action == "prepare" else RunSettings()
    store = ModelStore(settings.cache_root(), offline=options.offline or settings.offline)
    if options.action == "prepare":
        return _prepare(load_card(options.name), store, settings)
    return _list(store, settings)


def _list(store: ModelStore, settings: RunSettings) -> int:
    from rich.console import Console
    from rich.table import Table

    quantization = storage_type(settings)
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("model", "directions", "licence", "available", "what it is"):
        table.add_column(heading, overflow="fold")
    for card in shipped_cards():
        found = availability(card, store, quantization=quantization)
        table.add_row(
            card.name,
            " ".join(card.pairs),
            card.licence.name + ("" if card.licence.commercial else " (not commercial)"),
            ("yes: " if found.usable else "no: ") + found.reason,
            card.summary,
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table, markup=False)
    print(f"cache: {store.root}")
    return DONE


def _show(card: Card) -> int:
    content = card.model_dump(mode="json", exclude_defaults=True)
    print(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100), end="")
    return DONE


def _prepare(card: Card, store: ModelStore, settings: RunSettings) -> int:
    quantization = storage_type(settings)
    if store.is_prepared(card, quantization=quantization):
        print(f"{card.name} is ready: {store.folder(card, quantization=quantization)}")
        return DONE
    with display_for(quiet=False) as display:
        folder = store.prepare(card, quantization=quantization, report=display.preparing)
    print(f"{card.name} is ready: {folder}")
    return DONE
