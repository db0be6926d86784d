"""How well names are put into English and Vietnamese.

Usage: ``python benchmarks/names.py [--gold FILE] ...``; by default ``../shared/articles`` where it
exists. A gold file has tab-separated lines: Russian forms parted by ``|`` (the first one
nominative), English, Vietnamese, type. Prints how often the English form is right, and how often
the Vietnamese one comes first or among the first five.

Tables:

- transcription alone, on the gold files and on ``tests/data/names-unseen.tsv``: only persons and
  places whose Vietnamese name has Vietnamese syllables only. The places among them are mostly
  administrative units, which the ranking has counted.
- there and back: names from the ranking's own lists, put into Russian by the rules and back. The
  names asked for (a fifth, chosen by a checksum) are left out of the ranking that is asked, so that
  what was counted is not what is tested. The Vietnamese persons after whom communes are named are
  asked for with a ranking that has never seen a whole person's name. These rows know no careless
  spelling, and rank a rare name as high as a common one.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tolmach.resources import folder  # noqa: E402
from tolmach.terms import transcription  # noqa: E402
from tolmach.terms.base import NameType  # noqa: E402
from tolmach.terms.ranking import Keep  # noqa: E402
from tolmach.terms.syllables import inventory, parse, plain, render  # noqa: E402

AMONG = 5
UNSEEN = ROOT / "tests" / "data" / "names-unseen.tsv"
# words for what a place is, which are translated and not transcribed
_GENERIC = {"аэропорт": ("airport", "Sân bay")}


@dataclass(frozen=True, slots=True)
class Case:
    """A name and what is right for it."""

    russian: str
    english: str
    vietnamese: str
    kind: NameType


@dataclass(frozen=True, slots=True)
class Figures:
    """How many names were asked for, and how many were right."""

    names: int = 0
    english: int = 0
    first: int = 0
    among: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.names + other.names,
            self.english + other.english,
            self.first + other.first,
            self.among + other.among,
        )

    def row(self, name: str) -> str:
        """A line of the table."""
        shares = (count / max(1, self.names) for count in (self.english, self.first, self.among))
        figures = "".join(f"{share:10.3f}" for share in shares)
        return f"{name:44}{self.names:6}{figures}"


def canonical(name: str) -> str:
    """A Vietnamese name with its tone marks where tolmach puts them; "" if it is not one."""
    syllables = [parse(word) for word in name.replace("-", " ").split()]
    words = [render(*found) if found else "" for found in syllables]
    known = inventory()
    return " ".join(words) if words and all(word in known for word in words) else ""


def judge(case: Case, *, keep: Keep | None = None) -> Figures:
    """Ask for one name."""
    found = transcription._candidates(case.russian, case.kind, AMONG, keep)
    toned = [candidate.toned.lower() for candidate in found]
    wanted = canonical(case.vietnamese)
    english = case.english.replace(" - ", " ")
    return Figures(
        1,
        bool(found) and found[0].plain == english,
        toned[:1] == [wanted],
        wanted in toned,
    )


def total(cases: Iterable[Case], *, keep: Keep | None = None) -> Figures:
    """Ask for many names."""
    return sum((judge(case, keep=keep) for case in cases), Figures())


def read_cases(path: Path) -> Iterator[Case]:
    """The Vietnamese persons and places of a gold file, each once."""
    seen: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if line.startswith("#") or len(fields) < 4 or fields[3] not in ("person", "place"):
            continue
        case = _without_generic(fields[0].split("|")[0], *fields[1:3], NameType(fields[3]))
        if case.russian not in seen and canonical(case.vietnamese) and _same_name(case):
            seen.add(case.russian)
            yield case


def _without_generic(russian: str, english: str, vietnamese: str, kind: NameType) -> Case:
    word, _, name = russian.partition(" ")
    if word in _GENERIC:
        ending, beginning = _GENERIC[word]
        rest = vietnamese[len(beginning) :].strip()
        return Case(name, english.removesuffix(ending).strip(), rest, kind)
    return Case(russian, english, vietnamese, kind)


def _same_name(case: Case) -> bool:
    """False where Vietnamese has a name of its own (Japan, Nhật Bản): nothing to transcribe."""
    bare = plain(case.vietnamese).replace(" - ", " ").replace(" ", "").casefold()
    return bare == case.english.replace(" - ", " ").replace(" ", "").casefold()


def held_out(name: str) -> bool:
    """Whether a name of the ranking's lists is asked for instead of counted: a fifth of them."""
    return zlib.crc32(name.encode("utf-8")) % 5 == 0


def counted(name: str) -> bool:
    """The opposite of `held_out`."""
    return not held_out(name)


def _fields(name: str) -> Iterator[list[str]]:
    text = (folder("configs") / "vietnamese" / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def _case(name: str, kind: NameType) -> Case:
    russian = transcription.transcribe(name.title(), joined=kind is NameType.PLACE)
    english = plain(name.title())
    return Case(russian, transcription._ENGLISH.get(english, english), name, kind)


def held_out_places() -> Iterator[Case]:
    """Administrative units of two syllables or more that were not counted."""
    for name, _ in _fields("places.txt"):
        if held_out(name) and " " in name:
            yield _case(name, NameType.PLACE)


def held_out_persons() -> Iterator[Case]:
    """Middle and given names that were not counted together, with surnames in turn.

    Each surname comes as often as its weight asks for.
    """
    rows = list(_fields("persons.txt"))
    weights = [(name, float(weight)) for role, name, weight in rows if role == "surname"]
    surnames = [name for name, weight in weights for _ in range(round(weight))]
    pairs = [name for role, name, _ in rows if role == "pair" and held_out(name)]
    for index, pair in enumerate(sorted(pairs)):
        # a step that shares no divisor with the number of surnames goes through all of them
        yield _case(f"{surnames[index * 211 % len(surnames)]} {pair}", NameType.PERSON)


def persons_in_places() -> Iterator[Case]:
    """Communes of three syllables or more that begin like a person's name: mostly persons."""
    common = [name for role, name, _ in _fields("persons.txt") if role == "surname"][:30]
    for name, _ in _fields("places.txt"):
        syllables = name.split()
        if len(syllables) >= 3 and syllables[0] in common:
            yield _case(name, NameType.PERSON)


def transcription_report(gold: Sequence[Path]) -> Iterator[str]:
    """The tables on transcription without a gazetteer."""
    head = f"{'names':>6}{'English':>10}{'Viet. 1st':>10}{'among 5':>10}"
    yield f"{'transcription alone':44}{head}"
    cases = list({case: None for path in gold for case in read_cases(path)})
    groups: dict[str, list[Case]] = {"gold": cases} if cases else {}
    if UNSEEN.is_file():
        groups["well-known names"] = list(read_cases(UNSEEN))
    for name, found in groups.items():
        for kind in (NameType.PERSON, NameType.PLACE):
            yield total(case for case in found if case.kind is kind).row(f"{name}, {kind}s")
        yield total(found).row(f"{name}, all")
    yield f"{'there and back, not counted':44}{head}"
    makers: tuple[tuple[str, Callable[[], Iterator[Case]]], ...] = (
        ("middle and given names, with surnames", held_out_persons),
        ("persons that communes are named after", persons_in_places),
        ("administrative units", held_out_places),
    )
    for name, make in makers:
        yield total(make(), keep=counted).row(name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gold", type=Path, action="append", default=[], help="a .names.tsv file")
    options = parser.parse_args(arguments)
    shared = sorted((ROOT.parent / "shared" / "articles").glob("*.names.tsv"))
    gold = options.gold or shared
    for line in transcription_report(gold):
        print(line)
    # further tables (gazetteer and transcription together; end to end) go here
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
