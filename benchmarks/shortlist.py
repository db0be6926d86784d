"""What a shortlist of target tokens gains and costs.

Usage: ``python benchmarks/shortlist.py [--words 4000] [--learn 30000] [--rounds 3]``. A checkpoint
of full size (:mod:`transliterating`) learns a shortlist from its own output on one part of the
corpus and translates another part with and without it, in turn. Output differences are counted,
with the rule that sentences with unknown tokens do without the shortlist, and without that rule.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import translate  # noqa: E402
import transliterating  # noqa: E402

from tolmach.catalog.building import codec_for, text_model  # noqa: E402
from tolmach.catalog.cards import load_card  # noqa: E402
from tolmach.catalog.shortlist import learn, pairs, write  # noqa: E402
from tolmach.catalog.store import ModelStore  # noqa: E402
from tolmach.config.hardware import Hardware  # noqa: E402
from tolmach.inference.base import TextModel  # noqa: E402
from tolmach.inference.ct2 import Seq2SeqEngine  # noqa: E402
from tolmach.translation.translator import Task, Translator  # noqa: E402


class Trusting(Seq2SeqEngine):
    """Uses the shortlist whether it knows all tokens or not."""

    def __init__(self, folder: Path, hardware: Hardware) -> None:
        """Load the model."""
        super().__init__(folder, hardware, shortlist=True)
        self._listed = _Everything()


class _Everything(frozenset[str]):
    def issuperset(self, other: object) -> bool:  # noqa: ARG002
        return True

    def __bool__(self) -> bool:
        return True


def run(model: TextModel, lines: Sequence[str]) -> tuple[float, list[str]]:
    """Return words per second and the translations."""
    started = time.perf_counter()
    tasks = (Task(number, line, "en") for number, line in enumerate(lines))
    found = {
        result.key: result.target for result in Translator({("ru", "en"): model}).translate(tasks)
    }
    seconds = time.perf_counter() - started
    words = sum(len(line.split()) for line in lines)
    return words / seconds, [found[number] for number in range(len(lines))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--words", type=int, default=4000, help="size of the text")
    parser.add_argument("--learn", type=int, default=30_000, help="words to learn from")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    every = translate.sentences(translate.corpus(options.words + options.learn))
    text = translate.sentences(translate.corpus(options.words))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        transliterating.build(folder / "model", every)
        card = load_card(str(folder / "model"))
        plain = ModelStore(folder / "cache").prepare(card, quantization="int8")
        short = Path(shutil.copytree(plain, folder / "short"))
        codec = codec_for(card, plain)
        hardware = Hardware("cpu", "int8", 2, 1)
        model = text_model(card, codec, Seq2SeqEngine(plain, hardware))
        greedy = replace(model, decoding=model.decoding.model_copy(update={"beam": 1}))
        learned = list(pairs(greedy, every[len(text) :], source="ru", target="en"))
        listed = learn(learned)
        write(listed, short)
        team = {
            "no shortlist": model,
            "shortlist": replace(model, engine=Seq2SeqEngine(short, hardware, shortlist=True)),
            "shortlist, even if tokens are unknown": replace(
                model, engine=Trusting(short, hardware)
            ),
        }
        rows = [codec.encode(line, source="ru", target="en").tokens for line in text]
        known = sum(listed.keys() >= set(row) for row in rows)
        print(
            f"{translate.machine()}; {len(text)} sentences, shortlist learned from {len(learned)}"
        )
        print(f"sentences all of whose tokens the shortlist knows: {known / len(rows):.0%}")
        rates: dict[str, list[float]] = {name: [] for name in team}
        outputs: dict[str, list[str]] = {}
        for turn in range(options.rounds):
            for name in [*team][:: -1 if turn % 2 else 1]:
                rate, outputs[name] = run(team[name], text)
                rates[name].append(rate)
        for name, found in outputs.items():
            ratio = statistics.median(
                one / other for one, other in zip(rates[name], rates["no shortlist"], strict=True)
            )
            differ = sum(
                one != other for one, other in zip(found, outputs["no shortlist"], strict=True)
            )
            print(f"{name}: x{ratio:.2f} words/s, {differ} of {len(text)} outputs differ")


if __name__ == "__main__":
    main()
