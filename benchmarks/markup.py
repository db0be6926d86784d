"""How often marked words land on the right words, with the model's word alignment and without.

    python benchmarks/markup.py [--sentences 300] [--size usual] [--again 3]

The checkpoint (:mod:`reordering`) translates word by word into another order; half of the sentences
hardly change theirs. So the right place of every mark is known by construction. Words are made up:
no name or cognate helps, as among the plain words of an article. Marked are single words, and two
or three words that stand side by side in the translation too. A mark is right if it covers exactly
their translations; besides, F1 over words is given. Everything runs through the pipeline, HTML in
and HTML out, in both ways on the same sentences. The cost is the time of the stage against that of
the translation, in the same run.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import reordering  # noqa: E402

from tolmach.composition import load_config  # noqa: E402
from tolmach.config.run import RunSettings  # noqa: E402
from tolmach.pipeline import load  # noqa: E402
from tolmach.stages import Input  # noqa: E402

_CLASSES, _EACH = 10, 6
_PAGE = 20
_PIPELINE = """\
stages: [read, clean, split, {translate: {models: {en: [embedded]}}}, align, write]
"""


@dataclass(frozen=True)
class Case:
    """A sentence with a mark.

    Attributes:
        words: of the source.
        first: place of the first marked word.
        last: place of the last one.
        right: the words that are to be marked in the translation.
        kept: whether the sentence nearly keeps its order.
    """

    words: tuple[str, ...]
    first: int
    last: int
    right: tuple[str, ...]
    kept: bool

    def html(self) -> str:
        """Return the sentence with its mark."""
        pieces = list(self.words)
        pieces[self.first] = f"<b>{pieces[self.first]}"
        pieces[self.last] = f"{pieces[self.last]}</b>"
        return f"<p>{' '.join(pieces)}.</p>"


def cases(grammar: reordering.Grammar, count: int) -> Iterator[Case]:
    """Make up sentences with marks of one to three words."""
    chance = random.Random(8)
    for number in range(count):
        while True:
            words = grammar.sentence(chance)
            kept = number % 2 == 0
            if kept:
                words = _nearly_in_order(grammar, words, chance)
            written = grammar.translate(words)
            length = 1 + number // 2 % 3
            first = chance.randrange(len(words) - length + 1)
            marked = words[first : first + length]
            places = sorted(written.index(known(grammar)[word]) for word in marked)
            if places[-1] - places[0] == length - 1:  # side by side in the translation too
                right = tuple(written[places[0] : places[-1] + 1])
                yield Case(tuple(words), first, first + length - 1, right, kept)
                break


def known(grammar: reordering.Grammar) -> dict[str, str]:
    """Return the whole dictionary."""
    return {word: other for words in grammar.classes for word, other in words.items()}


def _nearly_in_order(
    grammar: reordering.Grammar, words: Sequence[str], chance: random.Random
) -> list[str]:
    ordered = [word for part in grammar.classes for word in words if word in part]
    # as an adverb or a verb changes places: one word moves by up to three
    place = chance.randrange(len(ordered))
    moved = ordered.pop(place)
    ordered.insert(max(0, min(len(ordered), place + chance.choice((-3, -2, 2, 3)))), moved)
    return ordered


def run(
    folder: Path, checkpoint: Path, pages: Sequence[str]
) -> tuple[list[str], list[str], dict[str, float]]:
    """Translate the pages; return the sentences, the marked texts, and the seconds by stage."""
    (folder / "bench.yaml").write_text(_PIPELINE)
    inputs = []
    for at, page in enumerate(pages):
        path = folder / f"{at}.html"
        path.write_text(page, encoding="utf-8")
        inputs.append(Input(path.name, path=path))
    seconds: dict[str, float] = {}
    texts: list[str] = []
    found: list[str] = []
    out = folder / "out"
    options = RunSettings(device="cpu", offline=True, memory="none", cache=str(folder / "cache"))
    config = load_config(folder / "bench.yaml")
    with load(config, settings=options, model=str(checkpoint), output=out) as pipeline:
        pipeline.prepare(to=["en"])
        for item in pipeline.items(inputs, to=["en"]):
            if item.failure is not None:
                raise item.failure
            for stage, time in item.seconds.items():
                seconds[stage] = seconds.get(stage, 0.0) + time
    for at in range(len(pages)):
        text = (out / "en" / f"{at}.html").read_text(encoding="utf-8")
        texts += re.sub(r"<[^>]*>", "", text).split("\n")
        found += [match[1] for match in re.finditer(r"<b>(.*?)</b>", text)]
    return texts, found, seconds


def score(listed: Sequence[Case], found: Sequence[str]) -> tuple[float, float]:
    """Return the share of marks that are right, and F1 over words."""
    exact = shared = marked = wanted = 0
    for case, text in zip(listed, found, strict=True):
        words = re.findall(r"\w+", text)
        exact += words == list(case.right)
        shared += len(set(words) & set(case.right))
        marked, wanted = marked + len(words), wanted + len(case.right)
    return exact / len(listed), 2 * shared / (marked + wanted)


def main() -> None:
    """Build, run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--size", choices=("small", "usual"), default="usual")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--again", type=int, default=3, help="runs, for the median of the cost")
    options = parser.parse_args()
    size = reordering.USUAL if options.size == "usual" else reordering.SMALL
    grammar = reordering.make_up(_CLASSES, _EACH)
    listed = list(cases(grammar, options.sentences))
    pages = [
        "\n".join(case.html() for case in listed[start : start + _PAGE])
        for start in range(0, len(listed), _PAGE)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoints = {
            said: reordering.build(
                folder / said,
                grammar,
                size=size,
                alignment=said == "asked",
                decoding={"beam": options.beam},
            )
            for said in ("asked", "not-asked")
        }
        shares = []
        print(f"{len(listed)} marks in sentences of {_CLASSES} words, {options.size} size")
        print("| | the order nearly kept: right | F1 | any order: right | F1 |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for said, checkpoint in checkpoints.items():
            texts, found, seconds = run(folder, checkpoint, pages)
            expected = [f"{' '.join(grammar.translate(case.words))}." for case in listed]
            if texts != expected:
                raise RuntimeError("the checkpoint does not translate as it should")
            cells = []
            for kept in (True, False):
                chosen = [at for at, case in enumerate(listed) if case.kept is kept]
                part = score([listed[at] for at in chosen], [found[at] for at in chosen])
                cells += [f"{100 * value:.1f} %" for value in part]
            print(f"| {said} | {' | '.join(cells)} |")
            if said == "asked":
                shares.append(seconds["align"] / seconds["translate"])
        for _ in range(options.again - 1):
            _, _, seconds = run(folder, checkpoints["asked"], pages)
            shares.append(seconds["align"] / seconds["translate"])
        low, middle, high = min(shares), statistics.median(shares), max(shares)
        print(
            f"every sentence aligned: {middle:.2f} of the time of the translation "
            f"({low:.2f}-{high:.2f} in {len(shares)} runs, beam {options.beam})"
        )


if __name__ == "__main__":
    main()
