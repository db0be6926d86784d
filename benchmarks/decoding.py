"""Which search and which way suit the embedded model: greedy or beams, direct or through English.

Usage: ``python benchmarks/decoding.py [--lines 200] [--beams 1 2 4] [--model embedded]``. Scores
are sacreBLEU's BLEU (13a) and chrF2 of single sentences before any guard, against
``../shared/data/ntrex-dev``; speed is relative to the first row of each direction, measured in the
same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import sacrebleu  # noqa: E402

from tolmach.batching import plan, restore  # noqa: E402
from tolmach.catalog.cards import load_card  # noqa: E402
from tolmach.catalog.loading import load_model  # noqa: E402
from tolmach.catalog.store import ModelStore  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402
from tolmach.inference.base import TextModel  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "ntrex-dev"


def translate(
    model: TextModel, texts: Sequence[str], *, way: tuple[str, str], beam: int
) -> list[str]:
    """Return the best hypothesis for each text, in order."""
    rows = [model.encode(text, source=way[0], target=way[1]) for text in texts]
    decoding = model.decoding.model_copy(update={"beam": beam})
    batches = plan(list(map(len, rows)), budget=max(1, model.batch_tokens // 4), rows=64)
    found = [
        model.generate([rows[index] for index in batch], decoding=decoding) for batch in batches
    ]
    return [candidates[0].text for candidates in restore(batches, found)]


def row(label: str, hypotheses: list[str], references: list[str], seconds: float) -> str:
    """Return one line of the table."""
    bleu = sacrebleu.corpus_bleu(hypotheses, [references]).score
    chrf = sacrebleu.corpus_chrf(hypotheses, [references]).score
    return f"{label:28}{bleu:8.2f}{chrf:8.2f}{seconds:10.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=200, help="sentences to translate")
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 2, 4], help="beam sizes")
    parser.add_argument("--model", default="embedded", help="model name")
    options = parser.parse_args(arguments)
    if not DATA.is_dir():
        print(f"nothing to translate: {DATA.relative_to(ROOT.parent)} is missing")
        return 0
    russian, english, vietnamese = (
        (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()[: options.lines]
        for name in ("ru", "en", "vi")
    )
    russian = [" ".join(line.split()) for line in russian]
    model = load_model(
        load_card(options.model), settings=RunSettings(device="cpu"), store=ModelStore()
    )
    print(f"{platform.machine()}, {os.cpu_count()} cores; {len(russian)} lines; {options.model}")
    print(f"{'':28}{'BLEU':>8}{'chrF2':>8}{'time':>10}")
    first: dict[str, float] = {}
    for beam in options.beams:
        times, outputs = {}, {}
        for label, texts, way in (
            ("ru-en", russian, ("ru", "en")),
            ("ru-vi", russian, ("ru", "vi")),
            ("ru-en-vi", None, ("en", "vi")),
        ):
            started = time.perf_counter()
            outputs[label] = translate(model, texts or outputs["ru-en"], way=way, beam=beam)
            times[label] = time.perf_counter() - started
        times["ru-en-vi"] += times["ru-en"]
        for label, hypotheses in outputs.items():
            reference = english if label == "ru-en" else vietnamese
            relative = times[label] / first.setdefault(label, times[label])
            print(row(f"{label} beam {beam}", hypotheses, reference, relative), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
