from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.batching import distinct, padded_size, plan, restore, windows

LENGTHS = st.lists(st.integers(0, 300), max_size=200)
BUDGETS = st.integers(1, 2000)
ROWS = st.integers(1, 70)


class TestPlan:
    @given(LENGTHS, BUDGETS, ROWS)
    def test_every_row_once(self, lengths: list[int], budget: int, rows: int) -> None:
        batches = plan(lengths, budget=budget, rows=rows)
        assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
        assert all(batches)

    @given(LENGTHS, BUDGETS, ROWS)
    def test_within_limits(self, lengths: list[int], budget: int, rows: int) -> None:
        for batch in plan(lengths, budget=budget, rows=rows):
            assert len(batch) <= rows
            assert len(batch) == 1 or padded_size(lengths, batch) <= budget

    @given(LENGTHS, BUDGETS, ROWS)
    def test_longest_first(self, lengths: list[int], budget: int, rows: int) -> None:
        order = list(chain.from_iterable(plan(lengths, budget=budget, rows=rows)))
        sizes = [lengths[index] for index in order]
        assert sizes == sorted(sizes, reverse=True)

    @given(LENGTHS, BUDGETS, ROWS)
    def test_no_batch_could_take_the_next_row(
        self, lengths: list[int], budget: int, rows: int
    ) -> None:
        batches = plan(lengths, budget=budget, rows=rows)
        for batch, following in pairwise(batches):
            joined = (*batch, following[0])
            assert len(joined) > rows or padded_size(lengths, joined) > budget

    @given(LENGTHS, ROWS)
    def test_wastes_no_more_than_unsorted(self, lengths: list[int], rows: int) -> None:
        # a last batch that is not full may be better off with the longest rows; full ones never
        lengths = lengths[: len(lengths) // rows * rows]
        batches = plan(lengths, budget=10**9, rows=rows)
        unsorted = [range(at, min(at + rows, len(lengths))) for at in range(0, len(lengths), rows)]
        assert len(batches) == len(unsorted)
        padded, careless = (
            sum(padded_size(lengths, batch) for batch in cut) for cut in (batches, unsorted)
        )
        assert padded <= careless

    @given(LENGTHS)
    def test_does_not_change_its_argument(self, lengths: list[int]) -> None:
        before = list(lengths)
        plan(lengths, budget=100, rows=8)
        assert lengths == before

    @pytest.mark.parametrize(("budget", "rows"), [(0, 1), (1, 0), (-5, 3)])
    def test_impossible_limits(self, budget: int, rows: int) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            plan([1, 2], budget=budget, rows=rows)

    def test_example(self) -> None:
        assert plan([3, 9, 4, 9], budget=18, rows=8) == [(1, 3), (2, 0)]
        assert plan([], budget=18, rows=8) == []


class TestRestore:
    @given(LENGTHS, BUDGETS, ROWS)
    def test_undoes_plan(self, lengths: list[int], budget: int, rows: int) -> None:
        items = [f"{index}:{length}" for index, length in enumerate(lengths)]
        batches = plan(lengths, budget=budget, rows=rows)
        assert restore(batches, [[items[i] for i in batch] for batch in batches]) == items

    def test_results_need_not_be_comparable(self) -> None:
        assert restore([(1, 0)], [[{"b": 1}, {"a": 0}]]) == [{"a": 0}, {"b": 1}]

    @pytest.mark.parametrize("results", [[["a"]], [["a", "b"], ["c"]], []])
    def test_wrong_number(self, results: list[list[str]]) -> None:
        with pytest.raises(ValueError, match=r"zip\(\)"):
            restore([(0, 1)], results)


class TestWindows:
    @given(st.lists(st.integers(0, 9)), st.integers(1, 40))
    def test_concatenation_is_the_input(self, items: list[int], size: int) -> None:
        found = list(windows(items, size=size, weight=lambda item: item))
        assert list(chain.from_iterable(found)) == items
        assert all(found)
        for window in found[:-1]:
            assert sum(window) >= size
            assert sum(window[:-1]) < size

    @given(st.lists(st.integers(), max_size=50), st.integers(1, 10))
    def test_counts_items_by_default(self, items: list[int], size: int) -> None:
        found = list(windows(items, size=size))
        assert [len(window) for window in found[:-1]] == [size] * (len(found) - 1 if found else 0)

    def test_reads_no_further_than_needed(self) -> None:
        read = []

        def stream() -> Iterator[int]:
            for number in range(100):
                read.append(number)
                yield number

        found = windows(stream(), size=3)
        assert read == []
        assert next(found) == [0, 1, 2]
        assert read == [0, 1, 2]
        assert next(found) == [3, 4, 5]
        assert read == [0, 1, 2, 3, 4, 5]


@given(st.lists(st.sampled_from("абвгд")))
def test_distinct(keys: list[str]) -> None:
    found = distinct(keys)
    assert list(found) == list(dict.fromkeys(keys))
    assert {key: [at for at, other in enumerate(keys) if other == key] for key in keys} == found


def test_padded_size() -> None:
    assert padded_size([3, 9, 4], (0, 2)) == 8
    assert padded_size([3, 9, 4], ()) == 0
