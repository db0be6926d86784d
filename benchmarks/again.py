"""What the same command costs a second time, and whether many files cost more each than few.

Usage::

    python benchmarks/again.py [--words 6000] [--files 100 1000 10000]

The first part runs ``tolmach translate`` as a process on articles of 40 words or so each with a
network of the size of opus-mt (:mod:`transliterating`): first, then again into the same folder
(the journal knows that all is done), then into a new folder (the translation memory knows every
sentence). The second part gives it ever more files of one short sentence each, with a network that
costs next to nothing, and prints the milliseconds per file of the first and of the second run,
without the start of the process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests")]

import checkpoints  # noqa: E402
import translate  # noqa: E402
import transliterating  # noqa: E402

TARGET = 50
WORDS_A_FILE = 40


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=6000, help="of the first part; 0: leave out")
    parser.add_argument("--files", type=int, nargs="*", default=[100, 1000, 10_000])
    options = parser.parse_args()
    sys.stdout.write(f"{translate.machine()}\n")
    with tempfile.TemporaryDirectory() as place:
        if options.words:
            _second_run(Path(place), options.words)
        if options.files:
            _many_files(Path(place), options.files)


def _command(folder: Path, source: str, *more: str) -> float:
    """Run the command; return its seconds."""
    environment = {
        # as users have it: modules are compiled once
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": str(ROOT),
        "TOLMACH_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "tolmach", "translate", source, "--to", "en", "--quiet"]
    started = time.perf_counter()
    subprocess.run([*command, *more], cwd=folder, env=environment, check=True)
    return time.perf_counter() - started


def _second_run(folder: Path, words: int) -> None:
    sentences = translate.sentences(translate.corpus(words))
    transliterating.build(folder / "model", sentences)
    (folder / "news").mkdir()
    size, texts = 0, [[]]  # type: int, list[list[str]]
    for sentence in sentences:
        texts[-1].append(sentence)
        size += len(sentence.split())
        if size >= WORDS_A_FILE:
            size = 0
            texts.append([])
    for number, text in enumerate(filter(None, texts)):
        (folder / f"news/{number:05}.txt").write_text("\n\n".join(text), encoding="utf-8")
    model = ("--model", str(folder / "model"), "--memory", "memory.sqlite3")
    # converting the model is not what is measured
    (folder / "one.txt").write_text("Один два три.", encoding="utf-8")
    _command(folder, "one.txt", *model, "--out", "prepared", "--memory", "none")
    first = _command(folder, "news", *model, "--out", "out")
    sys.stdout.write(f"{len(texts)} files, {words} words, first run: {first:.1f} s\n")
    for label, out in (("journal, same folder", "out"), ("memory, new folder", "new")):
        seconds = min(_command(folder, "news", *model, "--out", f"{out}{n}" if n and out != "out"
                               else out) for n in range(2))  # fmt: skip
        ratio = first / seconds
        verdict = "" if ratio >= TARGET else f", BELOW {TARGET}"
        sys.stdout.write(
            f"again by the {label}: {seconds:.2f} s, {ratio:.0f} times as fast{verdict}\n"
        )


def _many_files(folder: Path, numbers: Sequence[int]) -> None:
    model = checkpoints.build_copying(folder / "tiny")
    common = ("--model", str(model), "--memory", "none", "--fast")
    (folder / "none").mkdir(exist_ok=True)
    (folder / "none/0.txt").write_text(checkpoints.RUSSIAN[0], encoding="utf-8")
    _command(folder, "none", *common, "--out", "warm")
    start = _command(folder, "none", *common, "--out", "start")
    known = _command(folder, "none", *common, "--out", "start")
    sys.stdout.write("files   first run, ms per file   second run, ms per file\n")
    for number in numbers:
        source = folder / f"many{number}"
        source.mkdir()
        for index in range(number):
            (source / f"{index}.txt").write_text(checkpoints.RUSSIAN[index % 3], encoding="utf-8")
        first = _command(folder, source.name, *common, "--out", f"out{number}") - start
        second = _command(folder, source.name, *common, "--out", f"out{number}") - known
        sys.stdout.write(
            f"{number:5}   {1000 * first / number:22.2f}   {1000 * second / number:23.2f}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
