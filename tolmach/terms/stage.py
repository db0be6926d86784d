"""The stage that puts names and terms right in the translated segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Protocol

from tolmach.assembly import retargeted
from tolmach.config.schema import Options
from tolmach.document import (
    Article,
    EditorWarning,
    Origin,
    Severity,
    Span,
    TargetSegment,
)
from tolmach.ordering import in_order
from tolmach.resources import folder
from tolmach.stages import Context, Item, each
from tolmach.terms.base import Mention
from tolmach.terms.currencies import repeated_countries
from tolmach.terms.edits import Edit, difference, edited, shifted
from tolmach.terms.gazetteer import fingerprint
from tolmach.terms.glossary import load_glossary
from tolmach.terms.ledger import Ledger, NamedArticle, records
from tolmach.terms.placing import Outcome, Placement, place
from tolmach.terms.unifying import Passage, unify

__all__ = ["TermsOptions", "TermsStage"]

_Mentions = Mapping[int, tuple[Mention, ...]]


class TermsOptions(Options):
    """Options of the stage ``terms``.

    Attributes:
        unify: whether other foreign names get one spelling in an article.
        glossary: further files of terms; they come before the shipped ones.
        glossary_shipped: whether the shipped terms are used.
    """

    unify: bool = True
    glossary: tuple[Path, ...] = ()
    glossary_shipped: bool = True


class _Terms(Protocol):
    """What puts terms right in one segment."""

    def apply(self, source: str, target: str, *, to: str) -> tuple[str, tuple[EditorWarning, ...]]:
        """Return the target with its terms put right, and what could not be."""
        ...


class TermsStage:
    """Puts names and terms right in the articles of each document."""

    requires: ClassVar[frozenset[str]] = frozenset({"articles", "names"})
    assigns: ClassVar[frozenset[str]] = frozenset({"terms"})
    options: ClassVar[type[Options]] = TermsOptions

    def __init__(self, options: TermsOptions) -> None:
        """Load the terms.

        Raises:
            ConfigError: a file is missing or wrong, with every problem.
        """
        self._unifies = options.unify
        places = list(options.glossary)
        if options.glossary_shipped:
            places += sorted((folder("configs") / "glossaries").glob("*.csv"))
        self._glossary = load_glossary(*places)
        self._fingerprint = fingerprint(places)

    def signature(self) -> Mapping[str, str]:
        """Which terms there are, and whether foreign names get one spelling."""
        return {"terms": self._fingerprint + ("" if self._unifies else " no unifying")}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Put names and terms right; a guessed name keeps its form through the stream."""
        ledger = Ledger() if context.names is None else context.names
        # the first document that has a name decides on it, not the first that is finished
        return each(in_order(items), "terms", lambda item: self._correct(item, ledger))

    def _correct(self, item: Item, ledger: Ledger) -> Item:
        document = item.read()
        if not any(article.model for article in item.articles.values()):
            return item  # nothing was translated
        mentions: _Mentions = {n: part.mentions for n, part in enumerate(document.segments)}
        _settle(mentions, item.articles, ledger)
        mentions = {
            index: tuple(replace(found, name=ledger.settled(found.name)) for found in listed)
            for index, listed in mentions.items()
        }
        articles = {
            to: _Correction(article, mentions).run(self._glossary, unifies=self._unifies)
            for to, article in item.articles.items()
        }
        return replace(item, articles=MappingProxyType(articles))


def _settle(mentions: _Mentions, articles: Mapping[str, Article], ledger: Ledger) -> None:
    """Decide on the forms of guessed names, by what the models wrote in the whole document."""
    seen: dict[str, dict[str, Counter[str]]] = {}
    segments = {to: article.segments for to, article in articles.items()}
    guessed: dict[str, Mention] = {}
    for index, listed in mentions.items():
        unsure = [mention for mention in listed if not mention.name.known]
        for mention in unsure:
            first = guessed.setdefault(mention.name.ru, mention)
            if len(mention.name.vi) > len(first.name.vi):
                guessed[mention.name.ru] = mention  # a full form
        for to, listed_segments in segments.items() if unsure else ():
            segment = listed_segments[index]
            for item in place(segment.source, segment.target, unsure, to=to).placed:
                if item.outcome is Outcome.RIGHT:
                    by_target = seen.setdefault(item.mention.name.ru, {})
                    by_target.setdefault(to, Counter())[item.written] += 1
    for russian, mention in guessed.items():
        ledger.settle(mention.name, seen.get(russian, {}))


@dataclass
class _Work:
    """A segment while it is being put right."""

    segment: TargetSegment
    target: str
    warnings: tuple[EditorWarning, ...]
    mentions: tuple[Mention, ...] = ()
    placed: tuple[Placement, ...] = ()
    names: tuple[Span, ...] = ()

    def change(self, edits: Sequence[Edit], warnings: Iterable[EditorWarning] = ()) -> None:
        """Apply edits; the warnings have target spans in the old text."""
        self.target = edited(self.target, edits)
        self.warnings = shifted((*self.warnings, *warnings), edits)

    def done(self) -> TargetSegment:
        """Return the segment as it is now."""
        return replace(self.segment, target=self.target, warnings=self.warnings)


class _Correction:
    """Puts one article right."""

    def __init__(self, article: Article, mentions: _Mentions) -> None:
        self._article = article
        self._work = [
            _Work(part, part.target, part.warnings, mentions.get(index, ()))
            for index, part in enumerate(article.segments)
        ]
        # what an editor approved stays as it is
        self._translated = [
            work
            for work in self._work
            if work.segment.translated and work.segment.origin is not Origin.APPROVED
        ]

    def run(self, glossary: _Terms, *, unifies: bool) -> NamedArticle:
        to = self._article.to
        for work in self._translated:
            self._place(work)
        if unifies:
            self._unify()
        for work in self._translated:
            target, warnings = glossary.apply(work.segment.source, work.target, to=to)
            work.change(difference(work.target, target))
            work.warnings += tuple(self._in_document(item, work) for item in warnings)
            work.change(repeated_countries(work.segment.source, work.target, to=to))
        self._spare_repeats()
        names = records(
            (item for work in self._work for item in work.placed),
            to=to,
            document=self._article.name,
        )
        values = {item.name: getattr(self._article, item.name) for item in fields(Article)}
        return retargeted(NamedArticle(**values, names=names), [work.done() for work in self._work])

    def _place(self, work: _Work) -> None:
        source, to = work.segment.source, self._article.to
        result = place(source, work.target, work.mentions, to=to, settled=True)
        work.change(result.edits)
        work.warnings += tuple(self._in_document(item, work) for item in result.warnings)
        work.placed = result.placed
        work.names = tuple(item.span for item in result.placed if item.span is not None)

    def _unify(self) -> None:
        passages = [
            Passage(
                work.segment.source,
                work.target,
                tuple(mention.span for mention in work.mentions),
                work.names,
            )
            for work in self._translated
        ]
        changes = unify(passages, to=self._article.to)
        for work, change in zip(self._translated, changes, strict=True):
            if change.edits:
                found = [self._in_document(warning, work) for warning in change.warnings]
                work.change(change.edits, found)

    def _in_document(self, warning: EditorWarning, work: _Work) -> EditorWarning:
        """Return a warning whose source span lies in the document's text."""
        whole = work.segment.span
        inside = whole.of(self._article.document.text) == work.segment.source
        if warning.source is None or not inside:  # white space was folded
            return replace(warning, source=whole)
        return replace(warning, source=warning.source.shift(whole.start))

    def _spare_repeats(self) -> None:
        """Let only the first of several equal guesses be a warning."""
        said: set[str] = set()
        for work in self._work:
            warnings = []
            for warning in work.warnings:
                if warning.code == "name_guess":
                    form = warning.message.split(" is written ", 1)[-1]
                    if form in said:
                        warning = replace(warning, severity=Severity.INFO)
                    said.add(form)
                warnings.append(warning)
            work.warnings = tuple(warnings)
