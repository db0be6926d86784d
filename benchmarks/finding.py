"""How well names are found in Russian text: recall, precision and speed.

Usage: ``python benchmarks/finding.py [--articles FOLDER] [--misses] [--plain]``; by default
``../shared/articles`` if it exists (``NNN.names.tsv`` beside ``NNN.ref.jsonl``) and the sentences
of ``tests/data/names-finding.tsv``. A name is found if a mention overlaps the place where the
text has it and has the right English and Vietnamese form, or an alternative that is right as well.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.readers import read_path  # noqa: E402
from tolmach.resources import folder  # noqa: E402
from tolmach.segmentation import SPLITTERS  # noqa: E402
from tolmach.terms.base import Mention  # noqa: E402
from tolmach.terms.finding import find  # noqa: E402
from tolmach.terms.gazetteer import Gazetteer, load_gazetteer  # noqa: E402
from tolmach.terms.lemmas import fold  # noqa: E402

KINDS = ("person", "place", "org", "doc", "other")


@dataclass(frozen=True, slots=True)
class Gold:
    """A name that a text should have: its Russian forms and what it is in the targets."""

    forms: tuple[str, ...]
    en: str
    vi: str
    kind: str


@dataclass(slots=True)
class Count:
    """Figures of one kind of name."""

    gold: int = 0
    found: int = 0
    right: int = 0
    first: int = 0
    missed: list[str] = field(default_factory=list)


def read_names(path: Path) -> list[Gold]:
    """Read a ``names.tsv``: forms, English, Vietnamese, type."""
    names = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) >= 4 and not line.startswith("#"):
            names.append(Gold(tuple(cells[0].split("|")), *cells[1:4]))
    return names


def places(names: Sequence[Gold], text: str) -> Iterator[tuple[Gold, int, int]]:
    """Yield where a text has the gold names, the longest where several overlap."""
    taken: list[tuple[int, int]] = []
    forms = sorted(
        ((form, name) for name in names for form in name.forms), key=lambda pair: -len(pair[0])
    )
    folded = fold(text)
    for form, name in forms:
        for match in re.finditer(rf"(?<!\w){re.escape(fold(form))}(?!\w)", folded):
            start, end = match.span()
            if text[start].isupper() != form[0].isupper():
                continue
            if not any(start < other[1] and other[0] < end for other in taken):
                taken.append((start, end))
                yield name, start, end


def is_right(mention: Mention, gold: Gold) -> bool:
    """Tell whether a mention has the gold's forms, or forms that its own name also allows."""
    return all(_bare(getattr(gold, to)) in map(_bare, _forms(mention, to)) for to in ("en", "vi"))


def _forms(mention: Mention, to: str) -> tuple[str, ...]:
    others = mention.name.alternatives.get(to, ()) if mention.name.known else ()
    return (mention.name.form(to), *others)


def _bare(form: str) -> str:
    short = re.sub(r"\s*\(.*?\)", "", form).lower()
    return re.sub(r"[\s–—-]+", " ", short).removeprefix("the ").replace("hoà", "hòa")


def score(
    segments: Sequence[str], names: Sequence[Gold], gazetteer: Gazetteer, counts: dict[str, Count]
) -> list[str]:
    """Add the figures of one document; return the mentions that are wrong."""
    wrong = []
    mentions = find(segments, gazetteer)
    for segment, found in zip(segments, mentions, strict=True):
        gold = list(places(names, segment))
        for name, start, end in gold:
            count = counts.setdefault(name.kind, Count())
            count.gold += 1
            at = [m for m in found if m.span.start < end and start < m.span.end]
            count.found += bool(at)
            if any(is_right(m, name) for m in at):
                count.right += 1
            else:
                got = "; ".join(f"{m.text}={m.name.en}/{m.name.vi}" for m in at)
                count.missed.append(f"{segment[start:end]} -> {name.en} / {name.vi} [{got}]")
        for mention in found:
            at_gold = [g for g, s, e in gold if s < mention.span.end and mention.span.start < e]
            if not any(is_right(mention, name) for name in at_gold):
                label = "differs from gold" if at_gold else "not in gold"
                wrong.append(
                    f"{label}: {mention.text} = {mention.name.en} / {mention.name.vi}"
                    f"{'' if mention.name.known else ' (guess)'}"
                )
    return wrong


def documents(articles: Path) -> Iterator[tuple[str, list[str], list[Gold]]]:
    """Yield name, segments and gold names of each document."""
    own = ROOT / "tests" / "data" / "names-finding.tsv"
    if own.is_file():
        for number, line in enumerate(own.read_text(encoding="utf-8").splitlines()):
            cells = line.split("\t")
            if line.startswith("#") or len(cells) < 2:
                continue
            names = [Gold((f,), e, v, k) for f, e, v, k in (c.split("|") for c in cells[1:] if c)]
            yield f"{own.name}:{number + 1}", [cells[0]], names
    for path in sorted(articles.glob("*.names.tsv")):
        lines = path.with_name(path.name.replace("names.tsv", "ref.jsonl"))
        rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        yield path.name, [row["ru"] for row in rows], read_names(path)


def main() -> None:
    """Print recall by kind, the mentions that are not in the gold, and the time per segment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared" / "articles")
    parser.add_argument("--misses", action="store_true", help="print what is missed and wrong")
    parser.add_argument("--plain", action="store_true", help="an empty gazetteer: guesses only")
    options = parser.parse_args()
    started = time.perf_counter()
    gazetteer = Gazetteer() if options.plain else load_gazetteer(folder("configs") / "gazetteer")
    print(f"{len(gazetteer.names)} names loaded in {time.perf_counter() - started:.2f} s")
    groups: dict[str, dict[str, Count]] = {}
    wrongs: dict[str, list[str]] = {}
    for name, segments, names in documents(options.articles):
        group = name.split(":")[0]
        wrongs.setdefault(group, []).extend(
            score(segments, names, gazetteer, groups.setdefault(group, {}))
        )
    for group, counts in groups.items():
        print(f"\n{group}\nkind     gold  found  right  recall")
        for kind in KINDS:
            if count := counts.get(kind):
                share = count.right / count.gold
                print(f"{kind:8}{count.gold:5}{count.found:7}{count.right:7}{share:8.3f}")
                if options.misses:
                    print("".join(f"    missed: {line}\n" for line in count.missed), end="")
        differ = sum(line.startswith("differs") for line in wrongs[group])
        print(f"not in the gold: {len(wrongs[group]) - differ}; differ from it: {differ}")
        if options.misses:
            print("".join(f"    {line}\n" for line in wrongs[group]), end="")
    _speed(gazetteer)


def _speed(gazetteer: Gazetteer) -> None:
    paths = sorted((ROOT / "seeds").glob("*.txt"))
    texts = [read_path(path, name=path.name).text for path in paths]
    split = SPLITTERS["razdel"]()
    documents = [
        [span.of(line) for line in text.splitlines() if line.strip() for span in split(line)]
        for text in texts
    ]
    for label in ("first pass", "warm"):
        started = time.perf_counter()
        for segments in documents:
            find(segments, gazetteer)
        taken = time.perf_counter() - started
        count = sum(map(len, documents))
        print(f"{label}: {1000 * taken / count:.2f} ms a segment ({count} segments)")


if __name__ == "__main__":
    main()
