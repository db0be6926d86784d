"""Fetching a model from a hub: what is needed of it, whole, and exactly what was announced.

The files lie in the cache of ``huggingface_hub``, in its layout, so that other programs find them
as well. That library looks repositories up and keeps the cache; the transfer itself is done here,
because its own starts each file anew in each process and gives up what has arrived. Here a file
grows in ``blobs/HASH.tolmach-partial`` and is continued by a range request (RFC 9110, section
14.2), after a broken connection as well as by the next process; it gets its name only when its
hash is right. Files of hubs are named by their git object (SHA-1) or, if large, by their SHA-256.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from tolmach.catalog.cards import Card
from tolmach.catalog.lock import LockedModel
from tolmach.catalog.transfer import (
    COMMIT,
    CutOff,
    Refused,
    Report,
    Transfer,
    Wanted,
    identified,
    named,
    network_errors,
    not_recorded,
    repository_folder,
    snapshot_folder,
)
from tolmach.errors import PreparationError

__all__ = [
    "adopt",
    "cached_names",
    "fetch",
    "is_complete",
    "needed",
    "verify",
]

_NAMED_WEIGHTS = (
    re.compile(r"model(-\d+-of-\d+)?\.safetensors"),
    re.compile(r"[^/]+\.safetensors"),
    re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin"),
    re.compile(r"(?!training_args|optimizer|scheduler)[^/]+\.bin"),
)
_OTHER_FILES = re.compile(r"[^/]+\.(json|spm|model|txt)")
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def needed(names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that are needed of a repository: settings, tokenizer, and weights once.

    Weights are taken as safetensors if there are any, else in PyTorch's format; those of other
    libraries, and whatever lies in folders, are left.
    """
    weights: list[str] = []
    for pattern in _NAMED_WEIGHTS:
        weights = [name for name in names if pattern.fullmatch(name)]
        if weights:
            break
    return tuple(sorted([name for name in names if _OTHER_FILES.fullmatch(name)] + weights))


def is_complete(card: Card, model: LockedModel) -> bool:
    """Tell whether all recorded files are in the hub cache with their sizes; hashes nothing."""
    folder = snapshot_folder(card, model.commit)
    try:
        return all((folder / n).stat().st_size == f.size for n, f in model.files.items())
    except OSError:
        return False


def fetch(card: Card, *, locked: LockedModel | None, report: Report) -> LockedModel:
    """Bring a model's files into the hub cache, and check every one.

    Args:
        card: a model of a hub repository.
        locked: what it must consist of; None takes what the hub has now.
        report: told how many bytes have arrived, with a fraction from 0 to 1.

    Returns:
        What it consists of.

    Raises:
        PreparationError: the hub refuses, cannot be reached, or sends something else; the disk is
            full; or a file in the cache is not the recorded one.
    """
    from filelock import FileLock

    with _explained(card):
        folder = repository_folder(card)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder / ".tolmach.lock")):
            commit, wanted = _recorded(locked) if locked else _announced(card)
            total = sum(file.size for file in wanted.values())
            transfer = Transfer(card, commit, report, total, strict=locked is not None)
            transfer.check_space(wanted)
            files = {name: transfer.bring(name, file) for name, file in wanted.items()}
            if locked is None:  # else the branch may be elsewhere by now
                transfer.remember_branch()
    return LockedModel(commit=commit, files=files)


def cached_names(card: Card) -> tuple[str, tuple[str, ...]] | None:
    """Return the commit and the needed files of a snapshot that another program has downloaded.

    Returns:
        None if there is none, or if it lacks the settings or the weights.
    """
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    commit = card.origin.revision
    if not COMMIT.fullmatch(commit):
        try:
            reference = repository_folder(card) / "refs" / commit
            commit = reference.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None
    folder = snapshot_folder(card, commit)
    if not COMMIT.fullmatch(commit) or not folder.is_dir():
        return None
    names = needed([path.name for path in folder.iterdir() if path.is_file()])
    whole = "config.json" in names and any(not _OTHER_FILES.fullmatch(name) for name in names)
    # if the list of the repository was kept as well, it decides
    with suppress(CachedRepoTreeNotFoundError, OSError, ValueError, TypeError):
        listed = get_cached_repo_tree(card.origin.repository, revision=commit)
        whole = whole and set(needed([file.path for file in listed])) <= set(names)
    return (commit, names) if whole else None


def adopt(card: Card) -> LockedModel | None:
    """Take a snapshot that another program has downloaded; no network is used.

    Returns:
        What it consists of, or None if there is none that is whole.

    Raises:
        PreparationError: a file is damaged: its content is not that of its name in the cache.
    """
    found = cached_names(card)
    if found is None:
        return None
    commit, names = found
    files = {}
    with _explained(card):
        for name in names:
            path = snapshot_folder(card, commit) / name
            files[name] = identified(path, named(path.resolve().name, path.stat().st_size), name)
    return LockedModel(commit=commit, files=files)


def verify(card: Card, model: LockedModel) -> None:
    """Hash every file in the hub cache; no network is used.

    Raises:
        PreparationError: a file is missing or is not the recorded one.
    """
    folder = snapshot_folder(card, model.commit)
    with _explained(card):
        for name, file in model.files.items():
            if not (folder / name).is_file():
                raise Refused(f"{name} is missing in {folder}")
            try:
                identified(folder / name, Wanted(file.size, file.sha256), name)
            except Refused as error:
                raise not_recorded(card, error) from None


def _recorded(locked: LockedModel) -> tuple[str, Mapping[str, Wanted]]:
    return locked.commit, {n: Wanted(f.size, f.sha256) for n, f in locked.files.items()}


def _announced(card: Card) -> tuple[str, Mapping[str, Wanted]]:
    from huggingface_hub import HfApi, constants

    origin = card.origin
    info = HfApi().model_info(
        origin.repository,
        revision=origin.revision,
        files_metadata=True,
        timeout=constants.HF_HUB_ETAG_TIMEOUT,
    )
    commit = info.sha or ""
    if not COMMIT.fullmatch(commit):
        raise Refused("the hub does not say which commit it has")
    if COMMIT.fullmatch(origin.revision) and commit != origin.revision:
        raise Refused(f"the card asks for commit {origin.revision}, the hub answers {commit}")
    known = {file.rfilename: file for file in info.siblings or ()}
    names = needed(list(known))
    if not names:
        raise Refused("it has no files that could be used")
    wanted = {}
    for name in names:
        file = known[name]
        sha256 = file.lfs.sha256 if file.lfs else ""
        # of a large file, the git object is only the pointer to it
        wanted[name] = Wanted(file.size or 0, sha256, "" if sha256 else file.blob_id or "")
    return commit, wanted


@contextmanager
def _explained(card: Card) -> Iterator[None]:
    """Turn errors into those that tell the user what to do."""
    try:
        yield
    except PreparationError:
        raise
    except Refused as error:
        raise _error(card, str(error)) from None
    except Exception as error:
        reason = _reason(card, error)
        if not reason:
            raise
        raise _error(card, reason) from error


def _error(card: Card, reason: str) -> PreparationError:
    return PreparationError(
        f"model {card.name}: {card.origin.repository} cannot be fetched: {reason}"
    )


def _reason(card: Card, error: Exception) -> str:
    """Return an explanation of what went wrong, or nothing for mistakes of our own."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RevisionNotFoundError,
    )

    origin = card.origin
    code = getattr(getattr(error, "response", None), "status_code", 0)
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, RevisionNotFoundError):
        return f"it has no revision {origin.revision}"
    if isinstance(error, GatedRepoError):
        page = f"{constants.ENDPOINT}/{origin.repository}"
        return f"ask for access at {page}, then set HF_TOKEN to a token of that account"
    if code in {401, 403}:
        return f"the hub answers {code}: it is private or does not exist; set HF_TOKEN to a token"
    if code == 404:
        return "the hub answers 404: there is no such repository, or it is private (set HF_TOKEN)"
    if code:
        return f"the hub answers {code}; what has arrived is kept, try again later"
    if isinstance(error, (CutOff, LocalEntryNotFoundError, *network_errors())):
        what = str(error).strip().partition("\n")[0] or type(error).__name__
        place = f"the hub at {constants.ENDPOINT} cannot be reached or fell silent ({what})"
        return f"{place}; what has arrived is kept, try again later"
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return (
            f"no space left in {constants.HF_HUB_CACHE} ({error.strerror}); free some, or set "
            "HF_HOME to another directory; what has arrived is kept"
        )
    if isinstance(error, (OSError, HFValidationError)):
        return str(error)
    return ""
