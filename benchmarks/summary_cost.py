"""What summaries cost beside translation, with networks of the same size on the same processor.

    python benchmarks/summary_cost.py FOLDER

Both networks have the size of the opus-mt models (width 512, 6 + 6 layers, feed-forward 2048,
62,518 entries): the one of ``benchmarks/transliterating.py`` translates the sample articles, and a
BART with random weights that reads 1,000 tokens summarises them. Random weights never end: every
output is as long as bart-large-cnn allows (142 tokens), and none passes the gate, so all that can
be tried again is: the most that summaries can cost. What is asked first is timed alone as well,
also with outputs of full length. A model that ends and passes costs less than either. Both use 4
beams and int8.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import transliterating
from summaries import Sample, referenced, samples

from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import BatchSettings, RunSettings
from tolmach.inference.base import TextModel
from tolmach.summarization.drafts import drafts
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.requests import Plan, run
from tolmach.summarization.summarizer import Job, summarize_all
from tolmach.summarization.view import View, view_of
from tolmach.translation.translator import Task, Translator

ENTRIES, WIDTH = 62_518, 512


def build_reader(folder: Path, texts: Sequence[str]) -> None:
    """Build the BART checkpoint and its card."""
    import tokenizers
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    library: Any = tokenizers
    trained = library.ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(
        texts, vocab_size=ENTRIES, min_frequency=2, special_tokens=special, show_progress=False
    )
    trained.save_model(str(folder))
    torch.manual_seed(1)
    config = transformers.BartConfig(
        vocab_size=ENTRIES,
        d_model=WIDTH,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        max_position_embeddings=1024,
    )
    model = transformers.BartForConditionalGeneration(config).eval()
    model.save_pretrained(folder, safe_serialization=True)
    card = {
        "name": "reader",
        "summary": "random weights",
        "family": "bart",
        "origin": {"path": "."},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["en-en"],
        "canary": {},
        "limits": {"source_tokens": 1000, "output_tokens": 142, "batch_tokens": 16384},
        "decoding": load_card("bart-large-cnn").decoding.model_dump(exclude_unset=True),
    }
    (folder / "tolmach-card.yaml").write_text(json.dumps(card), encoding="utf-8")


def main() -> None:
    """Print seconds for both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the networks are built")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    chosen = [sample for sample in samples() if sample.seed]
    russian = [text for sample in chosen for text in sample.translations]
    english = [row["en"] for sample in chosen for row in sample.translations.values()]
    if not (options.folder / "reader").is_dir():
        transliterating.build(options.folder / "translator", russian)
        build_reader(options.folder / "reader", english)
    settings = RunSettings(device="cpu", precision="int8", threads=options.threads)
    store = ModelStore(options.folder / "cache", offline=True)
    translator = _load(options.folder / "translator", settings, store)
    reader = _load(options.folder / "reader", settings, store)
    times: dict[str, float] = {}
    for _ in range(2):  # the first round warms up
        times = {
            "translation": _translated(translator, russian),
            "summaries, everything tried again": _summarised(reader, chosen),
            "summaries, at the first try": _read_once(reader, chosen),
        }
    _print(times, len(chosen), len(russian))


def _load(folder: Path, settings: RunSettings, store: ModelStore) -> TextModel:
    model = load_model(load_card(str(folder)), settings=settings, store=store)
    if not isinstance(model, TextModel):
        raise TypeError(folder)
    return model


def _translated(model: TextModel, texts: Sequence[str]) -> float:
    beams = model.decoding.model_copy(update={"beam": 4})
    started = time.perf_counter()
    translator = Translator({("ru", "en"): replace(model, decoding=beams)}, batch=BatchSettings())
    list(translator.translate(Task(place, text, "en") for place, text in enumerate(texts)))
    return time.perf_counter() - started


def _summarised(model: TextModel, chosen: Sequence[Sample]) -> float:
    jobs = [Job(referenced(sample, "en"), Wanted(), model) for sample in chosen]
    started = time.perf_counter()
    for result in summarize_all(jobs):
        if isinstance(result, Exception):
            raise result
    return time.perf_counter() - started


def _read_once(model: TextModel, chosen: Sequence[Sample]) -> float:
    """Run what is asked first: the whole articles, or their parts."""
    plans = [_first(view_of(referenced(sample, "en")), model) for sample in chosen]
    started = time.perf_counter()
    run(plans)
    return time.perf_counter() - started


def _first(view: View, model: TextModel) -> Plan[None]:
    plan = drafts(view, Wanted(), model)
    yield next(plan)


def _print(times: Mapping[str, float], documents: int, sentences: int) -> None:
    sys.stdout.write(f"{documents} articles, {sentences} sentences\n")
    for name, seconds in times.items():
        share = seconds / times["translation"]
        sys.stdout.write(f"{name:34} {seconds:7.2f} s  {100 * share:5.0f} %\n")


if __name__ == "__main__":
    main()
