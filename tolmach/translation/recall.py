"""What a run finds in the translation memory, and what it adds to it, for one target language.

The model itself is not needed for that: its card and the run settings say what would decide its
output (:mod:`tolmach.catalog.planning`). A run that finds everything never loads a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tolmach.catalog.cards import load_card
from tolmach.catalog.licences import members
from tolmach.catalog.loading import chain_route
from tolmach.catalog.planning import Plan
from tolmach.document import EditorWarning, Origin, Segment
from tolmach.languages import SOURCE
from tolmach.memory import Asked, Hit, Made, MadeBy, Memory
from tolmach.terms.mixing import with_names
from tolmach.translation.translator import Route, Translated

__all__ = ["Recall", "reading"]

_UNSURE = EditorWarning("unsure", "the model was not sure of this translation; compare it closely")
# named in every signature whose output needs an editor before anything else
DRAFT = "draft"


def reading(segment: Segment, *, names: bool, to: str) -> str:
    """Return what a model is given to read: the source text, with names if that helps it.

    Args:
        segment: with the names in it.
        names: whether names stand there as the target language writes them.
        to: language code of the names.
    """
    return with_names(segment.source, segment.mentions, to=to) if names else segment.source


class Recall:
    """The memory as one run and one target language see it."""

    def __init__(self, memory: Memory, plan: Plan, *, to: str) -> None:
        """Set up.

        Args:
            memory: what was translated before.
            plan: the model of the run.
            to: target language code.
        """
        self._memory = memory
        self._pair = (SOURCE, to)
        self._plan = plan
        self._maker: MadeBy | None = None
        card, self._reads = plan.card, to
        if card.chain:
            name, _, self._reads = chain_route(card)[0]
            card = load_card(name)
        self._names = card.names_in_source
        self.name = plan.card.name
        self._unsure_below = plan.card.unsure_below
        self.is_draft = any(part.quality == DRAFT for part in members(plan.card))

    @property
    def signature(self) -> Mapping[str, str]:
        """What decides the output: what the model says itself, as far as that is known."""
        maker = self._maker or self._memory.made_by(self._plan.key)
        if maker is None:
            return self._plan.signature
        self._maker = maker
        return maker.signature

    def use(self, model: Route, plan: Plan) -> None:
        """Tell that a model was loaded; only now it may be known what exactly it is.

        Args:
            model: what is going to translate.
            plan: as it looks now.
        """
        self._plan = plan
        self._maker = MadeBy(plan.key, model.name, model.signature)
        self.is_draft = self.is_draft or model.draft

    def ask(self, segments: Sequence[Segment]) -> list[Asked]:
        """Return what is looked up for segments."""
        asked = []
        for segment in segments:
            read = reading(segment, names=self._names, to=self._reads)
            asked.append(Asked(segment.source, "" if read == segment.source else read))
        return asked

    def find(self, asked: Sequence[Asked]) -> list[Translated | None]:
        """Return what the memory has, in the order of what was asked."""
        hits = self._memory.lookup(asked, self._pair, made_by=self._plan.key)
        return [None if hit is None else _translated(hit) for hit in hits]

    def remember(self, asked: Asked, result: Translated) -> None:
        """Add what the model made, with what guards said of it.

        What has errors is added too: the same model would make it again. What is missing because
        the engine failed is not.
        """
        if self._maker is None or not result.target:
            return
        made = Made(asked.source, result.target, asked.reading, result.warnings, result.score)
        self._memory.remember(made, self._pair, self._maker)

    def doubted(self, found: Mapping[int, Translated]) -> dict[int, Translated]:
        """Return results with a warning where the model was not sure of what it wrote.

        Args:
            found: results by index; those that editors approved have no score.
        """
        limit = self._unsure_below
        return {
            index: replace(result, warnings=(*result.warnings, _UNSURE))
            if limit is not None and result.score is not None and result.score < limit
            else result
            for index, result in found.items()
        }

    def suggested(
        self, segments: Sequence[Segment], found: Mapping[int, Translated]
    ) -> dict[int, Translated]:
        """Return results with how editors translated similar texts.

        Args:
            segments: of a document.
            found: results by index into them; those that editors approved need no suggestion.
        """
        return {
            index: result
            if result.origin is Origin.APPROVED
            else replace(
                result, suggestions=self._memory.suggest(segments[index].source, self._pair)
            )
            for index, result in found.items()
        }


def _translated(hit: Hit) -> Translated:
    return Translated(None, hit.target, hit.warnings, origin=hit.origin, score=hit.score)
