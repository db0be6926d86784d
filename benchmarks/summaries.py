"""Summaries beside two baselines, against reference summaries: ROUGE, and what the gate says.

    python benchmarks/summaries.py --references          # sentences of the reference translations
    python benchmarks/summaries.py --model embedded      # translated and condensed by a model

All systems choose from the same translated sentences of an article, and have the same number of
them: ``ours`` (with a model, condensed by it), ``lead-3`` (the first three sentences) and
``TextRank`(Mihalcea and Tarau 2004: PageRank over the cosines of the sentences, nothing else).
With ``--references`` nothing is translated or condensed: the choice alone is compared. The table
has the articles that the weights were chosen on and those that they were not apart.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import tolmach
from tolmach.assembly import assemble
from tolmach.cleaning import clean
from tolmach.config.run import load_run_settings
from tolmach.document import Article, Summary
from tolmach.evaluation.rouge import rouge, tokens
from tolmach.readers import read_path
from tolmach.segmentation import SPLITTERS, segment
from tolmach.summarization.gate import Evidence, examine, failures
from tolmach.summarization.summarizer import summarize
from tolmach.summarization.view import View, view_of
from tolmach.translation.translator import Translated

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "articles"
TARGETS = ("en", "vi")
SENTENCES = 3


@dataclass(frozen=True)
class Sample:
    """An article with a reference summary in both languages."""

    name: str
    seed: bool
    path: Path
    reference: Mapping[str, str]
    translations: Mapping[str, Mapping[str, str]]


def samples() -> Iterator[Sample]:
    """Yield the sample articles of the project, and the shared ones if they are there."""
    rows = _lines(ROOT / "eval" / "references" / "seeds.jsonl")
    for line in _lines(ROOT / "eval" / "references" / "summaries.jsonl"):
        known = {row["ru"]: row for row in rows if row["doc"] == line["doc"]}
        yield Sample(line["doc"], True, ROOT / "seeds" / f"{line['doc']}.txt", line, known)
    for path in sorted(SHARED.glob("*.summary.json")):
        name = path.name.split(".")[0]
        known = {row["ru"]: row for row in _lines(SHARED / f"{name}.ref.jsonl")}
        reference = json.loads(path.read_text(encoding="utf-8"))
        yield Sample(f"shared {name}", False, SHARED / f"{name}.txt", reference, known)


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def referenced(sample: Sample, to: str) -> Article:
    """Return the article with its reference translation."""
    document = clean(read_path(sample.path, name=sample.name))
    document = segment(document, splitter=SPLITTERS["razdel"]())
    found = {
        index: Translated(index, sample.translations[part.source][to])
        for index, part in enumerate(document.segments)
        if part.source in sample.translations
    }
    return assemble(document, found, to=to, model="references", signature={})


def lead(view: View) -> list[int]:
    """Take the first sentences."""
    return list(range(min(SENTENCES, len(view.units))))


def textrank(view: View) -> list[int]:
    """Take the sentences of the highest PageRank over the cosines of their words."""
    found = [Counter(tokens(unit.text)) for unit in view.units]
    documents = Counter(word for words in found for word in words)
    rarity = {word: math.log(len(found) / number) for word, number in documents.items()}
    columns = {word: column for column, word in enumerate(rarity)}
    # (sentences, words)
    matrix = np.zeros((len(found), len(columns)))
    for row, words in enumerate(found):
        for word, number in words.items():
            matrix[row, columns[word]] = number * rarity[word]
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(norms == 0, 1, norms)
    # (sentences, sentences)
    links = matrix @ matrix.T
    np.fill_diagonal(links, 0)
    totals = links.sum(axis=1, keepdims=True)
    links /= np.where(totals == 0, 1, totals)
    rank = np.full(len(found), 1 / len(found))
    for _ in range(50):
        rank = 0.15 / len(found) + 0.85 * (rank @ links)
    return sorted(np.argsort(-rank)[:SENTENCES].tolist())


BASELINES: Mapping[str, Callable[[View], list[int]]] = {"lead-3": lead, "TextRank": textrank}


def passed(summary: Summary, article: Article) -> tuple[int, int]:
    """Return how many sentences pass the gate beside the segments they rest on, and all."""
    segments = article.segments
    good = 0
    text = "\n".join(segment.target for segment in segments)
    for sentence in summary.sentences:
        passage = " ".join(segments[index].target for index in sentence.sources)
        source = " ".join(segments[index].source for index in sentence.sources)
        evidence = Evidence(passage, text, source, "", article.to, strict=False)
        good += not failures(examine(sentence.text, evidence))
    return good, len(summary.sentences)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", action="store_true", help="use reference translations")
    parser.add_argument("--model", default="embedded", help="translates (default: embedded)")
    parser.add_argument("--only", action="append", help="names of articles")
    parser.add_argument("--show", action="store_true", help="print the summaries")
    options = parser.parse_args()
    chosen = [item for item in samples() if not options.only or item.name in options.only]
    started = time.perf_counter()
    made = _referenced(chosen) if options.references else _translated(chosen, options.model)
    scores: dict[tuple[bool, str, str], list[tuple[float, ...]]] = {}
    gate = Counter[str]()
    methods = Counter[str]()
    for sample, article, summary in made:
        view = view_of(article)
        texts = {"ours": summary.text}
        for name, choose in BASELINES.items():
            texts[name] = " ".join(view.units[place].text for place in choose(view))
        for name, text in texts.items():
            found = rouge(text, [sample.reference[article.to]])
            figures = (*found.values(), float(len(text)))
            scores.setdefault((sample.seed, article.to, name), []).append(figures)
        good, total = passed(summary, article)
        gate.update(passed=good, all=total)
        methods.update(sentence.method for sentence in summary.sentences)
        if options.show:
            _show(sample, article, summary)
    _print(scores)
    sys.stdout.write(f"gate: {gate['passed']} of {gate['all']} sentences pass; {dict(methods)}\n")
    sys.stdout.write(f"{time.perf_counter() - started:.0f} s\n")


def _referenced(chosen: Sequence[Sample]) -> Iterator[tuple[Sample, Article, Summary]]:
    for sample in chosen:
        for to in TARGETS:
            article = referenced(sample, to)
            yield sample, article, summarize(article, sentences=SENTENCES)


def _translated(chosen: Sequence[Sample], model: str) -> Iterator[tuple[Sample, Article, Summary]]:
    config = tolmach.load_config("news").with_options("summarize", sentences=SENTENCES)
    # what was translated before must not decide what is measured now
    settings = load_run_settings("auto").model_copy(update={"memory": "none"})
    by_path = {sample.path: sample for sample in chosen}
    with tolmach.load(config, model=model, settings=settings) as pipeline:
        for sample in by_path.values():
            for article in pipeline.stream([sample.path], to=TARGETS):
                if article.summary is not None:
                    yield sample, article, article.summary


def _show(sample: Sample, article: Article, summary: Summary) -> None:
    sys.stdout.write(f"\n{sample.name}, {article.to}\n")
    for sentence in summary.sentences:
        sys.stdout.write(f"  [{sentence.method}] {sentence.text}\n")
    for warning in summary.warnings:
        sys.stdout.write(f"  ({warning.code}) {warning.message}\n")
    sys.stdout.write(f"  reference: {sample.reference[article.to]}\n")


def _print(scores: Mapping[tuple[bool, str, str], Sequence[tuple[float, ...]]]) -> None:
    sys.stdout.write("articles  to  system     ROUGE-1  ROUGE-2  ROUGE-L  characters\n")
    for (seed, to, name), rows in sorted(
        scores.items(), key=lambda item: (not item[0][0], *item[0][1:])
    ):
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        figures = "  ".join(f"{100 * value:7.1f}" for value in mean[:3])
        kind = "seeds" if seed else "shared"
        sys.stdout.write(f"{kind:8}  {to}  {name:9}  {figures}  {mean[3]:10.0f}\n")


if __name__ == "__main__":
    main()
