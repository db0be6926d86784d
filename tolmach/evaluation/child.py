"""A process of its own for each system, so that time and memory are those of one system alone.

``python -m tolmach.evaluation.child JOB RESULT`` does the job in one file and writes the other;
progress goes to standard output, a JSON object on a line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tolmach import errors
from tolmach.errors import TolmachError
from tolmach.evaluation.corpus import Example
from tolmach.evaluation.running import Job, Output, System, run_job
from tolmach.stages import Progress, Silence
from tolmach.writers.base import write_atomically

__all__ = ["main", "output_from", "output_record", "peak_memory", "run_apart"]

_MARK: Final = "\x1etolmach "
_LAST_WORDS = 2000


def run_apart(job: Job, *, progress: Progress | None = None) -> Output:
    """Do a job in a fresh process and measure its memory.

    Args:
        job: what to do.
        progress: told how it goes on.

    Raises:
        TolmachError: what :func:`tolmach.evaluation.running.run_job` raises, or the process died.
    """
    told = progress or Silence()
    with tempfile.TemporaryDirectory(prefix="tolmach-eval-") as folder:
        given, made = Path(folder, "job.json"), Path(folder, "result.json")
        errors_file = Path(folder, "stderr")
        given.write_text(json.dumps(_job_record(job)), encoding="utf-8")
        with errors_file.open("wb") as stderr:
            code = _follow([str(given), str(made)], told, stderr)
        if not made.is_file():
            words = errors_file.read_text(encoding="utf-8", errors="replace").strip()
            raise TolmachError(
                f"{job.system.name}: the process that translated ended with code {code}"
                + (f": {words[-_LAST_WORDS:]}" if words else "")
            )
        record = json.loads(made.read_text(encoding="utf-8"))
    if "error" in record:
        kind = getattr(errors, record["error"], TolmachError)
        raise kind(record["message"])
    return output_from(record)


def _follow(arguments: list[str], progress: Progress, stderr: Any) -> int:
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-m", "tolmach.evaluation.child", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        for line in process.stdout or ():
            # libraries may print as well
            if line.startswith(_MARK):
                name, values = json.loads(line[len(_MARK) :])
                getattr(progress, name)(*values)
        return process.wait()
    finally:
        # an interrupt must not leave a model running
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _job_record(job: Job) -> dict[str, Any]:
    return {
        "system": asdict(job.system),
        "to": job.to,
        "mode": job.mode,
        "stages": job.stages,
        # references stay here: no system can see them
        "examples": [[item.id, item.source, item.document] for item in job.examples],
    }


def _job_from(record: Mapping[str, Any]) -> Job:
    examples = tuple(
        Example(name, source, document=document) for name, source, document in record["examples"]
    )
    system = System(**record["system"])
    return Job(system, record["to"], record["mode"], examples, tuple(record["stages"]))


def output_record(output: Output) -> dict[str, Any]:
    """Return an output as it is stored in JSON."""
    return {
        "hypotheses": list(output.hypotheses),
        "signature": dict(output.signature),
        "seconds": output.seconds,
        "words": output.words,
        "peak_mb": output.peak_mb,
        "figures": {name: list(values) for name, values in output.figures.items()},
        "notes": list(output.notes),
    }


def output_from(record: Mapping[str, Any]) -> Output:
    """Return the output that was stored."""
    figures = {name: tuple(values) for name, values in record["figures"].items()}
    return Output(
        tuple(record["hypotheses"]),
        MappingProxyType(dict(record["signature"])),
        float(record["seconds"]),
        int(record["words"]),
        float(record["peak_mb"]),
        MappingProxyType(figures),
        tuple(record["notes"]),
    )


def peak_memory() -> float:
    """Return the most memory that this process has held, in MB; 0 where nobody knows.

    Linux carries the ``ru_maxrss`` of the process that started a new one over to it, so that of
    the process alone is taken from ``/proc``.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # not on this platform
        return 0.0
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1024 * 1024 if sys.platform == "darwin" else 1024)


class _Teller:
    """A progress that is passed on to the process that started this one."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def _tell(self, name: str, *values: object) -> None:
        sys.stdout.write(f"{_MARK}{json.dumps([name, values])}\n")
        sys.stdout.flush()

    def note(self, message: str) -> None:
        self.notes.append(message)
        self._tell("note", message)

    def preparing(self, message: str, fraction: float) -> None:
        self._tell("preparing", message, fraction)

    def begun(self, name: str, segments: int) -> None:
        self._tell("begun", name, segments)

    def translated(self, segments: int, words: int) -> None:
        self._tell("translated", segments, words)

    def finished(self, name: str) -> None:
        self._tell("finished", name)


def main(arguments: list[str]) -> int:
    """Do the job in the first file and write the result to the second; return the exit code."""
    given, made = map(Path, arguments)
    teller = _Teller()
    try:
        job = _job_from(json.loads(given.read_text(encoding="utf-8")))
        output = run_job(job, progress=teller)
    except TolmachError as error:
        record: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
        write_atomically(made, json.dumps(record))
        return 1
    record = output_record(output) | {"peak_mb": peak_memory(), "notes": teller.notes}
    write_atomically(made, json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
