"""How well sentences are found: every splitter of tolmach, plain razdel, and peers if installed.

Usage: ``python benchmarks/segmentation.py [--gold FILE --text FILE] ...``; by default the seeds
and, where it exists, ``../shared/articles``. Prints precision, recall and F1 of the boundaries
inside paragraphs, and characters a second.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.document import Span  # noqa: E402
from tolmach.evaluation.boundaries import (  # noqa: E402
    BoundaryScore,
    GoldUnit,
    gold_units,
    read_gold,
    score,
)
from tolmach.readers import read_path  # noqa: E402
from tolmach.segmentation import SPLITTERS  # noqa: E402

SplitFunction = Callable[[str], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Case:
    """An article and its gold."""

    name: str
    text: str
    units: tuple[GoldUnit, ...]


def spans_of(text: str, pieces: Sequence[str]) -> tuple[Span, ...]:
    """Where pieces of a text that come in order are in it, without white space around them."""
    spans: list[Span] = []
    place = 0
    for piece in map(str.strip, pieces):
        start = text.find(piece, place)
        if piece and start >= 0:
            place = start + len(piece)
            spans.append(Span(start, place))
    return tuple(spans)


def splitters() -> dict[str, SplitFunction]:
    """The splitters of tolmach, and the peers that are installed."""
    found: dict[str, SplitFunction] = {name: make() for name, make in SPLITTERS.items()}
    peers = {
        "(plain razdel)": ("razdel", _razdel),
        "(sentencex)": ("sentencex", _sentencex),
        "(pysbd)": ("pysbd", _pysbd),
    }
    for name, (module, make) in peers.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        found[name] = make()
    return found


def _razdel() -> SplitFunction:
    from razdel import sentenize

    return lambda text: [Span(part.start, part.stop) for part in sentenize(text)]


def _sentencex() -> SplitFunction:
    segment = importlib.import_module("sentencex").segment
    return lambda text: spans_of(text, list(segment("ru", text)))


def _pysbd() -> SplitFunction:
    segmenter = importlib.import_module("pysbd").Segmenter(language="ru", clean=False)
    return lambda text: spans_of(text, segmenter.segment(text))


def cases(root: Path = ROOT) -> Iterator[Case]:
    """The seeds, and the shared articles where there are any."""
    seeds = root / "eval" / "references" / "seeds.jsonl"
    if seeds.is_file():
        files = {
            path.relative_to(root / "seeds").with_suffix("").as_posix(): path
            for path in sorted((root / "seeds").rglob("*.txt"))
        }
        for name, sentences in read_gold(seeds).items():
            text = read_path(files[name], name=name).text
            yield Case(name, text, gold_units(text, sentences))
    for gold in sorted((root.parent / "shared" / "articles").glob("*.ref.jsonl")):
        yield case_of(gold, gold.with_name(gold.name.replace(".ref.jsonl", ".txt")))


def case_of(gold: Path, path: Path) -> Case:
    """An article whose gold is in a file of its own."""
    text = read_path(path, name=path.stem).text
    (sentences,) = read_gold(gold).values()
    return Case(path.stem, text, gold_units(text, sentences))


def report(found: Sequence[Case]) -> Iterator[str]:
    """The lines of the table."""
    width = max(len(case.name) for case in found)
    for name, splitter in splitters().items():
        total = BoundaryScore()
        began = time.perf_counter()
        for case in found:
            result = score(case.text, case.units, splitter)
            total += result
            yield f"{name:15} {case.name:{width}} {_figures(result)}"
        seconds = time.perf_counter() - began
        size = sum(len(unit.span) for case in found for unit in case.units)
        yield f"{name:15} {'all':{width}} {_figures(total)}  {size / seconds:,.0f} characters/s"


def _figures(result: BoundaryScore) -> str:
    return (
        f"P {result.precision:.3f}  R {result.recall:.3f}  F1 {result.f1:.3f}"
        f"  (+{result.extra} -{result.missed} of {result.found + result.missed})"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gold", type=Path, action="append", default=[], help="a .ref.jsonl file")
    parser.add_argument("--text", type=Path, action="append", default=[], help="its article")
    options = parser.parse_args(arguments)
    if len(options.gold) != len(options.text):
        parser.error("give as many --text as --gold")
    own = [case_of(gold, text) for gold, text in zip(options.gold, options.text, strict=True)]
    found = own or list(cases())
    if not found:
        print("no articles with gold found")
        return 1
    for line in report(found):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
