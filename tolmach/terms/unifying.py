"""One spelling through an article for names that no gazetteer has.

A model that spells a foreign name by ear spells it differently each time: Bektenov, Bektesanov,
Bektemnestov. Where the source clearly says the same word, the renderings become one: of those that
come close to the practical romanisation of the Russian word, the one that is used most. A surname
in -ов or -ев that no rendering comes close to is romanised itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tolmach.document import EditorWarning, Severity, Span
from tolmach.languages import is_vietnamese
from tolmach.terms.edits import Edit
from tolmach.terms.lemmas import Token, read_word, tokens
from tolmach.terms.matching import Word, is_demonym, needed, words_of
from tolmach.terms.phonetics import Sound, fold, romanise, similarity, sound
from tolmach.terms.placing import LONGEST

__all__ = ["Passage", "Unified", "unify"]

# what cases add to surnames, given names and other foreign words; longest first
_ENDING = re.compile(r"(?:ыми|ами|ого|ому|ым|ом|ем|ой|ою|ей|ых|ам|ах|а|у|е|ы|и|ю|я|ь|й)$")
# endings that only men's names have, so that a bare "а" is a case and not a woman's name
_MASCULINE = ("ым", "ом", "ем")
_FEMININE = ("ой", "ою")
# surnames whose romanisation leaves no choice; "ё" and "щ", soft and hard signs do
_CERTAIN = re.compile(r"[абвгджзиклмнопрстуфхцчшюя][абвгджезиклмнопрстуфхцчшюя]{2,}(?:ов|ев)")
_SHORTEST = 5
# a rendering that is worth keeping, and how far from the best one the most used may be
_GOOD, _NEAR = 0.8, 0.1
# how alike a given name must be whose surname was found beside it
_ALIKE_BESIDE = 0.4


@dataclass(frozen=True, slots=True)
class Passage:
    """A segment to look at.

    Attributes:
        source: its Russian text.
        target: its translation.
        source_taken: spans of ``source`` that are names already dealt with.
        target_taken: spans of ``target`` that are names already dealt with.
    """

    source: str
    target: str
    source_taken: tuple[Span, ...] = ()
    target_taken: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unified:
    """What is to be changed in one passage.

    Attributes:
        edits: in order, not overlapping.
        warnings: one for each edit; target spans lie in the old text.
    """

    edits: tuple[Edit, ...] = ()
    warnings: tuple[EditorWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rendering:
    passage: int
    token: Token
    word: Word


@dataclass
class _Group:
    """The mentions of one Russian word, declined in any way."""

    stem: str
    forms: set[str] = field(default_factory=set)
    evident: bool = False
    renderings: list[_Rendering] = field(default_factory=list)

    @property
    def used(self) -> Counter[str]:
        """How often each rendering stands in the article."""
        return Counter(item.word.text for item in self.renderings)

    def has(self, endings: tuple[str, ...]) -> bool:
        """Tell whether a form has one of the endings; without any it is a man's name."""
        bare = endings is _MASCULINE and self.stem in self.forms
        return bare or any(form.endswith(endings) for form in self.forms)


def unify(passages: Sequence[Passage], *, to: str) -> tuple[Unified, ...]:
    """Find what must change for each foreign word to have one spelling in an article.

    Args:
        passages: the translated segments of one article, in order.
        to: target language code.

    Returns:
        The changes, one for each passage. After they are made there are none.
    """
    groups: dict[str, _Group] = {}
    for number, passage in enumerate(passages):
        _collect(number, passage, groups, to=to)
    changes: list[list[tuple[Edit, EditorWarning]]] = [[] for _ in passages]
    for group in groups.values():
        best = _best(group)
        if not best:
            continue
        for item in group.renderings:
            if _differs(item, best, group):
                warning = _warning(item, best, elsewhere=best in group.used)
                changes[item.passage].append((Edit(item.word.span, best), warning))
    return tuple(_in_order(found) for found in changes)


def _warning(item: _Rendering, best: str, *, elsewhere: bool) -> EditorWarning:
    """Say what was changed; a form that the article has nowhere is worth a look."""
    where = f"elsewhere {best}" if elsewhere else f"now {best}, as the Russian letters say"
    return EditorWarning(
        "name_varies",
        f"{item.token.text} was written {item.word.text}; {where}",
        Severity.INFO if elsewhere else Severity.WARNING,
        item.token.span,
        item.word.span,
    )


def _in_order(found: list[tuple[Edit, EditorWarning]]) -> Unified:
    found.sort(key=lambda change: change[0].span)
    return Unified(tuple(edit for edit, _ in found), tuple(warning for _, warning in found))


def _collect(number: int, passage: Passage, groups: dict[str, _Group], *, to: str) -> None:
    """Pair the foreign words of a passage with the words of its target."""
    if len(passage.target) > LONGEST or len(passage.source) > LONGEST:
        return
    named = [token for token in tokens(passage.source) if _is_foreign(token, passage)]
    if not named:
        return
    for token in named:
        group = groups.setdefault(_stem(token.folded), _Group(_stem(token.folded)))
        group.forms.add(token.folded)
        group.evident |= not token.initial
    for token, word in _pairs(passage, named, to=to):
        groups[_stem(token.folded)].renderings.append(_Rendering(number, token, word))


def _pairs(passage: Passage, named: Sequence[Token], *, to: str) -> Iterator[tuple[Token, Word]]:
    """Yield the foreign words of a passage with what stands for them in its target."""
    words = words_of(passage.target)
    free = {
        place
        for place, word in enumerate(words)
        if word.capital
        and len(word.text) >= _SHORTEST - 1
        and not _overlaps(word.span, passage.target_taken)
        and not (to == "vi" and is_vietnamese(word.text))
    }
    scored = sorted(
        (-similarity(words[place].text, _sounds(token.folded)), at, place)
        for at, token in enumerate(named)
        for place in free
    )
    found: dict[int, int] = {}
    for score, at, place in scored:
        clear = -score >= needed(len(fold(words[place].text)))
        if at not in found and place in free and clear:
            found[at] = place
            free.discard(place)
    # what stands beside a word that was found may be less alike: Oxas Bektesov
    for score, at, place in scored:
        if at in found or place not in free:
            continue
        if -score < _ALIKE_BESIDE and not _ends_both(at, place, named, words):
            continue
        if _beside(at, place, named, found, words):
            found[at] = place
            free.discard(place)
    for at, place in sorted(found.items()):
        yield named[at], words[place]


def _beside(
    at: int, place: int, named: Sequence[Token], found: Mapping[int, int], words: Sequence[Word]
) -> bool:
    """Tell whether a word stands to a found one as its Russian word does: before or after it."""
    before = found.get(at - 1, place) == place - 1 and words[place].joined
    after = found.get(at + 1, place) == place + 1 and words[place + 1].joined
    if before and named[at].span.start - named[at - 1].span.end == 1:
        return True
    return after and named[at + 1].span.start - named[at].span.end == 1


def _ends_both(at: int, place: int, named: Sequence[Token], words: Sequence[Word]) -> bool:
    """Tell whether a word can only be what became of a surname, however it sounds.

    Both must be the last of a name: Abdulla Rais, for «Абдулла Арипов».
    """
    if not at or not _CERTAIN.fullmatch(_stem(named[at].folded)):
        return False
    goes_on = at + 1 < len(named) and named[at + 1].span.start - named[at].span.end == 1
    longer = place + 1 < len(words) and words[place + 1].joined and words[place + 1].capital
    after_given = named[at].span.start - named[at - 1].span.end == 1 and words[place].joined
    return after_given and not goes_on and not longer


def _is_foreign(token: Token, passage: Passage) -> bool:
    if not token.capital or not token.text[1:].islower() or len(token.text) < _SHORTEST:
        return False
    if _overlaps(token.span, passage.source_taken):
        return False
    reading = read_word(token.folded)
    # places have adjectives (Kazakh), and words of the dictionary have translations
    return not reading.place and (reading.personal or not reading.known)


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


def _stem(folded: str) -> str:
    stem = _ENDING.sub("", folded)
    return stem if len(stem) > 3 else folded


def _sounds(folded: str) -> tuple[Sound, ...]:
    forms = dict.fromkeys((folded, _stem(folded)))
    return tuple(sound(romanise(form, system=way)) for form in forms for way in _SYSTEMS)


_SYSTEMS = ("practical", "letter")


def _best(group: _Group) -> str:
    """Return the rendering to keep; empty if there is nothing to unify or none is good."""
    used = group.used
    if not used or not group.evident:
        return ""
    if group.has(_MASCULINE) and group.has(_FEMININE):
        return ""  # a man and a woman of the same surname
    reference = _sounds(group.stem)
    scores = {text: similarity(text, reference) for text in used}
    highest = max(scores.values())
    if highest < _GOOD:
        certain = _CERTAIN.fullmatch(group.stem) and group.has(_MASCULINE)
        return romanise(group.stem).capitalize() if certain else ""
    if len(used) < 2:
        return ""
    near = [text for text in used if scores[text] >= max(highest - _NEAR, _GOOD)]
    return max(near, key=lambda text: (used[text], scores[text], text))


def _differs(item: _Rendering, best: str, group: _Group) -> bool:
    """Tell whether a rendering is another spelling of the same word, and not another word."""
    text = item.word.text
    one, other = fold(text), fold(best)
    if text == best or text.isupper():
        return False
    if is_demonym(one, other) or is_demonym(other, one):
        return False
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    if longer.startswith(shorter) and longer != shorter:
        # a woman's surname, or a case ending that the model kept; «Бектенова» may be either
        kept = longer[len(shorter) :] == "a" and one == longer
        return kept and group.has(_MASCULINE) and not item.token.folded.endswith("а")
    return True
