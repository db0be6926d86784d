"""The scheduler: texts in, translations out, through full batches, whatever they came from.

Texts of any number of documents and of several target languages go into one stream. The requests
of a window of texts are encoded, sorted by length and cut into batches. Nothing but the window is
held in memory. What is tried for each text stands in :mod:`tolmach.translation.strategy`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf

from tolmach.batching import plan
from tolmach.config.run import BatchSettings
from tolmach.document import EditorWarning, Severity
from tolmach.errors import ConfigError, GenerationError
from tolmach.inference.base import Decoding, Encoded, Hypothesis, TextModel
from tolmach.languages import SOURCE
from tolmach.translation.guards import inspect
from tolmach.translation.strategy import Candidate, Request, Strategy, translate_text

__all__ = ["Task", "Translated", "Translator"]

# results that are kept in case the same text comes again: captions and credits do
_REMEMBERED = 4096
_WIDE_BEAM = 4
_WIDE_NO_REPEAT = 6


@dataclass(frozen=True, slots=True)
class Task:
    """A text to translate.

    Attributes:
        key: handed back with the result.
        text: one segment; without a word in it, it needs no model.
        to: target language code.
        source: source language code.
    """

    key: Hashable
    text: str
    to: str
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class Translated:
    """A finished task.

    Attributes:
        key: of the task.
        target: the best that was found.
        warnings: what is doubtful about it.
        seconds: its share of the time its batches took.
    """

    key: Hashable
    target: str
    warnings: tuple[EditorWarning, ...] = ()
    seconds: float = field(default=0.0, compare=False)


_Identity = tuple[str, str, str]


@dataclass
class _Text:
    """A different text of the window: its coroutine and who waits for it."""

    identity: _Identity
    strategy: Strategy
    keys: list[Hashable]
    requests: Sequence[Request] = ()
    answers: list[Candidate | None] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Row:
    """One request on its way through a batch, and where its answer belongs."""

    text: _Text
    place: int
    encoded: Encoded

    @property
    def request(self) -> Request:
        return self.text.requests[self.place]


class Translator:
    """Translates streams of texts with one model for each direction.

    It keeps no state between calls, so one translator may serve several threads.
    """

    def __init__(
        self, models: Mapping[tuple[str, str], TextModel], *, batch: BatchSettings | None = None
    ) -> None:
        """Set up the routes.

        Args:
            models: the model for each ``(source, target)``; looked into when a task needs one,
                so it may still be filled while tasks come in.
            batch: how texts are grouped.
        """
        self._models = models
        self._batch = batch or BatchSettings()

    def model_for(self, source: str, to: str) -> TextModel:
        """Return the model for a direction.

        Raises:
            ConfigError: there is none.
        """
        try:
            return self._models[source, to]
        except KeyError:
            raise ConfigError(f"no model was loaded for {source} to {to}") from None

    def translate(self, tasks: Iterable[Task]) -> Iterator[Translated]:
        """Translate a stream of tasks.

        Args:
            tasks: read lazily, one window ahead.

        Yields:
            One result for each task, as soon as it is known; not in the order of the tasks. A text
            on which the engine fails even alone has no target and the warning ``engine_failed``.

        Raises:
            ConfigError: a task asks for a direction that has no model.
        """
        stream = iter(tasks)
        known: OrderedDict[_Identity, Translated] = OrderedDict()
        active: list[_Text] = []
        while True:
            fresh = list(islice(stream, self._batch.window))
            if not fresh and not active:
                return
            started, ready = self._start(fresh, known, active)
            yield from ready
            waiting, active = [*active, *started], []
            for batch in self._batches(waiting):
                for text in self._run(batch):
                    result = _advance(text)
                    if result is None:
                        active.append(text)
                        continue
                    known[text.identity] = result
                    while len(known) > _REMEMBERED:
                        known.popitem(last=False)
                    for key in text.keys:
                        yield replace(result, key=key, seconds=result.seconds / len(text.keys))

    def _start(
        self,
        tasks: Sequence[Task],
        known: Mapping[_Identity, Translated],
        active: Sequence[_Text],
    ) -> tuple[list[_Text], list[Translated]]:
        """Begin with each different text once; answer at once what is known already."""
        texts = {text.identity: text for text in active}
        started: list[_Text] = []
        ready = []
        for task in tasks:
            identity = (task.source, task.to, task.text)
            if not task.text.strip():
                ready.append(Translated(task.key, task.text))
            elif identity in known:
                ready.append(replace(known[identity], key=task.key, seconds=0.0))
            elif identity in texts:
                texts[identity].keys.append(task.key)
            else:
                model = self.model_for(task.source, task.to)
                strategy = translate_text(task.text, model, source=task.source, to=task.to)
                text = _Text(identity, strategy, [task.key])
                _expect(text, next(strategy))
                texts[identity] = text
                started.append(text)
        return started, ready

    def _batches(self, texts: Sequence[_Text]) -> Iterator[list[_Row]]:
        """Group the open requests by model and search, then into batches of like length."""
        groups: dict[tuple[int, bool], list[_Row]] = {}
        for text in texts:
            for place, request in enumerate(text.requests):
                model = self.model_for(request.source, request.to)
                encoded = model.encode(request.text, source=request.source, target=request.to)
                row = _Row(text, place, encoded)
                groups.setdefault((id(model), request.wide), []).append(row)
        for rows in groups.values():
            model = self.model_for(rows[0].request.source, rows[0].request.to)
            beam = _decoding(model, wide=rows[0].request.wide).beam
            # every beam is a row to the engine
            budget = max(1, (self._batch.tokens or model.batch_tokens) // beam)
            lengths = [len(row.encoded) for row in rows]
            for batch in plan(lengths, budget=budget, rows=self._batch.rows):
                yield [rows[index] for index in batch]

    def _run(self, batch: Sequence[_Row]) -> Iterator[_Text]:
        """Run one batch; yield the texts that have all their answers now.

        If the engine fails, the halves are run, down to single rows.
        """
        request = batch[0].request
        model = self.model_for(request.source, request.to)
        started = time.perf_counter()
        try:
            found = model.generate(
                [row.encoded for row in batch], decoding=_decoding(model, wide=request.wide)
            )
        except GenerationError as error:
            if len(batch) == 1:
                yield from _answer(batch[0], [_failed(error)])
                return
            middle = len(batch) // 2
            yield from self._run(batch[:middle])
            yield from self._run(batch[middle:])
            return
        # a batch takes as long as its padded tokens, so every row has the same share of it
        share = (time.perf_counter() - started) / len(batch)
        for row in batch:
            row.text.seconds += share
        for row, hypotheses in zip(batch, found, strict=True):
            yield from _answer(row, [_judge(row.request, item) for item in hypotheses])


def _answer(row: _Row, candidates: Sequence[Candidate]) -> Iterator[_Text]:
    """Give a row its best candidate; yield its text if that was the last answer it waited for."""
    row.text.answers[row.place] = min(candidates, key=lambda candidate: candidate.rank)
    if all(answer is not None for answer in row.text.answers):
        yield row.text


def _judge(request: Request, hypothesis: Hypothesis) -> Candidate:
    warnings = inspect(request.text, hypothesis.text, to=request.to, finished=hypothesis.finished)
    return Candidate(hypothesis.text, hypothesis.score, warnings)


def _failed(error: GenerationError) -> Candidate:
    return Candidate("", -inf, (EditorWarning("engine_failed", str(error), Severity.ERROR),))


def _decoding(model: TextModel, *, wide: bool) -> Decoding:
    if not wide:
        return model.decoding
    beam = max(_WIDE_BEAM, model.decoding.beam)
    changes = {"beam": beam, "candidates": beam, "no_repeat_ngram": _WIDE_NO_REPEAT}
    return model.decoding.model_copy(update=changes)


def _expect(text: _Text, requests: Sequence[Request]) -> None:
    text.requests = requests
    text.answers = [None] * len(requests)


def _advance(text: _Text) -> Translated | None:
    """Hand a text its answers; return its result, or None if it asks for more."""
    answers = [answer for answer in text.answers if answer is not None]
    try:
        _expect(text, text.strategy.send(answers))
    except StopIteration as done:
        best: Candidate = done.value
        return Translated(None, best.text, best.warnings, text.seconds)
    return None
