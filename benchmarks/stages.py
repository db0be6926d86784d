"""Where the time of a run goes: each stage's share, files in, files out.

Usage::

    python benchmarks/stages.py [--words 4000] [--beam 4]

The news pipeline without a summary translates the articles that ``benchmarks/translate.py`` makes
into English with a network of the size of opus-mt (:mod:`transliterating`), int8 on two threads,
with a new translation memory. The model is loaded and has translated something before the clock
starts. A stage's seconds are those that ``run.json`` tells; of what happens inside the stage
``translate``, the memory is timed apart. Both workers of the engine may be busy while another stage
runs, so what the other stages cost a user is less than their share.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import memory as memory_benchmark  # noqa: E402
import translate  # noqa: E402
import transliterating  # noqa: E402

import tolmach  # noqa: E402
from tolmach.composition import load_config  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402
from tolmach.memory import Memory  # noqa: E402
from tolmach.stages import Input  # noqa: E402

# what has nothing to do with the model
AROUND = ("read", "clean", "split", "memory", "write")
TARGET = 0.05


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=4000, help="of the corpus")
    parser.add_argument("--beam", type=int, default=4)
    options = parser.parse_args()
    os.environ.pop("TOLMACH_MEMORY", None)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        texts = memory_benchmark.articles(options.words)
        transliterating.build(folder / "model", texts)
        _print(*_run(folder, texts, options.beam), words=options.words, beam=options.beam)


def _run(folder: Path, texts: list[str], beam: int) -> tuple[Counter[str], float]:
    """Translate all files; return the seconds by stage, and those of the whole."""
    inputs = []
    for number, text in enumerate(texts):
        path = folder / f"news/{number:04}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        inputs.append(Input(path.name, path=path))
    spent: Counter[str] = Counter()
    _time_memory(spent)
    settings = RunSettings(
        device="cpu",
        threads=2,
        fast=beam == 1,
        memory=str(folder / "memory.sqlite3"),
        cache=str(folder / "cache"),
    )
    config = load_config("news").without("summarize")
    model = str(folder / "model")
    with tolmach.load(config, settings=settings, model=model, output=folder / "out") as pipeline:
        pipeline.translate_texts(["Один два три."], to="en")
        spent.clear()
        started = time.perf_counter()
        for item in pipeline.items(inputs, to=("en",)):
            if item.failure is not None:
                raise item.failure
            spent.update(item.seconds)
        whole = time.perf_counter() - started
    return spent, whole


def _time_memory(spent: Counter[str]) -> None:
    """Time the translation memory from now on."""
    for name in ("lookup", "remember", "flush"):
        setattr(Memory, name, _timed(getattr(Memory, name), spent))


def _timed(work: Callable[..., Any], spent: Counter[str]) -> Callable[..., Any]:
    @wraps(work)
    def timed(*given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return work(*given, **named)
        finally:
            spent["memory"] += time.perf_counter() - started

    return timed


def _print(spent: Counter[str], whole: float, *, words: int, beam: int) -> None:
    sys.stdout.write(f"{translate.machine()}; {words} words, beam {beam}\n")
    for name, seconds in spent.most_common():
        sys.stdout.write(f"{name:10} {100 * seconds / whole:6.2f} %\n")
    around = sum(spent[name] for name in AROUND) / whole
    verdict = "within" if around <= TARGET else "ABOVE"
    sys.stdout.write(
        f"{' + '.join(AROUND)}: {100 * around:.2f} % of {whole:.1f} s, {verdict} {TARGET:.0%}\n"
    )


if __name__ == "__main__":
    main()
