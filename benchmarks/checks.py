"""What the checks find: on right translations, where they should be silent, and on planted faults.

Usage: ``python benchmarks/checks.py [--half even|odd|all] [--sample N]``. Reads the references in
``eval/references`` and, where it exists, ``../shared``. Prints for each set and target language
how many segments get an error or a warning, then how many planted faults of each kind are noticed,
and the time for a segment. ``seeds``, ``articles`` and ``domain`` were looked at while the checks
were written; ``wmt`` and ``ntrex`` were measured first, and only their names were looked at.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.checks.base import Pair  # noqa: E402
from tolmach.checks.dates import days_of_months  # noqa: E402
from tolmach.checks.names import known_names  # noqa: E402
from tolmach.checks.suite import run  # noqa: E402
from tolmach.document import Severity  # noqa: E402

SHARED = ROOT.parent / "shared"


@dataclass(frozen=True, slots=True)
class Case:
    """A right translation.

    Attributes:
        pair: the texts.
        other: the next pair of the same set, for faults that need two sentences.
        names: right renderings of names that occur in the target.
        strangers: names of the same set that do not.
    """

    pair: Pair
    other: Pair
    names: tuple[str, ...]
    strangers: tuple[str, ...]


def sets() -> Iterator[tuple[str, list[dict[str, str]], list[str]]]:
    """The sets of references: a name, rows with ``ru``, ``en`` and ``vi``, and names in them."""
    own = ROOT / "eval" / "references" / "seeds.jsonl"
    yield "seeds", _rows(own), []
    articles = SHARED / "articles"
    rows = [row for path in sorted(articles.glob("*.ref.jsonl")) for row in _rows(path)]
    listed = [
        line
        for path in sorted(articles.glob("*.names.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "\tperson" in line
    ]
    if rows:
        yield "articles", rows, listed
    for name in ("domain", "wmt"):
        path = SHARED / "data" / "adapter-pairs" / f"{name}.jsonl"
        if path.is_file():
            yield name, _rows(path), []
    dev = SHARED / "data" / "ntrex-dev"
    if dev.is_dir():
        texts = [(dev / f"{code}.txt").read_text(encoding="utf-8") for code in ("ru", "en", "vi")]
        lines = zip(*(text.splitlines() for text in texts), strict=True)
        yield "ntrex", [dict(zip(("ru", "en", "vi"), row, strict=True)) for row in lines], []


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# persons whose names come up in any set, as both languages write them
_KNOWN = (
    ("То Лам", "To Lam", "Tô Lâm"), ("Фам Минь Тьинь", "Pham Minh Chinh", "Phạm Minh Chính"),
    ("Лыонг Кыонг", "Luong Cuong", "Lương Cường"), ("Хо Ши Мин", "Ho Chi Minh", "Hồ Chí Minh"),
    ("Чан Тхань Ман", "Tran Thanh Man", "Trần Thanh Mẫn"),
    ("Владимир Путин", "Vladimir Putin", "Vladimir Putin"),
    ("Дональд Трамп", "Donald Trump", "Donald Trump"),
    ("Нгуен Ван Тханг", "Nguyen Van Thang", "Nguyễn Văn Thắng"),
    ("Анвар Ибрагим", "Anwar Ibrahim", "Anwar Ibrahim"),
    ("Эмманюэль Макрон", "Emmanuel Macron", "Emmanuel Macron"),
)  # fmt: skip


def cases(rows: Sequence[dict[str, str]], listed: Sequence[str], to: str) -> Iterator[Case]:
    """The pairs of a set in one target language, with the names that they hold."""
    column = 1 if to == "en" else 2
    known = [line.split("\t")[column] for line in listed] or [row[column] for row in _KNOWN]
    pairs = [Pair(row["ru"], row[to], to, known=known_names) for row in rows if row.get(to)]
    for index, pair in enumerate(pairs):
        present = tuple(name for name in known if " " in name and _is_person(name, pair.target))
        absent = tuple(name for name in known if " " in name and name not in pair.target)
        yield Case(pair, pairs[(index + 1) % len(pairs)], present, absent)


def _is_person(name: str, text: str) -> bool:
    """Whether a name stands in a text and is not that of a city or an institution there."""
    place = text.find(name)
    before, after = text[:place].lower(), text[place + len(name) :]
    return (
        place >= 0
        and not after.startswith((" City", " Mausoleum", " Museum", " Trail", " National"))
        and not before.endswith(("thành phố ", "tp. ", "tp ", "lăng ", "đường ", "bảo tàng "))
    )


# --- planted faults ----------------------------------------------------------------------------

Fault = Callable[[Case, random.Random], Pair | None]
_DIGITS = re.compile(r"(?<![\w.,/:])\d+(?:[.,]\d+)*(?![\w/:]|[.,]\d)")


def number_changed(case: Case, choice: random.Random) -> Pair | None:
    """One digit of one number is another."""
    found = list(_DIGITS.finditer(case.pair.target))
    if not found:
        return None
    match = choice.choice(found)
    text = match.group()
    place = choice.choice([i for i, char in enumerate(text) if char.isdigit()])
    digit = choice.choice([d for d in "123456789" if d != text[place]])
    return _with(case.pair, match.span(), text[:place] + digit + text[place + 1 :])


def number_tenfold(case: Case, choice: random.Random) -> Pair | None:
    """One number has a nought more."""
    found = [m for m in _DIGITS.finditer(case.pair.target) if m.group().isdigit()]
    if not found:
        return None
    match = choice.choice(found)
    return _with(case.pair, match.span(), match.group() + "0")


def scale_changed(case: Case, choice: random.Random) -> Pair | None:
    """Millions instead of billions, or the other way round."""
    for one, other in (("million", "billion"), ("billion", "million"), ("triệu", "tỷ"),
                       ("tỷ", "triệu")):  # fmt: skip
        match = re.search(rf"(?<=\d ){one}\b(?! (?:tỷ|nghìn))", case.pair.target)
        if match:
            return _with(case.pair, match.span(), other)
    return None


def date_mixed(case: Case, choice: random.Random) -> Pair | None:
    """The day of a date is another number of the sentence."""
    found = days_of_months(case.pair.target, case.pair.to)
    days = [int(match.group()) for match in _DIGITS.finditer(case.pair.target)
            if match.group().isdigit()]  # fmt: skip
    if not found:
        return None
    one = choice.choice(found)
    others = [day for day in days if 1 <= day <= 28 and day not in {d for _, d in one.readings}]
    if not others or one.day == one.span:
        return None
    return _with(case.pair, (one.day.start, one.day.end), str(choice.choice(others)))


def name_swapped(case: Case, choice: random.Random) -> Pair | None:
    """A person's name is that of somebody else."""
    if not case.names or not case.strangers:
        return None
    name = choice.choice(case.names)
    place = case.pair.target.find(name)
    return _with(case.pair, (place, place + len(name)), choice.choice(case.strangers))


def sentence_dropped(case: Case, choice: random.Random) -> Pair | None:
    """Of two sentences, one was not translated."""
    one, two = case.pair, case.other
    ends = all(re.search(r"[.!?]$", text) for p in (one, two) for text in (p.source, p.target))
    if not ends or not two.source[:1].isupper() or min(len(one.source), len(two.source)) < 40:
        return None
    kept = choice.choice([one.target, two.target])
    return replace(one, source=f"{one.source} {two.source}", target=kept)


def loop(case: Case, choice: random.Random) -> Pair | None:
    """Some words come again and again."""
    words = case.pair.target.split()
    if len(words) < 6:
        return None
    start = choice.randrange(len(words) - 3)
    phrase = words[start : start + choice.randint(1, 3)]
    return replace(case.pair, target=" ".join([*words[:start], *phrase * 5]))


def cyrillic_left(case: Case, choice: random.Random) -> Pair | None:
    """A word of the source stands in the target."""
    words = re.findall(r"[а-яё]{4,}", case.pair.source)
    target = case.pair.target.split()
    if not words or len(target) < 3:
        return None
    target[choice.randrange(len(target))] = choice.choice(words)
    return replace(case.pair, target=" ".join(target))


def wrong_language(case: Case, choice: random.Random) -> Pair | None:
    """The translation is in the other target language."""
    if len(case.pair.source) < 40:
        return None
    return replace(case.pair, to="en" if case.pair.to == "vi" else "vi")


def _with(pair: Pair, span: tuple[int, int], text: str) -> Pair:
    start, end = span
    return replace(pair, target=pair.target[:start] + text + pair.target[end:])


_NUMBERS = frozenset({"number_invented", "number_missing"})
_LENGTHS = frozenset({"sentence_missing", "too_short", "length_doubtful"})
_NAMES = frozenset({"name_missing", "name_doubtful"})
FAULTS: tuple[tuple[str, Fault, frozenset[str]], ...] = (
    ("number changed", number_changed, _NUMBERS),
    ("number tenfold", number_tenfold, _NUMBERS),
    ("scale changed", scale_changed, _NUMBERS),
    ("date mixed", date_mixed, _NUMBERS | {"date_changed"}),
    ("name swapped", name_swapped, _NAMES),
    ("sentence dropped", sentence_dropped, _LENGTHS),
    ("loop", loop, frozenset({"loop"})),
    ("Cyrillic left", cyrillic_left, frozenset({"cyrillic_left"})),
    ("wrong language", wrong_language, frozenset({"wrong_language"})),
)
"""The name of a fault, what plants it, and the codes that name its class."""


def silence(found: Sequence[Case]) -> str:
    """How often checks complain about right translations, and how long they take."""
    counts: Counter[str] = Counter()
    severities: Counter[Severity] = Counter()
    began = time.perf_counter()
    results = [run(case.pair) for case in found]
    milliseconds = (time.perf_counter() - began) * 1000 / len(found)
    for result in results:
        counts.update({item.code for item in result})
        severities.update({item.severity for item in result})
    shares = "  ".join(
        f"{severity.value} {severities[severity] / len(found):6.2%}"
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    )
    codes = ", ".join(f"{code} {count}" for code, count in counts.most_common())
    return f"{shares}  {milliseconds:.2f} ms  {codes}"


def caught(found: Sequence[Case], name: str, fault: Fault, codes: frozenset[str]) -> str:
    """How many planted faults are noticed by a check that names their class."""
    choice = random.Random(name)
    planted = noticed = 0
    for case in found:
        pair = fault(case, choice)
        if pair is None:
            continue
        before = {(item.code, item.message) for item in run(case.pair)}
        new = {item.code for item in run(pair) if (item.code, item.message) not in before}
        planted += 1
        noticed += bool(new & codes)
    return f"{noticed:5}/{planted:<5} {noticed / planted:7.1%}" if planted else "    -"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--sample", type=int, default=400, help="pairs of each set (default: 400)")
    options = parser.parse_args(arguments)
    slices = {"even": slice(0, None, 2), "odd": slice(1, None, 2), "all": slice(None)}
    loaded = []
    for name, rows, listed in sets():
        rows = rows[slices[options.half]]
        step = max(1, len(rows) // options.sample)
        for to in ("en", "vi"):
            loaded.append((name, to, list(cases(rows, listed, to))[::step]))
    print("right translations: share of segments with an error, a warning, a remark")
    for name, to, found in loaded:
        print(f"{name:9} {to} {len(found):5}  {silence(found)}")
    print("\nplanted faults that are noticed")
    for fault, plant, codes in FAULTS:
        for name, to, found in loaded:
            print(f"{fault:17} {name:9} {to}  {caught(found, fault, plant, codes)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
