"""From drafts to a summary: what passes the gate, what is tried again, and what stands instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tolmach.document import EditorWarning, Severity, Summary, SummaryCheck, SummarySentence
from tolmach.inference.base import TextModel
from tolmach.summarization.drafts import (
    CONDENSING,
    Candidate,
    Draft,
    Passage,
    drafts,
    passages,
    rereading,
)
from tolmach.summarization.gate import Evidence, examine, failures
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.lexicon import similarity, stems
from tolmach.summarization.requests import Plan, Request, fits
from tolmach.summarization.support import Support, sentences_of
from tolmach.summarization.view import Unit, View

__all__ = ["ABSTRACTIVE", "EXTRACTIVE", "make", "without_text"]

ABSTRACTIVE, EXTRACTIVE = "abstractive", "extractive"

# a condensed passage is shorter than the passage; what is not is a copy
_CONDENSED = 0.9
# two sentences that share more of their stems say the same
_SAME = 0.72
# so few sentences are their own summary
_FEWEST = 2
# how often sentences are chosen anew because some of them do not pass
_MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class _Made:
    """A sentence that may stand in the summary.

    Attributes:
        text: the sentence; of an extractive one of a summary of the source, not yet translated.
        places: of the units it rests on.
        unit: the unit it was taken from; None for what a model wrote.
    """

    text: str
    places: tuple[int, ...]
    checks: tuple[SummaryCheck, ...]
    unit: Unit | None = None
    refused: tuple[str, ...] = ()


@dataclass
class _Open:
    """A draft that has not passed yet."""

    draft: Draft
    refused: list[tuple[str, str]] = field(default_factory=list)
    made: _Made | None = None


def without_text(style: str) -> Summary:
    """Return the summary of an article that has no sentences."""
    message = "there are no sentences to summarise"
    warning = EditorWarning("summary_empty", message, Severity.INFO)
    return Summary((), model="", warnings=(warning,), style=style)


def make(view: View, wanted: Wanted, model: TextModel | None) -> Plan[Summary]:
    """Make one summary in the language of the view.

    Args:
        view: the article.
        wanted: style and length.
        model: condenses; None takes sentences as they are.

    Returns:
        The summary. Every sentence says how it was made, on which segments it rests and what the
        gate said of it; what a model wrote in vain is in the warnings.
    """
    if not view.units and not view.brief:
        return without_text(wanted.style)
    maker = _Maker(view, wanted, model)
    if wanted.style == "headline" and view.headline and not view.units:
        return maker.summary([maker.of_title()], [])
    if not view.units or (len(view.units) <= _FEWEST and maker.may_stay):
        return maker.as_it_is()
    if wanted.style == "headline" and view.headline and (model is None or model.examples):
        # what the editors wrote says more than a small model can
        return maker.summary([maker.of_title()], [])
    view = maker.sound()
    found = yield from drafts(view, wanted, model)
    opened = [maker.judged(draft) for draft in found]
    retried = maker.retries(opened)
    if retried:
        answers = yield [request for _, request in retried]
        for (entry, request), hypotheses in zip(retried, answers, strict=True):
            maker.judge_again(entry, request, hypotheses)
    return maker.finished(opened)


class _Maker:
    """Judges drafts of one view and puts together what passes."""

    def __init__(self, view: View, wanted: Wanted, model: TextModel | None) -> None:
        self._view = view
        self._wanted = wanted
        self._model = model
        self._support = Support(view)
        self._first: Evidence | None = None
        faulty = {place: dict(unit.faults) for place, unit in enumerate(view.units) if unit.faults}
        # where too few are without fault they are taken all the same, and the summary says so
        enough = len(view.units) - len(faulty) >= wanted.count
        self._faulty: dict[int, dict[str, str]] = faulty if enough else {}

    @property
    def _headline(self) -> bool:
        return self._wanted.style == "headline"

    def _evidence(self, places: Sequence[int], *, strict: bool) -> Evidence:
        view, model = self._view, self._model
        passage = view.joined(places)
        translated = view.language != view.source_language
        source = " ".join(view.units[at].source for at in places) if translated else passage
        if self._headline or not places:
            # a title draws on the whole
            passage, source = view.text, view.source if translated else view.text
        examples = model.examples.get(view.language, "") if model else ""
        made = Evidence(
            passage, view.text, source, examples, view.language, view.source_language, strict
        )
        if self._first is None:
            self._first = made
        return self._first.beside(made)

    def sound(self) -> View:
        """Return the view, knowing which of the sentences it would choose do not pass the gate.

        A translation may state what its source does not; then the next best is chosen instead.
        """
        self._view = replace(self._view, unsound=self._view.unsound | self._faulty.keys())
        for _ in range(_MOST_ROUNDS):
            chosen = [passage.chosen for passage in passages(self._view, self._wanted, None)]
            wrong = {place for place in chosen if self._taken(place) is None}
            if not wrong:
                break
            self._view = replace(self._view, unsound=self._view.unsound | wrong)
        return self._view

    def judged(self, draft: Draft) -> _Open:
        """Take the first candidate of a draft that passes the gate."""
        entry = _Open(draft)
        for candidate in draft.candidates:
            made = self._try(candidate, draft.passage, entry)
            if made is not None:
                entry.made = made
                break
        return entry

    def _try(self, candidate: Candidate, passage: Passage | None, entry: _Open) -> _Made | None:
        text = self._trimmed(candidate.text)
        places = passage.members if passage else self._support.sources(text)
        strict = bool(self._model and self._model.examples)
        checks = examine(
            text,
            self._evidence(places, strict=strict),
            finished=candidate.finished,
            headline=self._headline,
        )
        checks = self._blamed(checks, places)
        wrong = failures(checks)
        if not places:
            wrong.append("it rests on nothing in the article")
        if wrong:
            entry.refused.append((text, wrong[0]))
            return None
        if strict and len(text) > _CONDENSED * len(self._view.joined(places)):
            return None  # a copy, which the sentence itself does better
        unit = next((u for at in places if text in (u := self._view.units[at]).text), None)
        return _Made(text, places, checks, unit if unit and unit.text == text else None)

    def _trimmed(self, text: str) -> str:
        text = " ".join(text.split())
        return text.rstrip(".") if self._headline else text

    def retries(self, opened: Sequence[_Open]) -> list[tuple[_Open, Request]]:
        """Return what is asked again, with a tighter input, for drafts that did not pass."""
        model = self._model
        if model is None:
            return []
        view = self._view
        found = []
        for entry in opened[: self._wanted.count]:
            if entry.made is not None or not entry.refused:
                continue
            passage = entry.draft.passage
            places = (passage.chosen,) if passage else self._support.sources(entry.refused[0][0])
            text = view.joined(places)
            if not places or (passage and passage.members == places):
                continue  # nothing tighter is left
            if fits(text, model, view.language):
                decoding = CONDENSING if model.examples else rereading(model)
                found.append((entry, Request(text, model, view.language, decoding)))
                entry.draft = replace(entry.draft, passage=Passage(places[0], places))
        return found

    def judge_again(self, entry: _Open, request: Request, hypotheses: Sequence[object]) -> None:
        """Judge what a tighter input gave."""
        for item in hypotheses:
            text, finished = getattr(item, "text", ""), bool(getattr(item, "finished", False))
            for sentence in sentences_of(text) if not request.model.examples else [text]:
                if entry.made is None:
                    entry.made = self._try(
                        Candidate(sentence, finished), entry.draft.passage, entry
                    )

    def finished(self, opened: Sequence[_Open]) -> Summary:
        """Put the summary together, at the length that is wanted."""
        warnings: list[EditorWarning] = []
        chosen: list[_Made] = []
        used = 0
        for made in self._in_turn(opened, warnings):
            if len(chosen) >= self._wanted.count:
                break
            if any(_same(made.text, other.text) for other in chosen):
                continue
            longest = self._wanted.longest
            if longest and used + len(made.text) > longest:
                continue
            chosen.append(made)
            used += len(made.text) + 1
        if not chosen:
            chosen += self._shortest(warnings)
        return self.summary(chosen, warnings)

    def _in_turn(self, opened: Sequence[_Open], warnings: list[EditorWarning]) -> Iterator[_Made]:
        """Yield what may stand in the summary: drafts first, then further sentences."""
        some = False
        for entry in opened:
            made = entry.made or self._instead(entry, warnings)
            if made is not None:
                some = True
                yield made
        if self._model is None or self._model.examples or self._wanted.longest or not some:
            # more than are wanted, as some may be too long or said already
            more = replace(self._wanted, style="bullets", sentences=self._wanted.count + 4)
            for passage in passages(self._view, more, None):
                unit = self._taken(passage.chosen)
                if unit is not None:
                    yield unit

    def _instead(self, entry: _Open, warnings: list[EditorWarning]) -> _Made | None:
        """Return the sentence that supports a refused draft best, and say that it was refused."""
        passage = entry.draft.passage
        refused = tuple(text for text, _ in entry.refused)
        places = [passage.chosen, *passage.members] if passage else []
        if not passage and refused:
            places = list(self._support.sources(refused[0]))
        made = next((unit for at in places if (unit := self._taken(at)) is not None), None)
        if entry.refused:
            text, reason = entry.refused[0]
            code = "summary_replaced" if made else "summary_dropped"
            what = "replaced by a sentence of the article" if made else "dropped from the summary"
            message = f"{what}, {reason}: {text}"
            warnings.append(EditorWarning(code, message, Severity.INFO))
        return replace(made, refused=refused) if made else None

    def _taken(self, place: int) -> _Made | None:
        """Return a sentence as it is, unless it does not pass the gate itself."""
        unit = self._view.units[place]
        checks = self._checks(place)
        return None if failures(checks) else _Made(unit.text, (place,), checks, unit)

    def _checks(self, place: int) -> tuple[SummaryCheck, ...]:
        """Return what the gate says of a sentence as it is."""
        text = self._view.units[place].text
        checks = examine(text, self._evidence((place,), strict=False), headline=self._headline)
        return self._blamed(checks, (place,))

    def _blamed(
        self, checks: Sequence[SummaryCheck], places: Sequence[int]
    ) -> tuple[SummaryCheck, ...]:
        """Let checks fail that were passed by repeating a fault of the translation."""
        wrong: dict[str, str] = {}
        for place in places:
            wrong |= self._faulty.get(place, {})
        return tuple(
            SummaryCheck(check.name, False, wrong[check.name])
            if check.passed and check.name in wrong
            else check
            for check in checks
        )

    def _shortest(self, warnings: list[EditorWarning]) -> list[_Made]:
        """Return the shortest sentence that passes, when none is as short as is wanted."""
        order = sorted(range(len(self._view.units)), key=lambda at: len(self._view.units[at].text))
        made = next((unit for at in order if (unit := self._taken(at)) is not None), None)
        if made is None:
            message = "no sentence of the article passed the checks; look at its warnings"
            warnings.append(EditorWarning("summary_empty", message, Severity.WARNING))
            return []
        if self._wanted.longest and len(made.text) > self._wanted.longest:
            message = f"no sentence is as short as {self._wanted.longest} characters"
            warnings.append(EditorWarning("summary_long", message, Severity.INFO))
        return [made]

    @property
    def may_stay(self) -> bool:
        """Whether a text of so few sentences may be its own summary: as long as is wanted."""
        length = sum(len(unit.text) + 1 for unit in self._view.units) - 1
        longest = self._wanted.longest
        return self._wanted.style in {"abstract", "bullets"} and not 0 < longest < length

    def as_it_is(self) -> Summary:
        """Return a text that is too short to be summarised as its own summary.

        Nothing of it is left out: what a check says against a sentence stands beside it.
        """
        message = "the text is too short to be summarised and was taken as it is"
        warning = EditorWarning("summary_short", message, Severity.INFO)
        units = self._view.units
        made = [_Made(unit.text, (at,), self._checks(at), unit) for at, unit in enumerate(units)]
        made = made or [_Made(u.text, (), self._of_itself(u), u) for u in self._view.brief]
        wrong = dict.fromkeys(reason for item in made for reason in failures(item.checks))
        warnings = [warning]
        if wrong:
            message = f"the checks say of it: {'; '.join(wrong)}"
            warnings.append(EditorWarning("summary_doubtful", message))
        return self.summary(made[: self._wanted.count], warnings)

    def of_title(self) -> _Made:
        """Return the title of the article as its headline."""
        text = " ".join(unit.text for unit in self._view.headline)
        target = " ".join(unit.target for unit in self._view.headline)
        unit = replace(self._view.headline[0], text=text, target=target)
        view = self._view
        evidence = Evidence(
            view.text, view.text, view.source, "", view.language, view.source_language, strict=False
        )
        return _Made(text, (), examine(text, evidence, headline=True), unit)

    def _of_itself(self, unit: Unit) -> tuple[SummaryCheck, ...]:
        """Compare a line that need not be a sentence with its own source."""
        view = self._view
        evidence = Evidence(
            unit.text, unit.text, unit.source, "", view.language, view.source_language, strict=False
        )
        return examine(unit.text, evidence, headline=True)

    def summary(self, chosen: Sequence[_Made], warnings: Sequence[EditorWarning]) -> Summary:
        """Return the summary of some sentences, in the order of the article."""
        view = self._view
        if self._wanted.style != "headline":
            chosen = sorted(chosen, key=lambda made: made.places)
        sentences = tuple(self._sentence(made) for made in chosen)
        used = [index for sentence in sentences for index in sentence.sources]
        written = any(item.method == ABSTRACTIVE for item in sentences)
        return Summary(
            sentences,
            self._model.name if self._model else EXTRACTIVE,
            tuple(warnings) + (() if written or not sentences else (_label(self._model),)),
            self._wanted.style,
            "target" if view.language == view.to else "source",
            view.covered(used),
        )

    def _sentence(self, made: _Made) -> SummarySentence:
        view = self._view
        if made.unit is None:
            sources = tuple(view.units[place].segment for place in made.places)
            return SummarySentence(made.text, sources, ABSTRACTIVE, made.checks, made.refused)
        # what is merely taken over needs no other translation than it has
        sources = (made.unit.segment,)
        return SummarySentence(made.unit.target, sources, EXTRACTIVE, made.checks, made.refused)


def _label(model: TextModel | None) -> EditorWarning:
    message = "the summary is made of sentences as they are"
    if model is not None:
        message += f": nothing that {model.name} wrote was better and passed the checks"
    return EditorWarning("summary_extractive", message, Severity.INFO)


def _same(one: str, other: str) -> bool:
    return similarity(stems(one), stems(other)) > _SAME
