"""What the names of an article and of a run are: one name, one spelling.

The ledger remembers which form a guessed name was given, so that it keeps it through a run, and
collects for the report what models had written instead of the right forms.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tolmach.document import Article
from tolmach.languages import strip_marks
from tolmach.terms.base import Name, NameType
from tolmach.terms.phonetics import spelling_key
from tolmach.terms.placing import Outcome, Placement

__all__ = [
    "Decision",
    "Ledger",
    "NameRecord",
    "NamedArticle",
    "name_of_record",
    "names_of",
    "record_of",
    "records",
]

_Key = tuple[str, NameType]


@dataclass(frozen=True, slots=True)
class NameRecord:
    """A name and what became of it.

    Attributes:
        ru: nominative.
        en: English form.
        vi: Vietnamese form.
        type: what it stands for.
        known: false if it was guessed from its spelling.
        count: how often the source names it.
        documents: which documents do, in the order in which they were added.
        alternatives: by target, other right or possible forms.
        written: by target, what models had written instead of the form, and how often.
        missing: by target, how often nothing in the translation was found to be it.
    """

    ru: str
    en: str
    vi: str
    type: NameType
    known: bool
    count: int
    documents: tuple[str, ...] = ()
    alternatives: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    written: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    missing: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Decision:
    """How a guessed name is written.

    Attributes:
        ru: nominative.
        type: what it stands for.
        en: English form.
        vi: Vietnamese form.
    """

    ru: str
    type: NameType
    en: str
    vi: str


@dataclass(frozen=True, slots=True)
class NamedArticle(Article):
    """An article whose names were looked at.

    Attributes:
        names: those that its source mentions, in the order in which it does.
    """

    names: tuple[NameRecord, ...] = ()


def names_of(article: Article) -> tuple[NameRecord, ...]:
    """Return the names of an article; none if it was not looked at."""
    return article.names if isinstance(article, NamedArticle) else ()


def records(placed: Iterable[Placement], *, to: str, document: str = "") -> tuple[NameRecord, ...]:
    """Return the names of an article.

    Args:
        placed: what became of each mention, in order.
        to: target language code.
        document: name of the document.
    """
    grouped: dict[_Key, list[Placement]] = {}
    for item in placed:
        name = item.mention.name
        grouped.setdefault((name.ru, name.type), []).append(item)
    return tuple(_record(items, to=to, document=document) for items in grouped.values())


def _record(items: Sequence[Placement], *, to: str, document: str) -> NameRecord:
    # short forms have the Russian name of the full one
    name = max((item.mention.name for item in items), key=lambda found: len(found.form(to)))
    written = Counter(item.written for item in items if item.outcome is Outcome.REPLACED)
    missing = sum(item.outcome is Outcome.MISSING for item in items)
    return NameRecord(
        name.ru, name.en, name.vi, name.type, name.known, len(items), (document,),
        name.alternatives,
        MappingProxyType({to: MappingProxyType(dict(written))} if written else {}),
        MappingProxyType({to: missing} if missing else {}),
    )  # fmt: skip


@dataclass
class _Entry:
    """What is known of one name so far."""

    first: NameRecord
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    written: dict[str, Counter[str]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)

    def frozen(self) -> NameRecord:
        """Return what is known; a name counts once however many targets it has."""
        written = {
            to: MappingProxyType(dict(found.most_common())) for to, found in self.written.items()
        }
        return replace(
            self.first,
            count=sum(max(by_target.values()) for by_target in self.counts.values()),
            documents=tuple(self.counts),
            written=MappingProxyType(written),
            missing=MappingProxyType(dict(self.missing)),
        )


class Ledger:
    """The names of a run. May be used from several threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: dict[_Key, _Entry] = {}
        self._settled: dict[_Key, tuple[str, str]] = {}

    def add(self, names: Iterable[NameRecord], *, document: str, to: str) -> None:
        """Add the names of one article.

        Args:
            names: from :func:`records`.
            document: name of the document.
            to: target language code.
        """
        with self._lock:
            for record in names:
                entry = self._entries.setdefault((record.ru, record.type), _Entry(record))
                if len(record.vi) > len(entry.first.vi):
                    entry.first = record  # the first document had only its short form
                counts = entry.counts.setdefault(document, {})
                counts[to] = counts.get(to, 0) + record.count
                for target, written in record.written.items():
                    entry.written.setdefault(target, Counter()).update(written)
                entry.missing.update(record.missing)

    @property
    def names(self) -> tuple[NameRecord, ...]:
        """All names, in the order in which they were first added."""
        with self._lock:
            return tuple(entry.frozen() for entry in self._entries.values())

    def settle(self, name: Name, seen: Mapping[str, Mapping[str, int]]) -> Name:
        """Decide how a guessed name is written; the first decision for a name stays.

        Args:
            name: a full name with its possible forms.
            seen: by target, which of the possible forms models wrote, and how often: they may
                know the person. Without any the likeliest form is taken.

        Returns:
            The name in its decided form; the others are its alternatives. Known names are
            returned as they are.
        """
        if name.known:
            return name
        key = (name.ru, name.type)
        with self._lock:
            if key not in self._settled:
                self._settled[key] = _decide(name, seen)
            return _in_form(name, *self._settled[key])

    def settled(self, name: Name) -> Name:
        """Return a guessed name, full or short, as it was decided; else as it is."""
        with self._lock:
            forms = self._settled.get((name.ru, name.type))
        if forms is None or name.known:
            return name
        if len(name.vi.split()) < len(forms[1].split()):
            forms = (forms[0].split()[-1], forms[1].split()[-1])
        return _in_form(name, *forms)

    def decisions(self, names: Iterable[NameRecord]) -> tuple[Decision, ...]:
        """Return what was decided on some names; nothing for those that are known."""
        with self._lock:
            return tuple(
                Decision(record.ru, record.type, *self._settled[record.ru, record.type])
                for record in names
                if not record.known and (record.ru, record.type) in self._settled
            )

    def keep(self, decisions: Iterable[Decision]) -> None:
        """Take over what was decided before; names that are decided here stay as they are."""
        with self._lock:
            for item in decisions:
                self._settled.setdefault((item.ru, item.type), (item.en, item.vi))


def _decide(name: Name, seen: Mapping[str, Mapping[str, int]]) -> tuple[str, str]:
    """Return the English and the Vietnamese form that agree best with what was written."""
    toned = list(dict.fromkeys((name.vi, *name.alternatives.get("vi", ()))))
    known = {spelling_key(form, marks=True) for form in toned}
    toned += [form for form in seen.get("vi", {}) if spelling_key(form, marks=True) not in known]
    plain = [strip_marks(form) for form in toned]
    english = _by_key(seen.get("en", {}), marks=False)
    vietnamese = _by_key(seen.get("vi", {}), marks=True)

    def votes(rank: int) -> tuple[int, int, int]:
        return (
            vietnamese.get(spelling_key(toned[rank], marks=True), 0),
            english.get(spelling_key(plain[rank], marks=False), 0),
            -rank,
        )

    best = max(range(len(toned)), key=votes)
    if english and not any(votes(best)[:2]):
        return max(seen["en"], key=seen["en"].__getitem__), toned[best]  # of none of these sounds
    return (name.en if best == 0 else plain[best]), toned[best]


def _by_key(seen: Mapping[str, int], *, marks: bool) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for text, count in seen.items():
        found[spelling_key(text, marks=marks)] += count
    return found


def _in_form(name: Name, english: str, vietnamese: str) -> Name:
    others = {
        to: tuple(item for item in dict.fromkeys((name.form(to), *forms)) if item != chosen)
        for to, forms, chosen in (
            ("en", name.alternatives.get("en", ()), english),
            ("vi", name.alternatives.get("vi", ()), vietnamese),
        )
    }
    return replace(name, en=english, vi=vietnamese, alternatives=MappingProxyType(others))


def record_of(record: NameRecord) -> dict[str, Any]:
    """Return a name as plain values, without what is empty."""
    values: dict[str, Any] = {
        "ru": record.ru,
        "en": record.en,
        "vi": record.vi,
        "type": record.type.value,
        "known": record.known,
        "count": record.count,
        "documents": list(record.documents),
        "alternatives": {to: list(forms) for to, forms in record.alternatives.items() if forms},
        "written": {to: dict(forms) for to, forms in record.written.items()},
        "missing": dict(record.missing),
    }
    optional = ("alternatives", "written", "missing")
    return {key: value for key, value in values.items() if value or key not in optional}


def name_of_record(values: Mapping[str, Any]) -> NameRecord:
    """Return a name from what :func:`record_of` made of it.

    Raises:
        KeyError: something is missing.
        ValueError: it is of no known type.
    """
    return NameRecord(
        values["ru"],
        values["en"],
        values["vi"],
        NameType(values["type"]),
        values["known"],
        values["count"],
        tuple(values["documents"]),
        MappingProxyType(
            {to: tuple(forms) for to, forms in values.get("alternatives", {}).items()}
        ),
        MappingProxyType(
            {to: MappingProxyType(dict(forms)) for to, forms in values.get("written", {}).items()}
        ),
        MappingProxyType(dict(values.get("missing", {}))),
    )
