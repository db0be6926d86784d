"""Keeping engines busy: order kept, workers used, nothing left running."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes import FakeEngine, fake_model

from tolmach.errors import GenerationError
from tolmach.inference.base import Decoding, Encoded, RawHypothesis
from tolmach.inference.dispatch import Dispatcher, generate_all

GREEDY = Decoding()


@dataclass
class SlowEngine(FakeEngine):
    """Takes as long as the first word of a batch says, and notes how many run at once."""

    running: int = 0
    most: int = 0
    guard: Any = field(default_factory=threading.Lock)

    def generate(self, batch: Sequence[Encoded], **options: Any) -> list[tuple[RawHypothesis, ...]]:
        with self.guard:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(float(batch[0].tokens[1]))
        with self.guard:
            self.running -= 1
        return super().generate(batch, **options)


def rows(*texts: str) -> list[Encoded]:
    return [fake_model().encode(text, source="ru", target="en") for text in texts]


class TestDispatcher:
    def test_answers_come_in_the_order_of_submission(self) -> None:
        model = fake_model(engine=SlowEngine(workers=3))
        with Dispatcher[str]() as dispatcher:
            for seconds in ("0.2", "0.0", "0.1"):
                dispatcher.submit(seconds, rows(seconds), model=model, decoding=GREEDY)
            found = [dispatcher.collect().ticket for _ in range(3)]
        assert found == ["0.2", "0.0", "0.1"]

    @pytest.mark.parametrize("workers", [1, 2])
    def test_as_many_run_as_the_engine_has_workers(self, workers: int) -> None:
        engine = SlowEngine(workers=workers)
        with Dispatcher[int]() as dispatcher:
            for number in range(5):
                dispatcher.submit(
                    number, rows("0.05"), model=fake_model(engine=engine), decoding=GREEDY
                )
            while dispatcher.flying:
                dispatcher.collect()
        assert engine.most == workers

    def test_room_follows_the_workers(self) -> None:
        with Dispatcher[int]() as dispatcher:
            model = fake_model(engine=SlowEngine(workers=2))
            sent = 0
            while dispatcher.has_room:
                dispatcher.submit(sent, rows("0.0"), model=model, decoding=GREEDY)
                sent += 1
            assert sent == 5
            assert not dispatcher.is_short

    def test_failure_comes_with_its_batch(self) -> None:
        model = fake_model(engine=FakeEngine(fails=frozenset({"плохо"})))
        with Dispatcher[int]() as dispatcher:
            dispatcher.submit(1, rows("плохо"), model=model, decoding=GREEDY)
            dispatcher.submit(2, rows("да"), model=model, decoding=GREEDY)
            first, second = dispatcher.collect(), dispatcher.collect()
        assert isinstance(first.error, GenerationError)
        assert first.hypotheses == ()
        assert second.error is None
        assert second.hypotheses[0][0].text == "da"

    def test_leaving_drops_what_has_not_begun(self) -> None:
        engine = SlowEngine()
        with Dispatcher[int]() as dispatcher:
            for number in range(9):
                dispatcher.submit(
                    number, rows("0.05"), model=fake_model(engine=engine), decoding=GREEDY
                )
        assert len(engine.batches) <= 2
        assert engine.running == 0

    def test_nothing_to_collect(self) -> None:
        with Dispatcher[int]() as dispatcher, pytest.raises(IndexError):
            dispatcher.collect()


class TestGenerateAll:
    def test_rows_keep_their_places(self) -> None:
        texts = ["раз", "два и два", "три три три три", "да"]
        for workers in (1, 2, 3):
            model = fake_model(engine=FakeEngine(workers=workers))
            found = generate_all(model, rows(*texts), decoding=GREEDY)
            assert [best.text for best, *_ in found] == [
                "raz",
                "dva i dva",
                "tri tri tri tri",
                "da",
            ]
            assert len(model.engine.batches) == -(-4 // -(-4 // workers))  # type: ignore[attr-defined]

    def test_failing_row_has_no_candidates(self) -> None:
        engine = FakeEngine(fails=frozenset({"плохо"}), workers=2)
        found = generate_all(fake_model(engine=engine), rows("да", "плохо"), decoding=GREEDY)
        assert [len(candidates) for candidates in found] == [1, 0]

    def test_real_engine_with_workers(self, copying: Any) -> None:
        lines = ["Fog lay over the river.", "No comment", "The boats went out late."]
        encoded = [copying.encode(line, source="ru", target="en") for line in lines]
        wide = Decoding(beam=4)
        alone = [copying.generate([row], decoding=wide)[0][0].text for row in encoded]
        assert [best.text for best, *_ in generate_all(copying, encoded, decoding=wide)] == alone
        assert replace(copying) != copying  # a model is equal only to itself
