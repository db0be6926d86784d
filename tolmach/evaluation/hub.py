"""Data sets of the hub, or of a local folder, through the ``datasets`` library."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tolmach.errors import InputError

__all__ = ["dataset_rows"]

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def dataset_rows(
    repository: str,
    *,
    split: str,
    configs: Mapping[str, str],
    columns: Mapping[str, str],
    revision: str = "",
    offline: bool = False,
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of a data set, with place for messages.

    Args:
        repository: id on the hub, or a folder with the files of a data set.
        split: such as ``"test"``.
        configs: the configuration to load, by language; under ``""`` one that has them all. With
            one for each language, their rows belong together in order.
        columns: which column of a configuration holds a language; ``text`` by default where there
            is a configuration for each.
        revision: commit, branch or tag.
        offline: use only what was downloaded before.

    Raises:
        InputError: it cannot be had, has no such column, or its parts are not parallel.
    """
    single = {key: name for key, name in configs.items() if key}
    if not single:
        rows = _load(repository, configs.get("", ""), split, revision, offline)
        for number, row in enumerate(rows):
            yield f"{repository} {split} row {number}", row
        return
    parts = {
        language: _column(repository, name, split, revision, offline, columns.get(language, "text"))
        for language, name in single.items()
    }
    sizes = {language: len(part) for language, part in parts.items()}
    if len(set(sizes.values())) > 1:
        raise InputError(f"{repository}: the languages have different numbers of rows: {sizes}")
    for number, values in enumerate(zip(*parts.values(), strict=True)):
        yield f"{repository} {split} row {number}", dict(zip(parts, values, strict=True))


def _column(
    repository: str, config: str, split: str, revision: str, offline: bool, column: str
) -> list[Any]:
    data = _load(repository, config, split, revision, offline)
    if column not in data.column_names:
        raise InputError(
            f"{repository} {config}: there is no column {column!r}; columns: "
            + ", ".join(data.column_names)
        )
    return list(data[column])


def _load(repository: str, config: str, split: str, revision: str, offline: bool) -> Any:
    from datasets import load_dataset
    from datasets.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        if not Path(repository).is_dir():
            with _network(offline=offline):
                data = load_dataset(
                    repository, config or None, split=split, revision=revision or None
                )
            _check_commit(data, repository, revision)
            return data
        # the library's cache knows a folder by its name alone: another folder of that name, or
        # files that have changed, would silently be what it was before
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
            return load_dataset(
                repository, config or None, split=split, cache_dir=cache, keep_in_memory=True
            )
    except InputError:
        raise
    # whatever the library or the network throws, the user needs to know which data are missing
    except Exception as error:
        raise InputError(
            f"the data set {repository!r} ({config or 'default'}, {split}) cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error


@contextmanager
def _network(*, offline: bool) -> Iterator[None]:
    """Keep the libraries from the network; they read their switches from variables once."""
    import datasets
    import huggingface_hub.constants as hub

    before = datasets.config.HF_HUB_OFFLINE, hub.HF_HUB_OFFLINE
    if offline:
        datasets.config.HF_HUB_OFFLINE = hub.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, hub.HF_HUB_OFFLINE = before


def _check_commit(data: Any, repository: str, revision: str) -> None:
    """Refuse another commit than the pinned one.

    Without a network the library takes whatever it has in its cache; the commit is part of the
    path there.
    """
    places = [str(file["filename"]) for file in data.cache_files]
    if _COMMIT.fullmatch(revision) and not any(revision in place for place in places):
        raise InputError(
            f"the data set {repository!r} is on this machine in another revision than {revision}, "
            "and the hub cannot be reached"
        )
