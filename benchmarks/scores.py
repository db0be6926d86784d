"""Does a model know when it translates badly? Log probabilities beside the quality of outputs.

Usage::

    python benchmarks/scores.py [--model embedded] [--to en vi]
    python benchmarks/scores.py --source RU --reference REF --to en [--lines 100]

Translates the sentences of the sample articles (or of files that belong together line by line),
sorts the translations by the log probability per token that the model gave them, and prints the
chrF2 of each eighth, and the rank correlation (Spearman) of both. ``unsure_below`` of a model's
card is best set where the first eighth or so ends, if that is much worse than the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sacrebleu

from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import load_run_settings
from tolmach.translation.translator import Task, Translator

ROOT = Path(__file__).resolve().parent.parent
EIGHTHS = 8


def main() -> None:
    """Print a table for each language."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--to", nargs="+", choices=("en", "vi"), default=["en", "vi"])
    parser.add_argument("--source", type=Path, help="Russian, line by line")
    parser.add_argument("--reference", type=Path, help="in the language of --to")
    parser.add_argument("--lines", type=int, default=0, help="only the first so many")
    options = parser.parse_args()
    if bool(options.source) != bool(options.reference) or (options.source and options.to[1:]):
        parser.error("--source and --reference go together, with one --to")
    settings = load_run_settings("auto")
    model = load_model(load_card(options.model), settings=settings, store=ModelStore())
    for to in options.to:
        pairs = _pairs(options.source, options.reference, to)[: options.lines or None]
        translator = Translator({("ru", to): model}, batch=settings.batch)
        tasks = (Task(place, source, to) for place, (source, _) in enumerate(pairs))
        found = {result.key: result for result in translator.translate(tasks)}
        scored = [
            (found[place].score, _chrf(found[place].target, reference))
            for place, (_, reference) in enumerate(pairs)
            if found[place].score is not None
        ]
        _print(to, np.array(scored))


def _pairs(source: Path | None, reference: Path | None, to: str) -> list[tuple[str, str]]:
    if source is not None and reference is not None:
        texts = (path.read_text(encoding="utf-8").splitlines() for path in (source, reference))
        return list(zip(*texts, strict=True))
    path = ROOT / "eval" / "references" / "seeds.jsonl"
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(row["ru"], row[to]) for row in rows]


def _chrf(hypothesis: str, reference: str) -> float:
    return float(sacrebleu.sentence_chrf(hypothesis, [reference]).score)


def _ranks(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return ranks; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[inverse]


def _print(to: str, scored: np.ndarray) -> None:
    """Print eighths, the least sure first; ``scored`` is (translations, score and chrF2)."""
    ranks = [_ranks(column) for column in scored.T]
    correlation = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    sys.stdout.write(f"{to}: {len(scored)} translations, rank correlation {correlation:.2f}\n")
    sys.stdout.write("  log probability   chrF2\n")
    for part in np.array_split(scored[np.argsort(scored[:, 0], kind="stable")], EIGHTHS):
        low, high = part[0, 0], part[-1, 0]
        sys.stdout.write(f"  {low:6.2f} to {high:5.2f}   {part[:, 1].mean():5.1f}\n")


if __name__ == "__main__":
    main()
