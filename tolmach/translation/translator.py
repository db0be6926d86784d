"""The scheduler: texts in, translations out, through full batches, whatever they came from.

Texts of any number of documents and of several target languages go into one stream. What is tried
for each text stands in :mod:`tolmach.translation.strategy`: each asks for model runs, *requests*.
The requests of a window of texts are sorted by length and cut into batches; while engines run some
of them, the next ones are encoded and finished ones are judged. The same request is run once,
whoever asks: repeated captions, and the English half of a way through English when English is
wanted too. Nothing but a few windows is held in memory.

What is decided depends on the order of batches only, never on which engine was faster, so the same
stream always makes the same batches.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf, isfinite

from tolmach.batching import plan
from tolmach.config.run import BatchSettings
from tolmach.document import EditorWarning, Origin, Severity, Suggestion
from tolmach.errors import ConfigError, GenerationError, OutOfMemory
from tolmach.inference.base import ChainModel, Decoding, Encoded, Hypothesis, TextModel
from tolmach.inference.dispatch import Answer, Dispatcher
from tolmach.languages import SOURCE
from tolmach.translation.guards import inspect
from tolmach.translation.strategy import Candidate, Request, Strategy, translate_text

__all__ = ["Route", "Task", "Translated", "Translator"]

Route = TextModel | ChainModel
"""What translates a direction."""

# answers that are kept in case the same text comes again: captions and credits do
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
        origin: whether a model made it now, or it was found in the translation memory.
        suggestions: how similar texts were translated.
        score: log probability per token that the model gave it, to two places, so that how texts
            were batched does not show; None if it is not known.
    """

    key: Hashable
    target: str
    warnings: tuple[EditorWarning, ...] = ()
    seconds: float = field(default=0.0, compare=False)
    origin: Origin = Origin.MODEL
    suggestions: tuple[Suggestion, ...] = ()
    score: float | None = field(default=None, compare=False)


@dataclass
class _Text:
    """A text on its way: its coroutine and the answers it waits for."""

    key: Hashable
    strategy: Strategy
    answers: list[Candidate | None] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class _Job:
    """A request on its way, and all the places where its answer is wanted."""

    request: Request
    encoded: Encoded
    askers: list[tuple[_Text, int]]

    @property
    def decoding(self) -> Decoding:
        return _decoding(self.request)


_Batch = tuple[_Job, ...]


class Translator:
    """Translates streams of texts with one model, or chain of models, for each direction.

    It keeps no state between calls, so one translator may serve several threads.
    """

    def __init__(
        self, models: Mapping[tuple[str, str], Route], *, batch: BatchSettings | None = None
    ) -> None:
        """Set up the routes.

        Args:
            models: what translates each ``(source, target)``; looked into when a task needs one,
                so it may still be filled while tasks come in.
            batch: how texts are grouped.
        """
        self._models = models
        self._batch = batch or BatchSettings()

    def translate(self, tasks: Iterable[Task]) -> Iterator[Translated]:
        """Translate a stream of tasks.

        Args:
            tasks: read lazily, a few windows ahead at most.

        Yields:
            One result for each task, as soon as it is known; not in the order of the tasks. A text
            on which the engine fails even alone has no target and the warning ``engine_failed``.

        Raises:
            ConfigError: a task asks for a direction that has no model.
        """
        with Dispatcher[_Batch]() as dispatcher:
            yield from _Run(self._models, self._batch, dispatcher).results(tasks)


class _Run:
    """One stream on its way."""

    def __init__(
        self,
        models: Mapping[tuple[str, str], Route],
        settings: BatchSettings,
        dispatcher: Dispatcher[_Batch],
    ) -> None:
        self._models = models
        self._settings = settings
        self._dispatcher = dispatcher
        self._known: OrderedDict[Request, Candidate] = OrderedDict()
        self._open: dict[Request, _Job] = {}  # asked for and not yet answered
        self._waiting: list[_Job] = []  # open, in no batch yet
        self._planned: deque[_Batch] = deque()
        self._budgets: dict[TextModel, int] = {}  # of models that ran out of memory

    def results(self, tasks: Iterable[Task]) -> Iterator[Translated]:
        stream = iter(tasks)
        while True:
            while self._dispatcher.has_room:
                if not self._planned:
                    if not self._dispatcher.is_short:
                        break
                    fresh = list(islice(stream, self._settings.window))
                    for task in fresh:
                        yield from self._begin(task)
                    if fresh or not self._dispatcher.flying:
                        self._planned.extend(self._plan())
                    # what is tried again at the end waits for company, to fill its batches
                    if not self._planned and (not fresh or self._dispatcher.flying):
                        break
                    continue
                self._submit(self._planned.popleft())
            if not self._dispatcher.flying:
                return
            yield from self._take(self._dispatcher.collect())

    def _begin(self, task: Task) -> Iterator[Translated]:
        if not task.text.strip():
            yield Translated(task.key, task.text)
            return
        try:
            model = self._models[task.source, task.to]
        except KeyError:
            raise ConfigError(f"no model was loaded for {task.source} to {task.to}") from None
        strategy = translate_text(task.text, model, source=task.source, to=task.to)
        text = _Text(task.key, strategy)
        yield from self._ask(text, next(strategy))

    def _ask(self, text: _Text, requests: Sequence[Request]) -> Iterator[Translated]:
        """Ask for what a text wants; if all of it is known already, the text goes on at once."""
        text.answers = [self._known.get(request) for request in requests]
        for place, request in enumerate(requests):
            if text.answers[place] is None:
                self._job(request).askers.append((text, place))
        yield from self._go_on(text)

    def _go_on(self, text: _Text) -> Iterator[Translated]:
        """Hand a text its answers if it has them all; yield its result if that was all."""
        answers = [answer for answer in text.answers if answer is not None]
        if len(answers) < len(text.answers):
            return
        try:
            requests = text.strategy.send(answers)
        except StopIteration as done:
            best: Candidate = done.value
            score = round(best.score, 2) if isfinite(best.score) else None
            yield Translated(text.key, best.text, best.warnings, text.seconds, score=score)
        else:
            yield from self._ask(text, requests)

    def _job(self, request: Request) -> _Job:
        if request not in self._open:
            encoded = request.model.encode(request.text, source=request.source, target=request.to)
            self._open[request] = _Job(request, encoded, [])
            self._waiting.append(self._open[request])
        return self._open[request]

    def _plan(self) -> Iterator[_Batch]:
        """Cut all that waits into batches of like length, by model and search."""
        jobs, self._waiting = self._waiting, []
        groups: dict[tuple[TextModel, bool, int], list[_Job]] = {}
        for job in jobs:
            model = job.request.model
            group = model.group(job.encoded, job.decoding)
            groups.setdefault((model, job.request.wide, group), []).append(job)
        # longest first: if memory does not suffice, the first batch shows it
        for (model, _, _), rows in sorted(groups.items(), key=lambda item: -item[0][2]):
            # every beam is a row to the engine
            budget = max(1, self._budget(model) // rows[0].decoding.beam)
            lengths = [len(job.encoded) for job in rows]
            for batch in plan(lengths, budget=budget, rows=self._settings.rows):
                yield tuple(rows[index] for index in batch)

    def _budget(self, model: TextModel) -> int:
        return self._budgets.get(model, self._settings.tokens or model.batch_tokens)

    def _submit(self, batch: _Batch) -> None:
        self._dispatcher.submit(
            batch,
            [job.encoded for job in batch],
            model=batch[0].request.model,
            decoding=batch[0].decoding,
        )

    def _take(self, answer: Answer[_Batch]) -> Iterator[Translated]:
        """Judge a finished batch, and hand its answers to all who asked."""
        batch = answer.ticket
        if answer.error is not None:
            if len(batch) > 1:
                self._try_smaller(batch, answer.error)
                return
            yield from self._answer(batch[0], _failed(answer.error), answer.seconds)
            return
        # a batch takes as long as its padded tokens, so every row has the same share of it
        share = answer.seconds / len(batch)
        for job, hypotheses in zip(batch, answer.hypotheses, strict=True):
            candidates = [_judge(job.request, item) for item in hypotheses]
            best = min(candidates, key=lambda candidate: candidate.rank)
            yield from self._answer(job, best, share)

    def _try_smaller(self, batch: _Batch, error: GenerationError) -> None:
        """Put the halves of a batch on which the engine failed in front of all others."""
        model = batch[0].request.model
        if isinstance(error, OutOfMemory):
            needed = len(batch) * max(len(job.encoded) for job in batch) * batch[0].decoding.beam
            self._budgets[model] = min(self._budget(model), needed) // 2
            # those that were cut for the old budget are cut anew
            large = [planned for planned in self._planned if planned[0].request.model is model]
            self._waiting += [job for planned in large for job in planned]
            kept = [planned for planned in self._planned if planned[0].request.model is not model]
            self._planned = deque(kept)
        middle = len(batch) // 2
        self._planned.extendleft((batch[middle:], batch[:middle]))

    def _answer(self, job: _Job, best: Candidate, seconds: float) -> Iterator[Translated]:
        del self._open[job.request]
        self._known[job.request] = best
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        for text, place in job.askers:
            text.seconds += seconds / len(job.askers)
            text.answers[place] = best
        # one text may have asked twice
        for text in {id(text): text for text, _ in job.askers}.values():
            yield from self._go_on(text)


def _judge(request: Request, hypothesis: Hypothesis) -> Candidate:
    warnings = inspect(request.text, hypothesis.text, to=request.to, finished=hypothesis.finished)
    return Candidate(hypothesis.text, hypothesis.score, warnings)


def _failed(error: GenerationError) -> Candidate:
    return Candidate("", -inf, (EditorWarning("engine_failed", str(error), Severity.ERROR),))


def _decoding(request: Request) -> Decoding:
    decoding = request.model.decoding
    if not request.wide:
        return decoding
    beam = max(_WIDE_BEAM, decoding.beam)
    changes = {"beam": beam, "candidates": beam, "no_repeat_ngram": _WIDE_NO_REPEAT}
    return decoding.model_copy(update=changes)
