"""What pruning the embedded model's vocabulary gains and costs: speed, memory, quality.

Usage: ``python benchmarks/vocabulary.py [--lines 200] [--beam 4] [--threads 2]``. The two models
translate the same batches in turn, so that a busy machine slows both. Tokens are counted by the
whole vocabulary for both. Text: ``../shared/data/ntrex-dev``; where it is missing, only loading
and memory are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.batching import plan  # noqa: E402
from tolmach.catalog.cards import Card, load_card  # noqa: E402
from tolmach.catalog.loading import load_model  # noqa: E402
from tolmach.catalog.store import ModelStore  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402
from tolmach.inference.base import Decoding, TextModel  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "ntrex-dev"
ROWS = 32
LINE = "Президент прибыл в Ханой с государственным визитом и встретился с премьер-министром."


@dataclass
class Run:
    """One model on one direction: what it wrote and how long it took."""

    model: TextModel
    texts: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def translate(self, numbers: Sequence[int], lines: Sequence[str], decoding: Decoding) -> None:
        """Translate one batch."""
        ((source, target),) = self.model.pairs
        wall, cpu = time.perf_counter(), time.process_time()
        rows = [self.model.encode(line, source=source, target=target) for line in lines]
        found = self.model.generate(rows, decoding=decoding)
        self.seconds += time.perf_counter() - wall
        self.cpu_seconds += time.process_time() - cpu
        self.texts.update(zip(numbers, (best.text for best, *_ in found), strict=True))


def cards(name: str) -> dict[str, Card]:
    """The card with its vocabulary list and the same without."""
    card = load_card(name)
    whole = card.origin.model_copy(update={"vocabulary": ""})
    return {"whole": card.model_copy(update={"origin": whole}), "pruned": card}


def compare(
    models: dict[str, TextModel], pair: tuple[str, str], count: int, decoding: Decoding
) -> Iterator[str]:
    """Translate in turn and yield the lines of the table."""
    import sacrebleu

    source, reference = (
        (DATA / f"{language}.txt").read_text(encoding="utf-8").split("\n")[:count]
        for language in pair
    )
    one_way = {name: _only(model, pair) for name, model in models.items()}
    count_tokens = models["whole"].codec
    lengths = [len(count_tokens.encode(line, source=pair[0], target=pair[1])) for line in source]
    runs = {name: Run(model) for name, model in one_way.items()}
    for turn, batch in enumerate(plan(lengths, budget=models["whole"].batch_tokens, rows=ROWS)):
        # who goes first changes, so that neither always finds the caches warm
        for name in sorted(runs, reverse=bool(turn % 2)):
            runs[name].translate(batch, [source[index] for index in batch], decoding)
    rates = {}
    for name, run in runs.items():
        texts = [run.texts[index] for index in range(len(source))]
        tokens = sum(
            count_tokens.encode(text, source=pair[0], target=pair[1]).text_tokens for text in texts
        )
        rates[name] = (tokens / run.seconds, tokens / run.cpu_seconds)
        wall, cpu = (rates[name][kind] / rates["whole"][kind] for kind in (0, 1))
        yield (
            f"{'-'.join(pair)}  beam {decoding.beam}  {name:7}"
            f"BLEU {sacrebleu.corpus_bleu(texts, [reference]).score:5.2f}  "
            f"chrF {sacrebleu.corpus_chrf(texts, [reference]).score:5.2f}  "
            f"{rates[name][0]:6.1f} tokens/s (x{wall:.2f})  "
            f"{rates[name][1]:6.1f} tokens per CPU second (x{cpu:.2f})"
        )


def _only(model: TextModel, pair: tuple[str, str]) -> TextModel:
    return replace(model, pairs=frozenset([pair]))


def probe(name: str, threads: int, beam: int) -> dict[str, float]:
    """Load one model in this process and translate once; seconds and megabytes."""
    import ctranslate2  # noqa: F401
    import sentencepiece  # noqa: F401

    before = _peak_mb()
    started = time.perf_counter()
    settings = RunSettings(device="cpu", threads=threads)
    model = load_model(cards("embedded")[name], settings=settings, store=ModelStore())
    loaded = time.perf_counter() - started
    rows = [model.encode(LINE, source="ru", target="en")] * ROWS
    resting = _peak_mb()
    model.generate(rows, decoding=model.decoding.model_copy(update={"beam": beam}))
    return {"seconds": loaded, "loaded": resting - before, "working": _peak_mb() - before}


def _peak_mb() -> float:
    # Linux counts in kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def loading(folders: dict[str, Path], threads: int, beam: int) -> Iterator[str]:
    """Measure each model in a process of its own and yield the lines of the table."""
    for name, folder in folders.items():
        disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        command = [sys.executable, __file__, "--probe", name]
        command += ["--threads", str(threads), "--beam", str(beam)]
        # the first time warms the file cache
        answers = [
            subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for _ in range(3)
        ]
        found = min((json.loads(answer) for answer in answers), key=lambda one: one["seconds"])
        yield (
            f"{name:7}  {disk:4.0f} MB on disk, loaded in {found['seconds']:.2f} s, "
            f"peak memory beyond the libraries {found['loaded']:.0f} MB after loading, "
            f"{found['working']:.0f} MB after a batch of {ROWS}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=200, help="lines of each direction")
    parser.add_argument("--beam", type=int, default=1, help="1 is greedy")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--probe", choices=("whole", "pruned"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.probe:
        print(json.dumps(probe(options.probe, options.threads, options.beam)))
        return 0
    store, settings = ModelStore(), RunSettings(device="cpu", threads=options.threads)
    both = cards("embedded")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {options.threads} threads, int8")
    folders = {name: store.prepare(card, quantization="int8") for name, card in both.items()}
    for line in loading(folders, options.threads, options.beam):
        print(line, flush=True)
    if not DATA.is_dir():
        print(f"no text to translate: {DATA.relative_to(ROOT.parent)} is missing")
        return 0
    models = {name: load_model(card, settings=settings, store=store) for name, card in both.items()}
    decoding = both["pruned"].decoding.model_copy(update={"beam": options.beam})
    for target in ("en", "vi"):
        for line in compare(models, ("ru", target), options.lines, decoding):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
