"""Running the real command in a process of its own, as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tolmach.outputs import STATE

ROOT = Path(__file__).resolve().parent.parent

# the news pipeline without the embedded model, so that nothing has to be prepared
PIPELINE = """\
stages:
  - read
  - clean
  - split
  - translate:
      models: {en: [embedded], vi: [embedded]}
  - summarize:
      models: [extractive]
  - write
"""
SETTINGS = (
    "device: cpu\nthreads: 1\nprecision: float32\noffline: true\nbatch: {{window: {window}}}\n"
)
_RUN = "import runpy, sys; sys.argv[0] = 'tolmach'; runpy.run_module('tolmach', None, '__main__')"


@dataclass(frozen=True)
class Result:
    """What a command left behind.

    Attributes:
        code: its exit code.
        out: standard output.
        err: standard error.
        folder: where it ran.
    """

    code: int
    out: str
    err: str
    folder: Path

    def report(self, out: str = "out") -> dict[str, Any]:
        """Return ``run.json``."""
        path = self.folder / out / "run.json"
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return report

    def record(self, name: str, out: str = "out") -> dict[str, Any]:
        """Return the record of one document in ``run.json``."""
        (found,) = [row for row in self.report(out)["documents"] if row["name"] == name]
        return dict(found)

    def files(self, folder: str = "out") -> list[str]:
        """Return the files below a folder, without what runs remember there for themselves."""
        root = self.folder / folder
        paths = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
        return sorted(path.as_posix() for path in paths if path.parts[0] != STATE)

    def read(self, path: str) -> str:
        """Return the text of a file, without translating line ends."""
        return (self.folder / path).read_bytes().decode()


@dataclass(frozen=True)
class Command:
    """The command in a folder of its own, with a tiny model.

    Attributes:
        folder: the working directory.
        cache: the cache of prepared models.
        model: the checkpoint that ``translate`` uses.
        environment: variables besides those of this process.
        prefix: words before the interpreter.
        setup: Python that the new process runs before the command.
    """

    folder: Path
    cache: Path
    model: Path
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    setup: str = ""

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file below the working directory."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def with_environment(self, **variables: str) -> Command:
        """Return the command with other variables."""
        return replace(self, environment={**self.environment, **variables})

    def arguments(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        if arguments[:1] == ("translate",) and "--config" not in arguments:
            arguments = (*arguments, "--config", "tiny.yaml")
        if arguments[:1] == ("translate",) and "--model" not in arguments:
            arguments = (*arguments, "--model", str(self.model))
        if arguments[:1] == ("translate",) and "--pipeline" not in arguments:
            arguments = (*arguments, "--pipeline", "tiny-news.yaml")
        if not self.setup:
            return [*self.prefix, sys.executable, "-m", "tolmach", *arguments]
        return [*self.prefix, sys.executable, "-c", f"{self.setup}\n{_RUN}", *arguments]

    def start(self, *arguments: str, window: int = 512, **more: Any) -> subprocess.Popen[bytes]:
        """Start the command and return the process."""
        self.write("tiny.yaml", SETTINGS.format(window=window))
        self.write("tiny-news.yaml", PIPELINE)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TOLMACH_"))}
        path = os.pathsep.join(filter(None, (str(ROOT), inherited.get("PYTHONPATH"))))
        environment = {
            **inherited,
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TOLMACH_CACHE": str(self.cache),
            "TOLMACH_MEMORY": "none",
            # nothing but this machine can be reached
            "HF_ENDPOINT": "http://127.0.0.1:9",
            "COLUMNS": "200",
            **self.environment,
        }
        return subprocess.Popen(
            self.arguments(*arguments),
            cwd=self.folder,
            env=environment,
            stdout=more.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            **more,
        )

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = 90, window: int = 512
    ) -> Result:
        """Run the command to its end."""
        source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        with self.start(*arguments, window=window, stdin=source) as process:
            try:
                out, err = process.communicate(stdin, timeout=timeout)
            finally:
                process.kill()
        return Result(process.returncode, out.decode(), err.decode(), self.folder)
