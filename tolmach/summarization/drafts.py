"""What a model is asked for, and the sentences that come of it: drafts for the gate.

Two kinds of models summarise. One that is asked by a prompt with examples condenses a passage of
one or two sentences at a time, so the passages are chosen first. One that was trained on summaries
reads as much text as it can; a longer text is divided, each part is summarised, and the summaries
of the parts are summarised once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tolmach.inference.base import Decoding, Hypothesis, TextModel
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.requests import Plan, Request, fits
from tolmach.summarization.salience import salience, select
from tolmach.summarization.support import sentences_of
from tolmach.summarization.view import View

__all__ = [
    "CONDENSING",
    "Candidate",
    "Draft",
    "Passage",
    "drafts",
    "passages",
    "reading",
    "rereading",
]

_BEAM = 4
# a model that writes so little writes one sentence, whatever it reads
_SHORT_OUTPUT = 100
_MOST_PARTS = 24
_FIGURE = re.compile(r"\d")

CONDENSING = Decoding(beam=_BEAM, candidates=_BEAM, max_length_ratio=0.9, max_length_extra=12)
"""How a passage is condensed: into less than it is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence a model wrote.

    Attributes:
        text: the sentence.
        finished: false if the length cap may have cut it off.
    """

    text: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A chosen sentence, with a neighbour that belongs to it.

    Attributes:
        chosen: place of the unit.
        members: places of all units of it.
    """

    chosen: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What may become one sentence of the summary.

    Attributes:
        candidates: best first.
        passage: what it is to rest on; None if that must be found.
    """

    candidates: tuple[Candidate, ...]
    passage: Passage | None = None


def drafts(view: View, wanted: Wanted, model: TextModel | None) -> Plan[list[Draft]]:
    """Ask a model for the sentences of a summary.

    Args:
        view: the article.
        wanted: style and length.
        model: None for no model: the passages alone.

    Returns:
        One draft for each sentence, more than are wanted if the model wrote more.
    """
    if model is None:
        return [Draft((), passage) for passage in passages(view, wanted, None)]
    if model.examples:
        chosen = passages(view, wanted, model)
        return (yield from _condensed(view, chosen, model))
    return (yield from _read(view, wanted, model))


def passages(view: View, wanted: Wanted, model: TextModel | None) -> list[Passage]:
    """Choose what a summary is made of.

    Args:
        view: the article.
        wanted: how many sentences.
        model: condenses passages; with it, a sentence may bring its neighbour along.
    """
    count = max(1, min(wanted.count, len(view.units) // 2))
    texts = [unit.source for unit in view.units]
    parts = [section.units for section in view.sections] if view.structured else []
    places = select(
        texts,
        count=count,
        title=_title(view),
        parts=parts,
        excluded=view.unsound,
    )
    return [_passage(view, place, places, model) for place in places]


def _title(view: View) -> str:
    return " ".join(unit.source for unit in view.headline)


def _passage(view: View, place: int, chosen: Sequence[int], model: TextModel | None) -> Passage:
    """Add the next sentence of the paragraph, if both can be condensed without mixing figures."""
    following = place + 1
    if model is None or following in {*chosen, *view.unsound} or following >= len(view.units):
        return Passage(place, (place,))
    both = view.joined((place, following))
    neighbours = view.units[following].segment == view.units[place].segment + 1
    together = neighbours and view.units[following].block == view.units[place].block
    # a small model attaches the figures of one sentence to the subject of another
    if not together or _FIGURE.search(both) or not fits(both, model, view.language):
        return Passage(place, (place,))
    return Passage(place, (place, following))


def reading(model: TextModel) -> Decoding:
    """Return how a model that reads texts searches: as its card says, with all its beams."""
    own = model.decoding
    return own.model_copy(update={"candidates": own.beam})


def rereading(model: TextModel) -> Decoding:
    """Return how it searches for one sentence of a few: no longer than they are."""
    changes = {"min_length": 0, "max_length_ratio": 0.6, "max_length_extra": 16}
    return reading(model).model_copy(update=changes)


def _condensed(view: View, chosen: Sequence[Passage], model: TextModel) -> Plan[list[Draft]]:
    texts = [view.joined(passage.members) for passage in chosen]
    able = [place for place, text in enumerate(texts) if fits(text, model, view.language)]
    answers = yield [Request(texts[place], model, view.language, CONDENSING) for place in able]
    found = dict(zip(able, answers, strict=True))
    return [
        Draft(tuple(_whole(item) for item in found.get(place, ())), passage)
        for place, passage in enumerate(chosen)
    ]


def _whole(hypothesis: Hypothesis) -> Candidate:
    return Candidate(hypothesis.text, hypothesis.finished)


def _read(view: View, wanted: Wanted, model: TextModel) -> Plan[list[Draft]]:
    short = model.max_output_tokens <= _SHORT_OUTPUT
    parts = list(_parts(view, model, fewest=wanted.count if short else 1))
    decoding = reading(model)
    texts = [view.joined(part) for part in parts]
    if not parts:  # no sentence is short enough for it
        return [Draft((), passage) for passage in passages(view, wanted, None)]
    answers = yield [Request(text, model, view.language, decoding) for text in texts]
    lists = [_sentences(found) for found in answers]
    if len(parts) > 1 and not short:
        whole = _joined(lists, model, view.language)
        if whole:
            (final,) = yield [Request(whole, model, view.language, decoding)]
            # what the parts gave stands behind, in case the whole does not pass
            return [*_drafts(_sentences(final)), *_drafts_of_parts(lists)]
    if len(parts) > 1:
        return _drafts_of_parts(lists)
    return _drafts(lists[0])


def _parts(view: View, model: TextModel, *, fewest: int) -> Iterator[tuple[int, ...]]:
    """Divide the units, at sections where there are some, into parts that the model can read."""
    cuts = {section.units[0] for section in view.sections} if view.structured else set()
    size = max(1, -(-len(view.units) // max(1, fewest)))
    allowed = _chosen(view, model)
    part: list[int] = []
    tokens = 0
    for place in allowed:
        length = _length(view.units[place].text, model, view.language)
        full = tokens + length > model.max_source_tokens
        # a section may begin a part once the one before is half full
        at_cut = place in cuts and 2 * tokens > model.max_source_tokens
        if part and (full or at_cut or (fewest > 1 and len(part) >= size)):
            yield tuple(part)
            part, tokens = [], 0
        part.append(place)
        tokens += length
    if part:
        yield tuple(part)


def _chosen(view: View, model: TextModel) -> list[int]:
    """Return the units that are read: all, or of a very long text the most salient ones."""
    places = [
        place for place, unit in enumerate(view.units) if fits(unit.text, model, view.language)
    ]
    lengths = {place: _length(view.units[place].text, model, view.language) for place in places}
    budget = _MOST_PARTS * model.max_source_tokens * 3 // 4
    if sum(lengths.values()) <= budget:
        return places
    parts = [section.units for section in view.sections] if view.structured else []
    values = salience([unit.source for unit in view.units], title=_title(view), parts=parts)
    kept: list[int] = []
    for place in sorted(places, key=lambda place: (-values[place], place)):
        if lengths[place] <= budget:
            kept.append(place)
            budget -= lengths[place]
    return sorted(kept)


def _length(text: str, model: TextModel, language: str) -> int:
    return model.encode(text, source=language, target=language).text_tokens + 1


def _sentences(found: Sequence[Hypothesis]) -> list[list[Candidate]]:
    """Return the sentences of each candidate; the last one may have been cut off."""
    lists = []
    for item in found:
        texts = sentences_of(item.text)
        ends = [True] * (len(texts) - 1) + [item.finished]
        lists.append([Candidate(text, end) for text, end in zip(texts, ends, strict=True)])
    return lists


def _drafts(lists: Sequence[Sequence[Candidate]]) -> list[Draft]:
    """Return a draft for each sentence of the best candidate, with those of the others behind."""
    if not lists:
        return []
    others = [sentence for found in lists[1:] for sentence in found]
    return [Draft((sentence, *_alike(sentence, others))) for sentence in lists[0]]


def _drafts_of_parts(parts: Sequence[Sequence[Sequence[Candidate]]]) -> list[Draft]:
    """Take the sentences of all parts in turn, the first of each part first."""
    made = [_drafts(lists) for lists in parts]
    longest = max(map(len, made), default=0)
    return [found[turn] for turn in range(longest) for found in made if turn < len(found)]


def _alike(sentence: Candidate, others: Sequence[Candidate]) -> list[Candidate]:
    """Return what other beams wrote in the place of a sentence: what has words of it."""
    words = set(sentence.text.lower().split())
    shared = {
        other: len(words & set(other.text.lower().split())) / max(1, len(words))
        for other in others
        if other.text != sentence.text
    }
    return sorted(
        (other for other, share in shared.items() if share > 0.3),
        key=lambda other: -shared[other],
    )


def _joined(parts: Sequence[Sequence[Sequence[Candidate]]], model: TextModel, language: str) -> str:
    """Join the summaries of the parts as far as the model can read them, each part represented."""
    best = [[item.text for item in lists[0] if item.finished] for lists in parts if lists]
    while any(best):
        text = " ".join(" ".join(sentences) for sentences in best)
        if fits(text, model, language):
            return text
        # the last sentence of the longest part says least
        longest = max(best, key=lambda sentences: sum(map(len, sentences)))
        longest.pop()
    return ""
