"""Removing what lies on the disk for a model: prepared forms, and downloads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tolmach.catalog.cards import Card
from tolmach.catalog.store import ModelStore, exclusive
from tolmach.catalog.transfer import repository_folder
from tolmach.errors import PreparationError

__all__ = ["prepared_folders", "remove_download", "remove_prepared"]


def prepared_folders(store: ModelStore, name: str) -> tuple[Path, ...]:
    """Return the folders of a model's prepared forms, those of older cards included."""
    pattern = re.compile(re.escape(name) + r"-[0-9a-f]{12}-\w+")
    folders = sorted((store.root / "models").glob("*"))
    return tuple(path for path in folders if pattern.fullmatch(path.name) and path.is_dir())


def remove_prepared(store: ModelStore, name: str) -> int:
    """Remove all prepared forms of a model; return how many bytes that freed.

    Raises:
        PreparationError: the system refuses.
    """
    freed = 0
    for folder in prepared_folders(store, name):
        with exclusive(folder):  # nobody is preparing it just now
            freed += _removed(folder)
    return freed


def remove_download(card: Card) -> int:
    """Remove a model's repository from the hub cache; return how many bytes that freed.

    Every revision is removed, also those that other programs have downloaded. A checkpoint that is
    named by its path is never touched.

    Raises:
        PreparationError: the system refuses.
    """
    return _removed(repository_folder(card)) if card.origin.repository else 0


def _removed(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise PreparationError(f"{folder} cannot be removed: {error.strerror}") from error
    return size
