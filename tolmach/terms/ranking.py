"""How likely a sequence of Vietnamese syllables is as the name of a person or of a place.

A person has a surname, as many middle names as there are, and a given name; a place is a chain of
syllables. Both are counted in ``configs/vietnamese/persons.txt`` and ``places.txt``, whose heads
say where the counts come from. A syllable's probability is taken from the pair it forms with the
one before, mixed with its probability in that position, with that in any position, and with that
of any syllable at all (interpolation after Jelinek and Mercer, 1980).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log

from tolmach.errors import ConfigError, Problem
from tolmach.resources import folder
from tolmach.terms.base import NameType
from tolmach.terms.syllables import inventory

__all__ = ["Ranking", "ranking"]

Keep = Callable[[str], bool]
"""Says of a name in the lists whether it may be counted; for measuring on those it leaves out."""

_PERSON_ROLES = ("surname", "middle", "given")
# how sure a pair is: a previous syllable seen as often as this trusts its pairs half of the time
_HALF_TRUST = {"person": 25.0, "place": 10.0}
_POSITION, _ANYWHERE = 0.93, 0.065


@dataclass(frozen=True, slots=True)
class Ranking:
    """Counts of syllables by position, and of pairs of neighbours.

    Attributes:
        roles: by role (``surname``, ``middle``, ``given``; ``first``, ``next``), the share of each
            syllable in it.
        pairs: by a syllable, how often each other one follows it; under ``""`` their sum.
        anywhere: the share of each syllable in all roles together.
        half_trust: the number of pairs at which they count as much as the position does.
    """

    roles: Mapping[str, Mapping[str, float]]
    pairs: Mapping[str, Mapping[str, float]]
    anywhere: Mapping[str, float]
    half_trust: float

    def position(self, index: int, total: int) -> str:
        """Return the role of a syllable: its index among ``total`` syllables decides."""
        if "first" in self.roles:
            return "next" if index else "first"
        if index == total - 1 and (index or total == 1):
            return "given"
        return "middle" if index else "surname"

    def step(self, previous: str, syllable: str, role: str) -> float:
        """Return the log-probability of a syllable after another in a role.

        Args:
            previous: the syllable before, or ``""`` where there is none or it does not matter.
            syllable: as `tolmach.terms.syllables.inventory` spells it.
            role: what `position` returned.
        """
        alone = (
            _POSITION * self.roles[role].get(syllable, 0.0)
            + _ANYWHERE * self.anywhere.get(syllable, 0.0)
            + (1 - _POSITION - _ANYWHERE) / len(inventory())
        )
        after = self.pairs.get(previous) if role in ("given", "middle", "next") else None
        if not after:
            return log(alone)
        seen = after[""]
        trust = seen / (seen + self.half_trust)
        return log(trust * after.get(syllable, 0.0) / seen + (1 - trust) * alone)


@cache
def _lines(name: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    path = folder("configs") / "vietnamese" / name
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    return tuple(
        (number, tuple(line.split("\t")))
        for number, line in enumerate(text.splitlines(), 1)
        if line and not line.startswith("#")
    )


def _entries(name: str, fields: int) -> Iterator[tuple[str, ...]]:
    known = inventory()
    for number, entry in _lines(name):
        good = len(entry) == fields and entry[-1].replace(".", "", 1).isdigit()
        if not good or any(part not in known for part in entry[-2].split()):
            problem = "not a line of names with a weight: " + " ".join(entry)
            raise ConfigError([Problem(problem, f"vietnamese/{name}", number)])
        yield entry


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {key: count / total for key, count in counts.items()}


def _made(
    counts: Mapping[str, Mapping[str, float]],
    pairs: Mapping[str, Mapping[str, float]],
    half_trust: float,
) -> Ranking:
    roles = {role: _shares(found) for role, found in counts.items()}
    total = _counter()
    for shares in roles.values():
        for syllable, share in shares.items():
            total[syllable] += share
    summed = {syllable: {**after, "": sum(after.values())} for syllable, after in pairs.items()}
    return Ranking(roles, summed, _shares(total), half_trust)


def _counter() -> defaultdict[str, float]:
    return defaultdict(float)


@lru_cache(maxsize=8)
def ranking(kind: NameType, *, keep: Keep | None = None) -> Ranking:
    """Return the ranking for persons, or for anything else: that of places.

    Args:
        kind: what the name stands for.
        keep: leaves out those lines of the lists whose name it refuses.

    Raises:
        ConfigError: a list cannot be read or has a line that is wrong.
    """
    wanted = keep or (lambda _name: True)
    return _persons(wanted) if kind is NameType.PERSON else _places(wanted)


def _persons(keep: Keep) -> Ranking:
    counts = {role: _counter() for role in _PERSON_ROLES}
    pairs: dict[str, defaultdict[str, float]] = defaultdict(_counter)
    for role, name, weight in _entries("persons.txt", 3):
        if role != "pair":
            counts[role][name] += float(weight)
        elif keep(name):
            middle, given = name.split()
            pairs[middle][given] += float(weight)
            counts["middle"][middle] += float(weight) / 2
            counts["given"][given] += float(weight) / 2
    return _made(counts, pairs, _HALF_TRUST["person"])


def _places(keep: Keep) -> Ranking:
    counts = {"first": _counter(), "next": _counter()}
    pairs: dict[str, defaultdict[str, float]] = defaultdict(_counter)
    for name, weight in _entries("places.txt", 2):
        if not keep(name):
            continue
        first, *others = name.split()
        counts["first"][first] += float(weight)
        for previous, syllable in zip([first, *others], others, strict=False):
            counts["next"][syllable] += float(weight)
            pairs[previous][syllable] += float(weight)
    return _made(counts, pairs, _HALF_TRUST["place"])
