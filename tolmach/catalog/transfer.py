"""The transfer of one model's files: continued where it stopped, and checked before it counts."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tolmach.catalog.cards import Card
from tolmach.catalog.lock import LockedFile, file_sha256

__all__ = [
    "COMMIT",
    "CutOff",
    "Refused",
    "Report",
    "Transfer",
    "Wanted",
    "authorization",
    "identified",
    "named",
    "network_errors",
    "not_recorded",
    "repository_folder",
    "snapshot_folder",
]

Report = Callable[[str, float], None]
Answer = TypeVar("Answer")

COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PARTIAL = ".tolmach-partial"
# waits after a broken connection, in seconds; the count starts anew when data has arrived
_PAUSES: Sequence[float] = (1.0, 2.0, 4.0, 8.0)
# the progress is told at most this often (seconds)
_TELL_EVERY = 0.5
_WORTH_TRYING_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class CutOff(Exception):
    """A transfer ended before the file did."""


class Refused(Exception):
    """What came is not what was announced; the message goes to the user."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a file before it is there; empty strings are not known."""

    size: int
    sha256: str = ""
    git: str = ""


def snapshot_folder(card: Card, commit: str) -> Path:
    """Return where the hub cache keeps the files of a commit."""
    return repository_folder(card) / "snapshots" / commit


def repository_folder(card: Card) -> Path:
    """Return where the hub cache keeps a repository."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    name = repo_folder_name(repo_id=card.origin.repository, repo_type="model")
    return Path(constants.HF_HUB_CACHE).expanduser() / name


def named(name: str, size: int) -> Wanted:
    """Return what the name of a file in the cache says of its content."""
    if _SHA256.fullmatch(name):
        return Wanted(size, sha256=name)
    return Wanted(size, git=name if COMMIT.fullmatch(name) else "")


def identified(path: Path, wanted: Wanted, name: str) -> LockedFile:
    """Return size and hash of a file.

    Raises:
        Refused: they are not those that are wanted.
    """
    size = path.stat().st_size
    found = LockedFile(size=size, sha256=file_sha256(path))
    if wanted.size and wanted.size != size:
        raise Refused(f"{name} has {size} bytes instead of {wanted.size}")
    same = not wanted.sha256 or wanted.sha256 == found.sha256
    if same and wanted.git:
        # how git hashes a file; those are small
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        digest.update(path.read_bytes())
        same = digest.hexdigest() == wanted.git
    if not same:
        raise Refused(f"{name} is damaged or another file: its hash is {found.sha256}")
    return found


@dataclass(slots=True)
class Transfer:
    """The files of one commit on their way, and how far they are.

    Attributes:
        card: the model.
        commit: of its repository.
        report: told about the progress.
        total: the size of all files, in bytes.
        strict: the files are those of the lock file, so others are refused, never replaced.
    """

    card: Card
    commit: str
    report: Report
    total: int
    strict: bool = False
    _done: int = 0
    _received: int = 0
    _told: float = 0.0

    def check_space(self, wanted: Mapping[str, Wanted]) -> None:
        """Refuse to begin what the disk cannot take.

        Raises:
            OSError: with ``ENOSPC``.
        """
        folder = snapshot_folder(self.card, self.commit)
        missing = sum(f.size for n, f in wanted.items() if not (folder / n).is_file())
        missing -= sum(p.stat().st_size for p in _blobs(self.card).glob(f"*{_PARTIAL}"))
        free = shutil.disk_usage(repository_folder(self.card)).free
        if free < missing:
            message = f"{_megabytes(missing)} are missing, {_megabytes(free)} are free"
            raise OSError(errno.ENOSPC, message)

    def bring(self, name: str, wanted: Wanted) -> LockedFile:
        """Return the file's size and hash once it is in its place.

        Raises:
            Refused: it is another file.
        """
        path = snapshot_folder(self.card, self.commit) / name
        start = self._done
        if path.is_file():
            try:
                found = identified(path, wanted, name)
            except Refused as error:
                if self.strict:
                    raise not_recorded(self.card, error) from None
                _remove(path)
            else:
                self._move(start + found.size)
                return found
        found = self._download(name, wanted, path)
        self._move(start + found.size)
        return found

    def remember_branch(self) -> None:
        """Note in the hub cache which commit the branch is at, as its own library does."""
        revision = self.card.origin.revision
        if not COMMIT.fullmatch(revision):
            reference = repository_folder(self.card) / "refs" / revision
            reference.parent.mkdir(parents=True, exist_ok=True)
            partial = reference.with_name(f"{reference.name}{_PARTIAL}")
            partial.write_text(self.commit, encoding="utf-8")
            partial.replace(reference)

    def _download(self, name: str, wanted: Wanted, path: Path) -> LockedFile:
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

        repository = self.card.origin.repository
        url = hf_hub_url(repository, name, revision=self.commit)
        found = self._persistently(lambda: get_hf_file_metadata(url))
        if found.commit_hash != self.commit:
            raise Refused(f"the hub sends {name} of another commit, {found.commit_hash}")
        etag = found.etag or ""
        if not re.fullmatch(r"[\w-]{8,128}", etag):
            raise Refused(f"the hub does not name {name} by its content")
        if found.size and wanted.size not in {0, found.size}:
            raise self._other(f"the hub has another {name}: {found.size} bytes, not {wanted.size}")
        blob = _blobs(self.card) / etag
        announced = named(etag, wanted.size or found.size or 0)
        file = _whole(blob, announced) or self._complete(url, blob, announced, name)
        if wanted.sha256 not in {"", file.sha256} or wanted.size not in {0, file.size}:
            blob.unlink()
            raise self._other(f"the hub sends another {name}: its hash is {file.sha256}")
        # this only links it, for the content is there
        self._persistently(lambda: hf_hub_download(repository, name, revision=self.commit))
        return identified(path, wanted, name) if wanted.git else file

    def _other(self, what: str) -> Refused:
        return not_recorded(self.card, Refused(what)) if self.strict else Refused(what)

    def _complete(self, url: str, blob: Path, announced: Wanted, name: str) -> LockedFile:
        """Download until the file is whole; it has its name only if its hash is right."""
        partial = blob.with_name(blob.name + _PARTIAL)
        partial.parent.mkdir(parents=True, exist_ok=True)
        start = self._done
        resumed = partial.is_file() and partial.stat().st_size > 0
        self._persistently(lambda: self._stream(url, partial, announced.size, start))
        try:
            found = identified(partial, announced, name)
        except Refused:
            partial.unlink()
            if not resumed:
                raise
            # what an earlier process left may have been damaged: once more, from the start
            return self._complete(url, blob, announced, name)
        partial.replace(blob)
        return found

    def _stream(self, url: str, partial: Path, size: int, start: int) -> None:
        """Append what is missing of a file; ``start`` bytes of other files are done."""
        from huggingface_hub import constants, get_session, hf_raise_for_status

        have = partial.stat().st_size if partial.is_file() else 0
        if size and have >= size:
            if have > size:
                partial.unlink()
                raise CutOff("the partial file was too long")
            return
        headers = {**authorization(), "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
            hf_raise_for_status(response)
            if response.status_code != 206:
                have = 0  # the whole file comes, whatever was asked for
            with partial.open("ab") as file:
                file.truncate(have)
                for chunk in response.iter_bytes():
                    file.write(chunk)
                    self._received += len(chunk)
                    have += len(chunk)
                    self._move(start + have)
        if size and have != size:
            raise CutOff(f"{have} of {size} bytes have arrived")

    def _persistently(self, action: Callable[[], Answer]) -> Answer:
        """Do something over the network, again and again while there is hope."""
        failures = 0
        expected: tuple[type[Exception], ...] = (CutOff, *network_errors())
        while True:
            before = self._received
            try:
                return action()
            except expected as error:
                begun = self._done > 0 or self._received > 0
                failures = 0 if self._received > before else failures
                if failures == len(_PAUSES) or not _is_passing(error, begun=begun):
                    raise
                pause = _PAUSES[failures]
                failures += 1
                self._tell(f"the connection was lost, trying again in {pause:.0f} s")
                time.sleep(pause)

    def _move(self, done: int) -> None:
        self._done = done
        if time.monotonic() - self._told >= _TELL_EVERY or done == self.total:
            self._tell(f"{_megabytes(done, of=self.total)}")

    def _tell(self, what: str) -> None:
        self._told = time.monotonic()
        fraction = min(1.0, self._done / self.total) if self.total else 0.0
        self.report(f"downloading {self.card.origin.repository} ({what})", fraction)


def authorization() -> dict[str, str]:
    """Return the header with the user's token, from ``HF_TOKEN`` or from a login; may be empty."""
    from huggingface_hub import constants, get_token

    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def not_recorded(card: Card, error: Refused) -> Refused:
    """Return a refusal that says how to leave the recorded files behind."""
    return Refused(
        f"{error}; the lock file has another. To fetch it anew: "
        f"tolmach models pull --update {card.name}"
    )


def _megabytes(size: int, *, of: int | None = None) -> str:
    return f"{size / 1e6:.1f} MB" if of is None else f"{size / 1e6:.1f} of {of / 1e6:.1f} MB"


def _whole(blob: Path, announced: Wanted) -> LockedFile | None:
    """Return what a file in the cache is, or None if it is not there or not what its name says."""
    try:
        return identified(blob, announced, blob.name) if blob.is_file() else None
    except Refused:
        blob.unlink()
        return None


def _blobs(card: Card) -> Path:
    return repository_folder(card) / "blobs"


def _remove(path: Path) -> None:
    """Remove a file of a snapshot together with the content it points to."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def network_errors() -> tuple[type[Exception], ...]:
    """Return the errors of the network.

    The base of the hub library's own errors is that of the HTTP library it happens to use.
    """
    from huggingface_hub.errors import HfHubHTTPError

    base: Any = HfHubHTTPError.__bases__[0]
    return (base, ConnectionError, TimeoutError)


def _is_passing(error: Exception, *, begun: bool) -> bool:
    """Tell whether it may help to try again; if nothing has arrived yet, probably not."""
    response = getattr(error, "response", None)
    if response is not None:
        return response.status_code in _WORTH_TRYING_AGAIN
    return begun or isinstance(error, CutOff)
