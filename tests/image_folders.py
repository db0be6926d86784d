"""Carries out the instructions of a Dockerfile in plain folders, and runs what comes out of it.

See docker_in_root.py, which checks this project's image with it.
"""

from __future__ import annotations

import ast
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockerfile import Instruction, context_files, expand, read_stages

LOG = logging.getLogger(__name__)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NETWORK = re.compile(r"PIP_\w+|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|(https?|no)_proxy", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Image:
    """A built stage: a folder, and what its instructions say about running it."""

    folder: Path
    environment: Mapping[str, str]
    user: str = "0:0"
    directory: str = "/"
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """A program to run in an image.

    Attributes:
        words: program and arguments.
        environment: all of it; nothing is inherited.
        user: ``"uid:gid"``.
        directory: where it starts.
        mounts: folders or files of this machine, by their place in the image.
        network: whether it has this machine's; else it has none.
        read_only: whether only ``mounts`` and ``/tmp`` can be written.
    """

    words: Sequence[str]
    environment: Mapping[str, str]
    user: str = "0:0"
    directory: str = "/"
    mounts: Mapping[str, Path] = field(default_factory=dict)
    network: bool = True
    read_only: bool = False

    def command(self, folder: Path) -> list[str]:
        """Return the command for this machine that runs the program in ``folder``."""
        setup = []
        if self.read_only:
            setup += [f"mount --rbind '{folder}' '{folder}'"]
            setup += [f"mount -o remount,bind,ro '{folder}'"]
            setup += [f"mount -t tmpfs tmpfs '{folder}/tmp'"]
        setup += [f"mount --rbind /dev '{folder}/dev'"]
        for place, source in self.mounts.items():
            target = folder / place.lstrip("/")
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
            setup.append(f"mount --bind '{source}' '{target}'")
        # mounts and processes end with the program, however it ends: nothing is left to undo
        own = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        own += [] if self.network else ["--net"]
        own += [f"--mount-proc={folder}/proc", "sh", "-ec", " && ".join(setup) + ' && exec "$@"']
        change = ["sh", "chroot", f"--userspec={self.user}", "--groups=", str(folder)]
        values = [f"{name}={value}" for name, value in self.environment.items()]
        # env looks for the program in the PATH that it is given
        return [*own, *change, "env", f"--chdir={self.directory}", "-i", *values, *self.words]

    def run(self, folder: Path, *, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the program to its end; with ``quiet`` what it prints is in the result."""
        return subprocess.run(self.command(folder), capture_output=quiet, text=True, check=False)


def network() -> tuple[dict[str, str], dict[str, Path]]:
    """Return the variables and mounts with which pip works in an image as it does here."""
    values = {name: value for name, value in os.environ.items() if _NETWORK.fullmatch(name)}
    pip = [shutil.which("pip") or "pip", "config", "list"]
    listed = subprocess.run(pip, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if not key.startswith(":env:"):
            name = "PIP_" + key.rpartition(".")[2].upper().replace("-", "_")
            values.setdefault(name, ast.literal_eval(value))
    mounts = {"/etc/resolv.conf": Path("/etc/resolv.conf")}
    for value in " ".join(values.values()).split():
        # a local index points to files beside it
        path = Path(value.removeprefix("file://"))
        path = path.parent if value.startswith("file://") else path
        if path.is_absolute() and path.exists():
            mounts[str(path)] = path
    return values, mounts


def base_folder(image: str, work: Path, given: Path | None) -> Path:
    """Make a Debian with Python, as the official image of that tag has it.

    Args:
        image: such as ``"python:3.11-slim-bookworm"``; the suite is the last part.
        work: where to make it.
        given: a folder that an earlier run kept; it is made if it does not exist.

    Raises:
        RuntimeError: this machine cannot, or that Debian has another Python.
    """
    folder = given or work / "base"
    if not folder.exists():
        LOG.info("debootstrap: a stand-in for %s", image)
        packages = "--include=ca-certificates,python3-pip,python3-venv"
        suite = image.rpartition("-")[2]
        command = ["debootstrap", "--variant=minbase", packages, suite, str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    version = image.partition(":")[2].partition("-")[0]
    if not (folder / f"usr/bin/python{version}").exists():
        raise RuntimeError(f"{folder} has no Python {version}")
    # the official image has no other Python than its own, and does not guard it from pip
    for marker in folder.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    link = folder / "usr/local/bin/python"
    if not link.is_symlink():
        link.symlink_to(f"/usr/bin/python{version}")
    return folder


class Builder:
    """Carries out the stages of a Dockerfile, each one once."""

    def __init__(
        self,
        root: Path,
        work: Path,
        *,
        arguments: Mapping[str, str],
        base: Path | None,
        cache: Path,
    ) -> None:
        """Prepare; nothing is built yet.

        Args:
            root: the folder of the Dockerfile.
            work: folder for the stages.
            arguments: what ``--build-arg`` gives.
            base: see :func:`base_folder`.
            cache: where cache mounts are kept.
        """
        text = (root / "Dockerfile").read_text(encoding="utf-8")
        self._stages = {stage.name: stage for stage in read_stages(text)}
        self._root = root
        self._work = work
        self._arguments = arguments
        self._base = base
        self._cache = cache
        self._built: dict[str, Image] = {}

    def build(self, name: str) -> Image:
        """Build a stage and those that it needs.

        Raises:
            RuntimeError: an instruction failed or is not known here.
        """
        if name not in self._built:
            stage = self._stages[name]
            if stage.base in self._stages:
                start = self.build(stage.base)
            else:
                folder = base_folder(stage.base, self._work, self._base)
                start = Image(folder, {"PATH": _PATH})
            folder = self._work / name
            subprocess.run(["cp", "-a", "--reflink=auto", str(start.folder), folder], check=True)
            image = replace(start, folder=folder)
            given: dict[str, str] = {}
            for step in stage.instructions:
                LOG.info("%s:%d %s %s", name, step.line, step.name, step.value[:90])
                image = self._step(image, step, given)
            self._built[name] = image
        return self._built[name]

    def _step(self, image: Image, step: Instruction, given: dict[str, str]) -> Image:
        match step.name:
            case "ARG":
                for name, default in step.pairs():
                    given[name] = self._arguments.get(name, default)
            case "ENV":
                known = {**given, **image.environment}
                new = {name: expand(value, known) for name, value in step.pairs()}
                return replace(image, environment={**image.environment, **new})
            case "WORKDIR":
                (image.folder / step.value.lstrip("/")).mkdir(parents=True, exist_ok=True)
                return replace(image, directory=step.value)
            case "USER":
                return replace(image, user=step.value)
            case "ENTRYPOINT":
                return replace(image, command=step.words())
            case "COPY":
                self._copy(image, step)
            case "RUN":
                self._run(image, step, given)
            case "VOLUME" | "CMD" | "STOPSIGNAL":
                pass  # they matter when the image runs: docker_in_root.py acts on them
            case _:
                raise RuntimeError(f"line {step.line}: {step.name} is not known here")
        return image

    def _copy(self, image: Image, step: Instruction) -> None:
        *sources, place = step.words()
        target = image.folder / os.path.normpath(f"{image.directory}/{place}").lstrip("/")
        stage = step.flag("from")
        top = self.build(stage).folder if stage else self._context()
        for source in sources:
            path = top / source.lstrip("/")
            if path.is_dir():
                shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
            else:
                goal = target / path.name if place.endswith("/") else target
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, goal)

    def _context(self) -> Path:
        """Return the folder with what .dockerignore leaves, as the daemon would receive it."""
        folder = self._work / "context"
        if not folder.exists():
            ignore = (self._root / ".dockerignore").read_text(encoding="utf-8")
            for file in context_files(self._root, ignore):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._root / file, folder / file)
        return folder

    def _run(self, image: Image, step: Instruction, given: Mapping[str, str]) -> None:
        variables, mounts = network()
        for kind, text in step.flags:
            options = dict(part.partition("=")[::2] for part in text.split(","))
            if kind != "mount" or options["type"] not in {"cache", "bind"}:
                raise RuntimeError(f"line {step.line}: --{kind}={text} is not known here")
            if options["type"] == "cache":
                source = self._cache / options["target"].strip("/").replace("/", "-")
                source.mkdir(parents=True, exist_ok=True)
            else:
                source = self.build(options["from"]).folder / options["source"].lstrip("/")
            mounts[options["target"]] = source
        home = {"HOME": "/root", **variables, **given, **image.environment}
        words = ["/bin/sh", "-c", step.value]
        program = Inside(words, home, image.user, image.directory, mounts)
        code = program.run(image.folder).returncode
        if code:
            raise RuntimeError(f"line {step.line}: RUN ended with {code}")
