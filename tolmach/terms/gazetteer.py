"""The gazetteer: names whose English and Vietnamese forms are known.

It is read from YAML files (see ``docs/names.md``) and looked up by the beginning of a word, so
that the time to find names grows with the text and not with the number of names.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from tolmach.config.schema import Options, problems_of
from tolmach.config.yamlfile import YamlFile, load_yaml
from tolmach.errors import ConfigError, Problem
from tolmach.terms.base import Name, NameType
from tolmach.terms.lemmas import Token, WordForm, stems, tokens, word_form

__all__ = ["Entry", "Gazetteer", "Pattern", "Short", "fingerprint", "load_gazetteer", "plain"]

Text = Annotated[str, Field(min_length=1)]


class Short(Options):
    """How a name is shortened once it has been said in full.

    Attributes:
        ru: Russian forms; an empty list says that there is no short form.
        en: English form; empty for the last word of the full one.
        vi: Vietnamese form; empty for the last word of the full one.
        alone: whether it is clear without the full name anywhere in the text.
    """

    ru: tuple[Text, ...] = ()
    en: str = ""
    vi: str = ""
    alone: bool = False


class Also(Options):
    """Other forms that are right as well."""

    en: tuple[Text, ...] = ()
    vi: tuple[Text, ...] = ()


class Entry(Options):
    """A name in a gazetteer file.

    Attributes:
        ru: Russian forms in the nominative, the main one first.
        en: English form; without it, the Vietnamese one without its marks.
        vi: Vietnamese form; without it, the English one.
        type: what it stands for; without it, what the file says.
        also: other forms in the target languages that are right as well.
        short: surname or given name alone; for persons worked out from the last word.
        after: base forms of words of which one must stand among the three words before.
        declines: false if the Russian forms look the same in all cases.
        since: year or date from which the name is in use.
        until: year or date until which it was.
        note: for editors.
    """

    ru: Annotated[tuple[Text, ...], Field(min_length=1)]
    en: str = ""
    vi: str = ""
    type: NameType | None = None
    also: Also = Also()
    short: Short | None = None
    after: tuple[Text, ...] = ()
    declines: bool = True
    since: int | date | None = None
    until: int | date | None = None
    note: str = ""


class _File(Options):
    type: NameType = NameType.OTHER
    joined: bool = False
    names: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """One Russian form of a name, ready to be compared with tokens.

    Attributes:
        words: its words in the nominative.
        name: the name as it is meant by this form.
        full: the whole name, if this is the short form of it; else equal to ``name``.
        after: base forms of which one must stand before.
        short: whether it is a short form.
        alone: whether a short form is clear by itself.
    """

    words: tuple[WordForm, ...]
    name: Name
    full: Name
    after: frozenset[str] = frozenset()
    short: bool = False
    alone: bool = True


@dataclass(frozen=True)
class Gazetteer:
    """Names, and an index to find them by.

    Attributes:
        names: every name, in the order of the files.
        entries: what the files say of each, without the forms that an earlier file has taken.
    """

    names: tuple[Name, ...] = ()
    entries: tuple[Entry, ...] = ()
    # by the stem of the first word and the first letter of the second, empty if there is none
    _index: Mapping[str, Mapping[str, tuple[Pattern, ...]]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )

    def starting(self, token: Token, following: Token | None = None) -> Iterator[Pattern]:
        """Yield the patterns whose first word a token may be, in some case.

        Args:
            token: where the name would begin.
            following: the token behind it; patterns that go on with another letter are left out.
        """
        for pattern in self._candidates(token.folded, following):
            if pattern.words[0].matches(token):
                yield pattern

    def based_on(self, lemma: str, following: Token | None = None) -> Iterator[Pattern]:
        """Yield the patterns whose first word, not an acronym, has this folded base form."""
        for pattern in self._candidates(lemma, following):
            if pattern.words[0].folded == lemma and not pattern.words[0].acronym:
                yield pattern

    def _candidates(self, folded: str, following: Token | None) -> Iterator[Pattern]:
        letters = ("", following.folded[0]) if following is not None else ("",)
        for stem in stems(folded):
            if stem in self._index:
                groups = self._index[stem]
                for letter in letters:
                    yield from groups.get(letter, ())

    def lookup(self, russian: str) -> Name | None:
        """Return the name with this Russian form (nominative), if there is one."""
        key = _key(russian)
        words = tokens(russian)
        if not words:
            return None
        for pattern in self.starting(words[0], words[1] if len(words) > 1 else None):
            if not pattern.short and " ".join(word.folded for word in pattern.words) == key:
                return pattern.name
        return None


def plain(vietnamese: str) -> str:
    """Return Vietnamese text without its marks: «Đắk Lắk» becomes «Dak Lak»."""
    bare = vietnamese.replace("đ", "d").replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", bare)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def load_gazetteer(*places: Path) -> Gazetteer:
    """Read gazetteer files.

    Args:
        places: files, or folders whose ``*.yaml`` files are read in the order of their names. A
            Russian form that stands in several places counts where it comes first, so that an
            editor's own file goes before the shipped folder.

    Returns:
        The gazetteer; the same object as long as no file has changed.

    Raises:
        ConfigError: with every problem of every file: unknown keys, missing forms, a Russian form
            that stands twice in the same place.
    """
    return _load(tuple(_stamps(place) for place in places))


_Stamp = tuple[Path, int, int]
_Item = tuple[Entry, NameType, bool]


def _stamps(place: Path) -> tuple[_Stamp, ...]:
    """Return a place's files with what changes whenever one of them changes."""
    try:
        files = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
        return tuple((file, (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be read: {error}", str(place))]) from error


@lru_cache(maxsize=8)
def _load(places: tuple[tuple[_Stamp, ...], ...]) -> Gazetteer:
    problems: list[Problem] = []
    items: list[_Item] = []
    taken: set[tuple[str, frozenset[str]]] = set()
    for place in places:
        here: dict[tuple[str, frozenset[str]], str] = {}
        for path, _, _ in place:
            items += _read(path, here, taken, problems)
        taken |= here.keys()
    if problems:
        raise ConfigError(problems)
    return _index(items)


def _read(
    path: Path,
    here: dict[tuple[str, frozenset[str]], str],
    taken: set[tuple[str, frozenset[str]]],
    problems: list[Problem],
) -> list[_Item]:
    """Read a file; note its forms in ``here`` and what is wrong in ``problems``."""
    try:
        file, content = _parse(path)
    except ConfigError as error:
        problems += error.problems
        return []
    items: list[_Item] = []
    wrong: list[tuple[int, int, str]] = []
    for number, entry in enumerate(content.names):
        if not entry.en and not entry.vi:
            wrong.append((number, 0, f"{entry.ru[0]!r} has neither 'en' nor 'vi'"))
        free = []
        for place, form in enumerate(entry.ru):
            key = (_key(form), frozenset(entry.after))
            if not key[0]:
                wrong.append((number, place, f"{form!r} has no letters"))
            elif key in here:
                wrong.append((number, place, f"{form!r} stands already in {here[key]}"))
            else:
                here[key] = f"{path.name} with {entry.ru[0]!r}"
                free += [form] if key not in taken else []
        if free:
            kept = (
                entry
                if len(free) == len(entry.ru)
                else entry.model_copy(update={"ru": tuple(free)})
            )
            items.append((kept, entry.type or content.type, content.joined))
    if wrong:
        placed = load_yaml(path) if not file.lines else file
        problems += [placed.problem(text, "names", at, "ru", form) for at, form, text in wrong]
    return items


def _parse(path: Path) -> tuple[YamlFile, _File]:
    """Read and validate a file: quickly if it is right, with the lines of all problems if not."""
    quick = _quickly(path)
    if isinstance(quick, Mapping):
        try:
            return YamlFile(str(path), quick), _File.model_validate(quick)
        except ValidationError:
            pass  # said below, with the lines
    file = load_yaml(path)
    if not isinstance(file.data, Mapping):
        raise ConfigError([Problem("must be a mapping with the key 'names'", file.file, 1)])
    try:
        return file, _File.model_validate(dict(file.data))
    except ValidationError as error:
        raise ConfigError(problems_of(error, _File, file)) from None


# the parser in C is eight times as fast as the one that load_yaml needs for its lines
_QuickBase: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _QuickLoader(_QuickBase):  # type: ignore[misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "repeated key", node.start_mark)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


def _quickly(path: Path) -> Any:
    """Return a file's content, or None if anything is wrong with it."""
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_QuickLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return None


def _key(form: str) -> str:
    return " ".join(token.folded for token in tokens(form))


def _index(items: Sequence[_Item]) -> Gazetteer:
    index: dict[str, dict[str, list[Pattern]]] = {}
    names: list[Name] = []
    for entry, kind, joined in items:
        name = _name(entry, kind, joined)
        names.append(name)
        for pattern in _patterns(entry, name, joined):
            letter = pattern.words[1].folded[0] if len(pattern.words) > 1 else ""
            index.setdefault(pattern.words[0].stem, {}).setdefault(letter, []).append(pattern)
    frozen = MappingProxyType(
        {
            stem: {letter: tuple(patterns) for letter, patterns in groups.items()}
            for stem, groups in index.items()
        }
    )
    return Gazetteer(tuple(names), tuple(entry for entry, _, _ in items), frozen)


def _name(entry: Entry, kind: NameType, joined: bool) -> Name:
    also = {to: forms for to in ("en", "vi") if (forms := getattr(entry.also, to))}
    return Name(
        ru=_join(entry.ru[0]) if joined else entry.ru[0],
        en=entry.en or plain(entry.vi),
        vi=entry.vi or entry.en,
        type=kind,
        alternatives=MappingProxyType(also),
    )


def _patterns(entry: Entry, name: Name, joined: bool) -> Iterator[Pattern]:
    after = frozenset(entry.after)
    person = name.type is NameType.PERSON
    forms = dict.fromkeys(entry.ru)
    if joined:
        forms |= dict.fromkeys(_join(form) for form in entry.ru)
    for form in forms:
        words = _words(form, entry, person)
        yield Pattern(words, name, name, after)
    short = entry.short
    if short is None and person and len(tokens(name.ru)) > 1:
        short = Short(ru=(name.ru.split()[-1],))
    if short is not None:
        shortened = _shortened(name, short)
        for form in short.ru:
            words = _words(form, entry, person)
            yield Pattern(words, shortened, name, after, True, short.alone)


def _words(form: str, entry: Entry, person: bool) -> tuple[WordForm, ...]:
    return tuple(
        word_form(token.text, declines=entry.declines, person=person) for token in tokens(form)
    )


def _join(form: str) -> str:
    return "".join(form.replace("-", " ").split()).capitalize()


def _shortened(name: Name, short: Short) -> Name:
    """Return the name as its short form means it; the full form is right as well."""
    also = {
        to: tuple(dict.fromkeys((name.form(to), *name.alternatives.get(to, ()))))
        for to in ("en", "vi")
    }
    return Name(
        ru=name.ru,
        en=short.en or name.en.split()[-1],
        vi=short.vi or name.vi.split()[-1],
        type=name.type,
        alternatives=MappingProxyType(also),
    )


def fingerprint(places: Iterable[Path]) -> str:
    """Return a short hash of what some files, or the YAML files of some folders, contain."""
    content = hashlib.sha256()
    for place in places:
        for path in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
            content.update(path.read_bytes())
    return content.hexdigest()[:10]
