"""What a translation memory costs a run, and what it saves the next one.

Usage::

    python benchmarks/memory.py [--words 6000] [--entries 100000] [--rounds 3]

A network of the size of opus-mt (:mod:`transliterating`) translates the articles that
``benchmarks/translate.py`` makes, greedily (the fastest case, so the worst for a share): without a
memory, with one that is new, and again with what it holds then, one after the other in every round.
Then look-ups, inserts and suggestions are timed alone in a memory of many entries.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import translate  # noqa: E402
import transliterating  # noqa: E402

from tolmach.memory import Approved, Asked, Made, MadeBy, Memory, MemoryFile  # noqa: E402

PAIR = ("ru", "en")
MODEL = MadeBy("0" * 16, "tiny", {})


def articles(words: int) -> list[str]:
    """Return the texts of articles."""
    return [
        "\n\n".join(" ".join(paragraph) for paragraph in article)
        for article in translate.corpus(words)
    ]


def run(folder: Path, texts: Sequence[str], memory: str) -> tuple[float, int]:
    """Translate all texts; return the seconds and how many segments the memory had."""
    import tolmach
    from tolmach.composition import load_config
    from tolmach.config.run import RunSettings

    config = load_config("news").without("summarize")
    settings = RunSettings(
        device="cpu", threads=2, fast=True, memory=memory, cache=str(folder / "cache")
    )
    with tolmach.load(config, settings=settings, model=str(folder / "model")) as pipeline:
        if memory == "none" or not Path(memory).exists():
            pipeline.prepare(to=("en",))  # loading is not what is compared
        started = time.perf_counter()
        found = list(pipeline.stream(texts, to=("en",)))
        seconds = time.perf_counter() - started
    origins = [segment.origin.value for article in found for segment in article.segments]
    return seconds, origins.count("memory")


def whole_runs(words: int, rounds: int) -> None:
    """Compare whole runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = articles(words)
        transliterating.build(folder / "model", texts)
        run(folder, texts[:2], "none")
        times: dict[str, list[float]] = {"without": [], "new": [], "again": []}
        for number in range(rounds):
            path = str(folder / f"memory{number}.sqlite3")
            times["without"].append(run(folder, texts, "none")[0])
            times["new"].append(run(folder, texts, path)[0])
            seconds, found = run(folder, texts, path)
            times["again"].append(seconds)
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(f"{len(texts)} articles, {found} segments found again, greedy search, median of {rounds}")
    print(f"  without a memory {middle['without']:8.2f} s")
    added = 100 * (middle["new"] / middle["without"] - 1)
    print(f"  a new memory     {middle['new']:8.2f} s ({added:+.1f} %)")
    factor = middle["without"] / middle["again"]
    print(f"  again            {middle['again']:8.2f} s ({factor:.0f} times as fast, all stages)")


def timed(label: str, count: int, work: Callable[[], Any]) -> None:
    """Print how long each of so many things takes."""
    started = time.perf_counter()
    work()
    each = (time.perf_counter() - started) / count
    print(f"  {label:34} {1e6 * each:10.1f} us each")


def made_up(entries: int) -> list[str]:
    """Return sentences like real ones: the lines of the articles with other words in them."""
    rng = random.Random(1)
    lines = [line for text in articles(20_000) for line in text.split("\n\n")]
    words = [word for line in lines for word in line.split()]
    chosen = (rng.choice(lines).split()[:25] for _ in range(entries))
    return [
        " ".join(rng.choice(words) if rng.random() < 0.6 else word for word in line)
        for line in chosen
    ]


def alone(entries: int) -> None:
    """Time what a memory does by itself."""
    texts = made_up(entries)
    with tempfile.TemporaryDirectory() as name:
        file = MemoryFile(Path(name) / "memory.sqlite3")
        made = [Made(text, text[::-1]) for text in texts]
        print(f"a memory of {entries} translations by a model and as many approved ones")
        lots = [made[start : start + 64] for start in range(0, entries, 64)]

        def insert() -> None:
            for lot in lots:
                file.remember(lot, PAIR, MODEL)

        timed("storing, 64 at a time", entries, insert)
        approved = [Approved(text, text[::-1]) for text in texts]
        timed("approving, 2,000 at a time", entries, lambda: [
            file.approve(approved[start : start + 2000], ("ru", "vi"))
            for start in range(0, entries, 2000)
        ])  # fmt: skip
        rng = random.Random(2)
        asked = [[Asked(rng.choice(texts)) for _ in range(30)] for _ in range(300)]
        for label, pair in (("by a model", PAIR), ("approved", ("ru", "vi"))):
            timed(f"looking up 30 at a time, {label}", 30 * len(asked), lambda pair=pair: [
                file.lookup(some, pair, made_by=MODEL.key) for some in asked
            ])  # fmt: skip
        memory = Memory(file)
        pair = ("ru", "vi")
        timed("suggestions: once for all texts", 1, lambda: memory.suggest("x", pair))
        similar = [" ".join(text.split()[1:]) for text in rng.choices(texts, k=60)]
        timed("suggestions for a segment", len(similar), lambda: [
            memory.suggest(text, pair) for text in similar
        ])  # fmt: skip
        size = sum(part.stat().st_size for part in Path(name).iterdir())
        print(f"  {size / 1e6:.0f} MB on disk")
        file.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=6000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["TOLMACH_MEMORY"] = "none"
    alone(options.entries)
    whole_runs(options.words, options.rounds)


if __name__ == "__main__":
    main()
