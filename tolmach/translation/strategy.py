"""What is tried for one text, and in which order.

Each text is a small coroutine: it yields the requests it wants answered and receives the best
candidate for each. It knows nothing of batches; the scheduler runs the requests of many texts
together. The order is: as the model's card says; with a wider beam, if a guard found anything;
cut at clauses, if what was found cannot stand or a name is missing.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from tolmach.clauses import split_clauses
from tolmach.document import EditorWarning, Severity, Span
from tolmach.inference.base import ChainModel, TextModel
from tolmach.translation.guards import inspect, loop_start, penalty

__all__ = ["Candidate", "Request", "Strategy", "translate_text"]

# a text that a guard refused is cut into clauses only if it is long enough to have some
_SHORTEST_CUT = 60
_SENTENCE_END = re.compile(r"[.!?…][»”\"')\]]*$")


@dataclass(frozen=True, slots=True)
class Request:
    """A text to put through a model.

    Attributes:
        model: which one; models are equal only to themselves.
        text: at most as long as the model can take.
        source: language code.
        to: language code.
        wide: whether to search with a wider beam than usual.
    """

    model: TextModel
    text: str
    source: str
    to: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A translation and what the guards say of it."""

    text: str
    score: float
    warnings: tuple[EditorWarning, ...]

    @property
    def rank(self) -> tuple[int, int, float]:
        """Sorts the better candidate first."""
        return (*penalty(self.warnings), -self.score)

    @property
    def incomplete(self) -> bool:
        """Whether a name is missing, which a model may find in a shorter text."""
        return any(warning.code == "name_missing" for warning in self.warnings)

    @property
    def refused(self) -> bool:
        """Whether something was found that cannot stand."""
        return penalty(self.warnings)[0] > 0


Strategy = Generator[Sequence[Request], Sequence[Candidate], Candidate]


def translate_text(text: str, model: TextModel | ChainModel, *, source: str, to: str) -> Strategy:
    """Translate one segment, however long.

    Args:
        text: the segment.
        model: what will translate it, for its limit.
        source: language code.
        to: language code.

    Returns:
        The best candidate; its warnings are what remained doubtful.
    """
    if isinstance(model, ChainModel):
        return (yield from _through(text, model, to=to))
    return (yield from _by_one(text, model, source=source, to=to))


def _through(text: str, chain: ChainModel, *, to: str) -> Strategy:
    """Translate stage by stage; what a stage could not mend stays an error of the whole."""
    reached = Candidate(text, 0.0, ())
    score = 0.0
    errors: dict[str, EditorWarning] = {}
    for model, reads, writes in chain.stages:
        reached = yield from _by_one(reached.text, model, source=reads, to=writes)
        score = min(score, reached.score)  # a chain is as sure as its least sure stage
        for warning in reached.warnings:
            if warning.severity is Severity.ERROR:
                error = replace(warning, message=f"{writes}: {warning.message}", target=None)
                errors.setdefault(warning.code, error)
        if not reached.text:
            break
    found = inspect(text, reached.text, to=to)
    kept = [errors[code] for code in errors.keys() - {warning.code for warning in found}]
    return Candidate(reached.text, score, (*found, *sorted(kept, key=lambda w: w.code)))


def _by_one(text: str, model: TextModel, *, source: str, to: str) -> Strategy:
    def length(piece: str) -> int:
        return model.encode(piece, source=source, target=to).text_tokens

    # a token is at least one byte (rare characters are spelled in bytes), so short texts need not
    # be counted
    if len(text.encode()) > model.max_source_tokens and length(text) > model.max_source_tokens:
        spans = split_clauses(text, limit=model.max_source_tokens, length=length)
        return (yield from _in_pieces(text, spans, model, source=source, to=to))
    best = yield from _whole(text, model, source=source, to=to)
    if (best.refused or best.incomplete) and len(text) >= _SHORTEST_CUT:
        spans = split_clauses(text, limit=max(_SHORTEST_CUT // 2, len(text) * 2 // 3))
        if len(spans) > 1:
            joined = yield from _in_pieces(text, spans, model, source=source, to=to)
            best = min(best, joined, key=lambda candidate: candidate.rank)
    return _without_loop(best)


def _whole(text: str, model: TextModel, *, source: str, to: str) -> Strategy:
    (best,) = yield [Request(model, text, source, to)]
    if best.warnings:
        (wider,) = yield [Request(model, text, source, to, wide=True)]
        best = min(best, wider, key=lambda candidate: candidate.rank)
    return best


def _in_pieces(
    text: str, spans: Sequence[Span], model: TextModel, *, source: str, to: str
) -> Strategy:
    pieces = [piece for span in spans if (piece := span.of(text).strip())]
    found = list((yield [Request(model, piece, source, to) for piece in pieces]))
    doubtful = [index for index, candidate in enumerate(found) if candidate.warnings]
    if doubtful:
        wider = yield [Request(model, pieces[index], source, to, wide=True) for index in doubtful]
        for index, candidate in zip(doubtful, wider, strict=True):
            found[index] = min(found[index], candidate, key=lambda item: item.rank)
    joined = " ".join(
        _fit_seam(_without_loop(candidate).text, piece, first=index == 0)
        for index, (candidate, piece) in enumerate(zip(found, pieces, strict=True))
    )
    score = sum(candidate.score for candidate in found) / len(found)
    warnings = list(inspect(text, joined, to=to))
    # what was wrong with a piece is still wrong, even if the whole does not show it
    codes = {warning.code for warning in warnings}
    for candidate in found:
        for warning in candidate.warnings:
            if warning.severity is Severity.ERROR and warning.code not in codes:
                warnings.append(EditorWarning(warning.code, warning.message, warning.severity))
                codes.add(warning.code)
    return Candidate(joined, score, tuple(warnings))


def _fit_seam(target: str, source: str, *, first: bool) -> str:
    """Undo what a model does to a clause because it takes it for a sentence."""
    if not _SENTENCE_END.search(source) and target.endswith(".") and not target.endswith(".."):
        target = target[:-1] + (source[-1] if source[-1] in ",;:" else "")
    starts_small = source[:1].islower() and target[:1].isupper()
    if not first and starts_small and target[1:2].islower():
        target = target[0].lower() + target[1:]
    return target


def _without_loop(candidate: Candidate) -> Candidate:
    """Cut off the repetition of a candidate that nothing better was found for."""
    if not any(warning.code == "loop" for warning in candidate.warnings):
        return candidate
    start = loop_start(candidate.text)
    if start is None:
        return candidate
    return Candidate(candidate.text[:start].rstrip(" ,;"), candidate.score, candidate.warnings)
