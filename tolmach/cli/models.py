"""``tolmach models``: which models there are, making them ready, checking and removing them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing

import yaml

from tolmach.catalog.cards import Card, load_card, shipped_cards
from tolmach.catalog.choice import availability
from tolmach.catalog.licences import is_commercial, members
from tolmach.catalog.loading import load_model, storage_type
from tolmach.catalog.removal import prepared_folders, remove_download, remove_prepared
from tolmach.catalog.store import ModelStore, Report, open_store
from tolmach.cli.codes import DONE, SOME_FAILED
from tolmach.cli.progress import display_for
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.config.schema import build
from tolmach.errors import ModelError, ModelNotFound

__all__ = ["models"]


def models(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: a card or the run settings are wrong.
        ModelError: there is no such model, or one that was named alone is not to be had.
    """
    if options.action == "show":
        return _show(load_card(options.name))
    if options.action == "licences":
        return _licences(shipped_cards(), as_json=options.json)
    settings = _settings(options)
    store = open_store(settings, offline=getattr(options, "offline", False))
    if options.action == "list":
        return _list(store, settings)
    if options.action == "prepare":
        return _prepare(load_card(options.name), store, settings)
    if options.action == "pull":
        return _pull(options, store, settings)
    if options.action == "shortlist":
        from tolmach.cli.shortlist import shortlist

        return shortlist(options, store, settings)
    if options.action == "check":
        return _check(options.names, store, settings)
    return _remove(options, store)


def _settings(options: argparse.Namespace) -> RunSettings:
    if options.action == "list":
        return RunSettings()
    settings = load_run_settings(options.config)
    if not getattr(options, "licences", None):
        return settings
    values = settings.model_dump(exclude_unset=True) | {"licences": options.licences}
    return build(RunSettings, values, where="command line")


def _list(store: ModelStore, settings: RunSettings) -> int:
    quantization = storage_type(settings)
    rows = []
    for card in shipped_cards():
        found = availability(card, store, quantization=quantization)
        rows.append(
            (
                card.name,
                " ".join(card.pairs),
                card.licence.name + ("" if is_commercial(card) else " (not commercial)"),
                ("yes: " if found.usable else "no: ") + found.reason,
                card.summary,
            )
        )
    _print_table(("model", "directions", "licence", "available", "what it is"), rows)
    print(f"cache: {store.root}")
    return DONE


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 200).print(table, markup=False)


def _show(card: Card) -> int:
    content = card.model_dump(mode="json", exclude_defaults=True)
    print(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100), end="")
    return DONE


def _licences(cards: Sequence[Card], *, as_json: bool) -> int:
    rows = [
        {
            "model": card.name,
            "licence": card.licence.name,
            "url": card.licence.url,
            "commercial": is_commercial(card),
            "attribution": card.licence.attribution,
        }
        for card in cards
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    texts = [
        [value if isinstance(value, str) else "yes" if value else "no" for value in row.values()]
        for row in rows
    ]
    _print_table(("model", "licence", "url", "commercial", "attribution"), texts)
    return DONE


def _prepare(card: Card, store: ModelStore, settings: RunSettings) -> int:
    with display_for(quiet=False) as display:
        for part in members(card):
            print(_make_ready(part, store, settings, display.preparing))
    return DONE


def _make_ready(card: Card, store: ModelStore, settings: RunSettings, report: Report) -> str:
    quantization = storage_type(settings)
    folder = store.prepare(card, quantization=quantization, report=report)
    return f"{card.name} is ready: {folder}"


def _pull(options: argparse.Namespace, store: ModelStore, settings: RunSettings) -> int:
    # before the first is downloaded, which may take long
    cards = [part for name in options.names for part in members(load_card(name))]
    cards = list({card.name: card for card in cards}.values())
    failed = False
    with display_for(quiet=False) as display:
        for card in cards:
            try:
                for line in _pull_one(card, store, settings, display.preparing, options.update):
                    print(line, flush=True)
            except ModelError as error:
                if len(cards) == 1:
                    raise
                failed = True
                print(f"tolmach: {error}", file=sys.stderr)
    return SOME_FAILED if failed else DONE


def _pull_one(
    card: Card, store: ModelStore, settings: RunSettings, report: Report, update: bool
) -> list[str]:
    said = []
    if card.origin.repository:
        # of a model that was prepared, the downloaded files are not needed any more
        quantization = storage_type(settings)
        if (
            update
            or store.is_downloaded(card)
            or not store.is_prepared(card, quantization=quantization)
        ):
            before = store.locked(card)
            complete = store.is_downloaded(card)
            now = store.pull(card, report=lambda what, done: report(what, done / 2), update=update)
            what = f"{len(now.files)} files, {now.size / 1e6:.1f} MB, commit {now.commit[:10]}"
            if before and before.commit != now.commit:
                what += f", before {before.commit[:10]}"
            state = "was complete already" if complete and before == now else "is downloaded"
            said.append(f"{card.name} {state}: {what}")
    said.append(_make_ready(card, store, settings, report))
    return said


def _check(names: Sequence[str], store: ModelStore, settings: RunSettings) -> int:
    cards = [part for name in names for part in members(load_card(name))]
    if not names:
        cards = [card for card in shipped_cards() if _is_here(card, store, settings)]
    if not cards:
        print("no model is downloaded or prepared here")
    failed = False
    for card in {card.name: card for card in cards}.values():
        try:
            print(f"{card.name}: {_checked(card, store, settings)}", flush=True)
        except ModelError as error:
            failed = True
            print(f"{card.name}: FAILED: {error}", flush=True)
    return SOME_FAILED if failed else DONE


def _is_here(card: Card, store: ModelStore, settings: RunSettings) -> bool:
    if card.chain:
        return False  # its members are checked
    manifest = store.manifest(card, quantization=storage_type(settings))
    return manifest is not None or store.is_downloaded(card)


def _checked(card: Card, store: ModelStore, settings: RunSettings) -> str:
    found = store.check(card, quantization=storage_type(settings))
    if store.manifest(card, quantization=storage_type(settings)) is None:
        return f"ok: {found}; not prepared, so not tried out"
    from tolmach.catalog import canary

    with closing(load_model(card, settings=settings, store=store)) as model:
        canary.check(model, card)
    return f"ok: {found}, loads and translates"


def _remove(options: argparse.Namespace, store: ModelStore) -> int:
    found = [(name, _card_for_removal(name, store)) for name in options.names]
    for name, card in found:
        label = card.name if card else name
        said = []
        freed = remove_prepared(store, label)
        if freed:
            said.append(f"prepared forms ({freed / 1e6:.1f} MB)")
        if options.downloads and card:
            freed = remove_download(card)
            if freed:
                said.append(f"{card.origin.repository} in the hub cache ({freed / 1e6:.1f} MB)")
        if options.lock and card and card.origin.repository:
            origin = card.origin
            if store.lock.forget(origin.repository, origin.revision):
                said.append("entry in the lock file")
        print(f"{label}: " + (f"removed: {', '.join(said)}" if said else "nothing to remove"))
        if card and not options.downloads and store.is_downloaded(card):
            print(f"{label}: the download is still there; --downloads removes it too")
    return DONE


def _card_for_removal(name: str, store: ModelStore) -> Card | None:
    """Return the card; None for a model whose card has gone but whose prepared form is here.

    Raises:
        ModelNotFound: neither is there.
    """
    try:
        return load_card(name)
    except ModelNotFound:
        if prepared_folders(store, name):
            return None
        raise
