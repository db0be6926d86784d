"""``tolmach models shortlist``: learning which target tokens a model needs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.loading import load_model, storage_type
from tolmach.catalog.shortlist import Pair, learn, pairs, write
from tolmach.catalog.store import ModelStore
from tolmach.cli.codes import DONE
from tolmach.cli.progress import Display, display_for
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError
from tolmach.inference.base import TextModel
from tolmach.readers import read_path

__all__ = ["shortlist"]

_SOURCE = "ru"


def shortlist(options: argparse.Namespace, store: ModelStore, settings: RunSettings) -> int:
    """Run the command and return its exit code.

    Raises:
        ConfigError: the model can have no shortlist, or ``--to`` is missing or wrong.
        InputError: a text cannot be read.
        ModelError: the model is not available, or none of the text was translated.
        OutputError: the shortlist cannot be written.
    """
    card = load_card(options.name)
    target = _target(card, options.to)
    lines = list(_lines(options.texts))
    unlisted = settings.model_copy(update={"shortlist": False, "engine": "ctranslate2"})
    with display_for(quiet=False) as display:
        model = load_model(card, settings=unlisted, store=store, report=display.preparing)
        if not isinstance(model, TextModel):
            raise ConfigError(f"model {card.name} is a chain: make shortlists for its members")
        # greedy search finds nearly the same tokens in a fraction of the time
        greedy = replace(model, decoding=model.decoding.model_copy(update={"beam": 1}))
        with greedy:
            learned = list(_counted(greedy, lines, target, display))
    found = learn(learned)
    path = write(found, store.folder(card, quantization=storage_type(settings)))
    print(f"{len(found) - 1} source tokens from {len(learned)} sentences: {path}")
    print("It is used with `shortlist: true` in the run settings.")
    return DONE


def _target(card: Card, wanted: str | None) -> str:
    if card.family in {"prompt", "chain"}:
        raise ConfigError(f"model {card.name}: the family {card.family} can have no shortlist")
    targets = sorted(target for source, target in card.directions if source == _SOURCE)
    if wanted is None and len(targets) == 1:
        return targets[0]
    if wanted not in targets:
        raise ConfigError(f"model {card.name}: give --to, one of {', '.join(targets) or 'none'}")
    return wanted


def _lines(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        for line in read_path(Path(path), name=path).text.splitlines():
            if line.strip():
                yield " ".join(line.split())


def _counted(
    model: TextModel, lines: Sequence[str], target: str, display: Display
) -> Iterator[Pair]:
    for number, pair in enumerate(pairs(model, lines, source=_SOURCE, target=target), start=1):
        display.preparing(f"translating to learn from, {len(lines)} lines", number / len(lines))
        yield pair
