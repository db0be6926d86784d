"""Keeping engines busy: batches run in threads while the next ones are made ready.

Results come back in the order in which batches were handed in, not in the order in which they were
finished, so that what is decided upon a result does not depend on the speed of the machine.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

from tolmach.batching import distinct, plan
from tolmach.errors import GenerationError
from tolmach.inference.base import Decoding, Encoded, Engine, Hypothesis, TextModel

__all__ = ["Answer", "Dispatcher", "generate_all"]

T = TypeVar("T")

_MOST_ROWS = 64


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What became of one batch.

    Attributes:
        ticket: what was handed in with it.
        hypotheses: for each row its candidates, best first; empty if the engine failed.
        error: why it failed.
        seconds: its share of the time the engine was busy.
    """

    ticket: T
    hypotheses: Sequence[tuple[Hypothesis, ...]]
    error: GenerationError | None
    seconds: float


class Dispatcher(Generic[T]):
    """Runs batches in the background; to be used from one thread.

    Use it as a context manager: leaving it waits for the batches that run and drops the others.
    """

    def __init__(self) -> None:
        """Start without threads; each engine gets as many as it can use."""
        self._pools: dict[int, ThreadPoolExecutor] = {}
        self._flying: deque[Future[Answer[T]]] = deque()
        self._widest = 1

    @property
    def flying(self) -> int:
        """How many batches were handed in and not yet collected."""
        return len(self._flying)

    @property
    def has_room(self) -> bool:
        """Whether a further batch should be handed in now, so that no engine waits for one."""
        # a batch may be slower than its neighbours, and results are collected in order
        return len(self._flying) < 2 * self._widest + 1

    @property
    def is_short(self) -> bool:
        """Whether so few batches are on their way that an engine may soon have none."""
        return len(self._flying) <= self._widest

    def submit(
        self, ticket: T, rows: Sequence[Encoded], *, model: TextModel, decoding: Decoding
    ) -> None:
        """Hand in a batch.

        Args:
            ticket: comes back with the answer.
            rows: encoded texts that may share a batch.
            model: runs them.
            decoding: how to search.
        """
        engine = model.engine
        self._widest = max(self._widest, engine.workers)
        sharing = min(engine.workers, self.flying + 1)

        def run() -> Answer[T]:
            started = time.perf_counter()
            try:
                found: Sequence[tuple[Hypothesis, ...]] = model.generate(rows, decoding=decoding)
                error = None
            except GenerationError as failure:
                found, error = (), failure
            return Answer(ticket, found, error, (time.perf_counter() - started) / sharing)

        self._flying.append(self._pool(engine).submit(run))

    def collect(self) -> Answer[T]:
        """Wait for the batch that was handed in first and return its answer.

        Raises:
            IndexError: no batch is on its way.
        """
        return self._flying.popleft().result()

    def _pool(self, engine: Engine) -> ThreadPoolExecutor:
        if id(engine) not in self._pools:
            self._pools[id(engine)] = ThreadPoolExecutor(
                max_workers=engine.workers, thread_name_prefix="tolmach-engine"
            )
        return self._pools[id(engine)]

    def __enter__(self) -> Dispatcher[T]:
        """Return the dispatcher itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop what has not begun and wait for what runs."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._flying.clear()


def generate_all(
    model: TextModel, rows: Sequence[Encoded], *, decoding: Decoding
) -> list[tuple[Hypothesis, ...]]:
    """Run some rows at once, divided among all workers of the engine.

    A batch on which the engine fails, as for want of memory, is tried again in halves.

    Args:
        model: runs them.
        rows: encoded texts.
        decoding: how to search.

    Returns:
        For each row its candidates, best first; none where the engine failed.
    """
    found: dict[int, tuple[Hypothesis, ...]] = {}
    waiting: deque[tuple[int, ...]] = deque()
    each = max(1, min(_MOST_ROWS, -(-len(rows) // model.engine.workers)))
    with Dispatcher[tuple[int, ...]]() as dispatcher:
        groups = distinct(model.group(row, decoding) for row in rows)
        for members in groups.values():
            lengths = [len(rows[index]) for index in members]
            # every beam is a row to the engine
            budget = max(1, model.batch_tokens // decoding.beam)
            for batch in plan(lengths, budget=budget, rows=each):
                waiting.append(tuple(members[place] for place in batch))
        while waiting or dispatcher.flying:
            while waiting and dispatcher.has_room:
                chosen = waiting.popleft()
                encoded = [rows[index] for index in chosen]
                dispatcher.submit(chosen, encoded, model=model, decoding=decoding)
            answer = dispatcher.collect()
            if answer.error is None:
                found.update(zip(answer.ticket, answer.hypotheses, strict=True))
            elif len(answer.ticket) > 1:
                middle = len(answer.ticket) // 2
                waiting.extendleft((answer.ticket[middle:], answer.ticket[:middle]))
    return [found.get(index, ()) for index in range(len(rows))]
