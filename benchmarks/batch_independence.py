"""How often a model writes something else for a text because of what shares its batch.

Usage: ``python benchmarks/batch_independence.py [--model embedded] [--lines 60] [--beam 1]``. Every
sentence is translated alone, in small batches and in large ones. Rounding to int8 and the order of
sums inside matrix products may differ with the shape of a batch; on some processors they do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import translate  # noqa: E402

from tolmach.batching import plan, restore  # noqa: E402
from tolmach.catalog.cards import load_card  # noqa: E402
from tolmach.catalog.loading import load_model  # noqa: E402
from tolmach.catalog.store import ModelStore  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402


def main() -> None:
    """Print the share of sentences that differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--beam", type=int, default=1)
    options = parser.parse_args()
    model = load_model(
        load_card(options.model), settings=RunSettings(device="cpu"), store=ModelStore()
    )
    decoding = model.decoding.model_copy(update={"beam": options.beam})  # type: ignore[union-attr]
    lines = translate.sentences(translate.corpus(options.lines * 40))[: options.lines]
    rows = [model.encode(line, source="ru", target="en") for line in lines]  # type: ignore[union-attr]
    lengths = [len(row) for row in rows]

    def run(size: int) -> list[str]:
        batches = plan(lengths, budget=10**6, rows=size)
        found = [
            model.generate([rows[index] for index in batch], decoding=decoding)  # type: ignore[union-attr]
            for batch in batches
        ]
        return [best.text for best, *_ in restore(batches, found)]

    alone = run(1)
    print(f"{translate.machine()}; {options.model}, beam {options.beam}, {len(lines)} sentences")
    for size in (4, 16, 64):
        differ = sum(one != other for one, other in zip(alone, run(size), strict=True))
        print(f"batches of {size}: {differ} of {len(lines)} differ from alone")


if __name__ == "__main__":
    main()
