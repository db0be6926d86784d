"""A stand-in for a model hub: a real HTTP server on this machine that fails as it is told.

It speaks what ``huggingface_hub`` asks of the real one: what a revision of a repository consists
of, and its files; large ones are redirected to another host, as to a content network.
"""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEXT_COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
REPOSITORY = "someone/some-model"


def status(code: int, **headers: str) -> Answer:
    """Return an answer with a status and nothing else."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content-Length": "0", "Connection": "close", **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()

    return answer


def rubbish(request: http.server.BaseHTTPRequestHandler) -> None:
    """Answer with something that is no HTTP."""
    request.wfile.write(b"this is no HTTP at all\r\n\r\n")


@dataclass
class Repository:
    """A repository.

    Attributes:
        commits: the files, by commit.
        main: the commit of the branch ``main``.
        large: files that are stored by their SHA-256 and served by another host.
        token: what has to be sent to be let in.
        gated: without the token, say that access has to be asked for.
    """

    commits: dict[str, dict[str, bytes]]
    main: str = COMMIT
    large: frozenset[str] = frozenset({"model.safetensors", "pytorch_model.bin"})
    token: str = ""
    gated: bool = False


def git_hash(content: bytes) -> str:
    """Return the name of a file in git."""
    return sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Hub:
    """The server, what it has, and what is wrong with it.

    Attributes:
        answer: if set, answers everything.
        repositories: by name.
        asked: method and path of every request.
        ranges: the ranges that were asked for, by file.
        leaked: requests to the other host that carried the token.
        cut: by file, after how many bytes the connection is closed, one for each transfer.
        statuses: by file, what to answer first instead of the file.
        changed: by file, what is sent instead of the right content.
        no_ranges: whole files are sent, whatever was asked for.
        pause: seconds between the pieces of a file.
    """

    answer: Answer | None = None
    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ranges: dict[str, list[str]] = field(default_factory=dict)
    leaked: list[str] = field(default_factory=list)
    cut: dict[str, list[int]] = field(default_factory=dict)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, bytes] = field(default_factory=dict)
    no_ranges: bool = False
    pause: float = 0.0
    url: str = ""

    def serve(self, files: dict[str, bytes] | Path, *, name: str = REPOSITORY) -> Repository:
        """Offer files, or those of a folder, as the only commit of a repository."""
        if isinstance(files, Path):
            files = {path.name: path.read_bytes() for path in files.iterdir()}
        self.repositories[name] = Repository({COMMIT: files})
        return self.repositories[name]

    def transfers(self) -> list[str]:
        """Return the files whose content was asked for, in order."""
        gets = [line.split(" ")[1] for line in self.asked if line.startswith("GET ")]
        return [path.rpartition("/")[2] for path in gets if "/resolve/" in path]

    def handle(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        path = request.path.partition("?")[0]
        self.asked.append(f"{request.command} {path}")
        if self.answer is not None:
            self.answer(request)
        elif path.startswith("/content/"):
            if "Authorization" in request.headers:
                self.leaked.append(path)
            *_, owner, name, commit, file = path.split("/")
            self._file(request, self.repositories[f"{owner}/{name}"].commits[commit][file], file)
        else:
            self._named(request, path)

    def _named(self, request: http.server.BaseHTTPRequestHandler, path: str) -> None:
        parts = path.strip("/").split("/")
        is_api = parts[:2] == ["api", "models"]
        parts = parts[2:] if is_api else parts
        repository = self.repositories.get("/".join(parts[:2]))
        if repository is None:
            return status(404, X_Error_Code="RepoNotFound")(request)
        if (
            repository.token
            and request.headers.get("Authorization") != f"Bearer {repository.token}"
        ):
            if repository.gated:
                return status(403, X_Error_Code="GatedRepo")(request)
            return status(401)(request)
        revision = parts[3] if len(parts) > 3 else "main"
        commit = repository.main if revision == "main" else revision
        if commit not in repository.commits:
            return status(404, X_Error_Code="RevisionNotFound")(request)
        if is_api and parts[2:3] == ["tree"]:
            return _send(request, json.dumps(_tree(repository, commit)).encode(), {})
        if is_api:
            return _send(request, json.dumps(_description(repository, commit)).encode(), {})
        return self._resolve(request, repository, commit, parts[-1])

    def _resolve(
        self,
        request: http.server.BaseHTTPRequestHandler,
        repository: Repository,
        commit: str,
        file: str,
    ) -> None:
        content = repository.commits[commit].get(file)
        if content is None:
            return status(404, X_Error_Code="EntryNotFound")(request)
        if self.statuses.get(file) and request.command == "GET":
            return status(self.statuses[file].pop(0))(request)
        if file not in repository.large:
            headers = {"ETag": f'"{git_hash(content)}"', "X-Repo-Commit": commit}
            return self._file(request, content, file, headers)
        owner = next(name for name, known in self.repositories.items() if known is repository)
        elsewhere = self.url.replace("127.0.0.1", "localhost")
        return status(
            302,
            Location=f"{elsewhere}/content/{owner}/{commit}/{file}",
            X_Repo_Commit=commit,
            X_Linked_Size=str(len(content)),
            X_Linked_ETag=f'"{sha256(content).hexdigest()}"',
        )(request)

    def _file(
        self,
        request: http.server.BaseHTTPRequestHandler,
        content: bytes,
        file: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        if request.command == "GET":
            content = self.changed.get(file, content)
        wanted = request.headers.get("Range", "")
        if wanted:
            self.ranges.setdefault(file, []).append(wanted)
        start = 0 if self.no_ranges or not wanted else int(wanted[6:].rstrip("-"))
        stop = len(content)
        if request.command == "GET" and self.cut.get(file):
            stop = min(stop, start + self.cut[file].pop(0))
        _send(request, content, headers or {}, start=start, stop=stop, pause=self.pause)


def _description(repository: Repository, commit: str) -> dict[str, Any]:
    siblings = []
    for name, content in repository.commits[commit].items():
        known: dict[str, Any] = {
            "rfilename": name,
            "size": len(content),
            "blobId": git_hash(content),
        }
        if name in repository.large:
            large = {"sha256": sha256(content).hexdigest(), "size": len(content)}
            known["lfs"] = {**large, "pointerSize": 134}
        siblings.append(known)
    return {"id": "someone/some-model", "sha": commit, "siblings": siblings}


def _tree(repository: Repository, commit: str) -> list[dict[str, Any]]:
    return [
        {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
        for name, content in repository.commits[commit].items()
    ]


def _send(
    request: http.server.BaseHTTPRequestHandler,
    content: bytes,
    headers: dict[str, str],
    *,
    start: int = 0,
    stop: int | None = None,
    pause: float = 0.0,
) -> None:
    request.send_response(206 if start else 200)
    if start:
        headers = {**headers, "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
    headers = {**headers, "Content-Length": str(len(content) - start), "Connection": "close"}
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "GET":
        return
    stop = len(content) if stop is None else stop
    for place in range(start, stop, 4096):
        request.wfile.write(content[place : min(stop, place + 4096)])
        request.wfile.flush()
        if pause:
            time.sleep(pause)


@contextmanager
def running() -> Iterator[Hub]:
    """Run a hub."""
    hub = Hub()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            self.close_connection = True
            with suppress(BrokenPipeError, ConnectionResetError):  # the client was killed
                hub.handle(self)

        do_GET = do_HEAD = _handle

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def use(monkeypatch: Any, url: str, folder: Path) -> None:
    """Make this process ask the hub at an address, with an empty hub cache in a folder."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub-cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def environment(hub: Hub, folder: Path) -> dict[str, str]:
    """Return the variables that make a new process ask a hub."""
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(folder / "hf"),
        "no_proxy": "127.0.0.1,localhost",
    }


def closed_port() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
