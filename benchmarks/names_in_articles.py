"""How many names are right in whole articles, with and without the stages for names.

Usage: ``python benchmarks/names_in_articles.py [--articles FOLDER] [--model embedded] [--found]``;
by default ``../shared/articles`` (``NNN.names.tsv`` beside ``NNN.ref.jsonl``). Two tables:

- found: for each gold person and place, whether the gazetteer and transcription together give
  exactly its English and its Vietnamese form where the text has it;
- end to end: every sentence is translated, and the share of the gold names' occurrences is counted
  whose right form stands in the translation of their sentence: as the model wrote it, with the
  names given to it in the source (models whose card says so), and with names put right as well.
  Skipped with ``--found``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from finding import Gold, places, read_names  # noqa: E402

import tolmach  # noqa: E402
from tolmach.composition import load_config  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402
from tolmach.resources import folder  # noqa: E402
from tolmach.stages import Input  # noqa: E402
from tolmach.terms.finding import find  # noqa: E402
from tolmach.terms.gazetteer import load_gazetteer  # noqa: E402

KINDS = ("person", "place")
Texts = Mapping[str, Mapping[str, Sequence[str]]]
"""Translated sentences by article and target language."""


def articles(where: Path) -> Iterator[tuple[str, list[str], list[Gold]]]:
    """Yield name, sentences and gold names of each article."""
    for path in sorted(where.glob("*.names.tsv")):
        rows = path.with_name(path.name.replace("names.tsv", "ref.jsonl"))
        lines = rows.read_text(encoding="utf-8").splitlines()
        yield path.name[:3], [json.loads(line)["ru"] for line in lines], read_names(path)


def found(where: Path) -> Iterator[str]:
    """Yield the table of exact forms, names counted once in an article and each time."""
    gazetteer = load_gazetteer(folder("configs") / "gazetteer")
    right: Counter[str | tuple[str, str]] = Counter()
    total = occurrences = 0
    for _, sentences, names in articles(where):
        mentions = find(sentences, gazetteer)
        asked: set[Gold] = set()
        for sentence, listed in zip(sentences, mentions, strict=True):
            for name, start, end in places(names, sentence):
                if name.kind not in KINDS:
                    continue
                new = name not in asked
                asked.add(name)
                total += new
                occurrences += 1
                at = [m.name for m in listed if m.span.start < end and start < m.span.end]
                for to in ("en", "vi"):
                    wanted = bare(getattr(name, to))
                    exact = any(wanted == bare(given.form(to)) for given in at)
                    right[to] += new and exact
                    right[to, "each"] += exact
    for to in ("en", "vi"):
        yield (
            f"found, {to}: exactly right {right[to] / max(1, total):.3f} of {total} names, "
            f"{right[to, 'each'] / max(1, occurrences):.3f} of {occurrences} occurrences"
        )


def bare(form: str) -> str:
    """Leave out what is no part of a name: case, article, kind of dash, what is in brackets."""
    short = re.sub(r"\s*\(.*?\)", "", form).lower().removeprefix("the ")
    return re.sub(r"[\s–—-]+", " ", short).replace("hoà", "hòa")


def translate(where: Path, model: str, *, without: Sequence[str]) -> Texts:
    """Translate every sentence as a line of its own, without some of the stages."""
    config = load_config("segments").with_options("split", splitter="line")
    for stage in (*without, "check", "write"):
        config = config.without(stage)
    with tolmach.load(config, model=model, settings=RunSettings(memory="none")) as pipeline:
        inputs = [
            Input(name, text="\n\n".join(sentences)) for name, sentences, _ in articles(where)
        ]
        return {
            item.source.name: {
                to: {part.source: part.target for part in article.segments}
                for to, article in item.articles.items()
            }
            for item in pipeline.items(inputs)
        }  # type: ignore[return-value]


def end_to_end(where: Path, model: str) -> Iterator[str]:
    """Yield the table of names that are right in the translations."""
    versions = {
        "as the model wrote it": translate(where, model, without=("names", "terms")),
        "names in the source": translate(where, model, without=("terms",)),
        "names put right": translate(where, model, without=()),
    }
    for kinds in (KINDS, ("person",), ("place",)):
        for version, texts in versions.items():
            cells = []
            for to in ("en", "vi"):
                count = right = 0
                for article, sentences, names in articles(where):
                    for sentence in sentences:
                        # the splitter leaves the mark at the end of a report out
                        bare_sentence = " ".join(sentence.removesuffix("./.").split())
                        target = next(
                            (
                                text
                                for source, text in texts[article][to].items()
                                if source.startswith(bare_sentence)
                            ),
                            "",
                        )
                        for name, _, _ in places(names, sentence):
                            if name.kind in kinds:
                                count += 1
                                right += bare(getattr(name, to)) in bare(target)
                cells.append(f"{to} {right / max(1, count):.3f} of {count}")
            yield f"{' and '.join(kinds):17} {version:22} " + "  ".join(cells)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared" / "articles")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--found", action="store_true", help="only what needs no model")
    options = parser.parse_args()
    for line in found(options.articles):
        print(line)
    if not options.found:
        for line in end_to_end(options.articles, options.model):
            print(line, flush=True)


if __name__ == "__main__":
    main()
