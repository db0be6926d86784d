"""Results as files, as tables, and the hash that decides what is translated again."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from hypothesis import given, settings
from hypothesis import strategies as st

import tolmach
from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.corpus import Corpus, Example
from tolmach.evaluation.evaluate import code_hash, deciding
from tolmach.evaluation.results import (
    Comparison,
    DocumentResult,
    EvaluationResult,
    Score,
    SegmentResult,
    SystemResult,
)
from tolmach.evaluation.running import Job, Output, System
from tolmach.evaluation.store import (
    OutputStore,
    find_result,
    load_result,
    new_folder,
    result_record,
    save_result,
)
from tolmach.evaluation.suites import Suite

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
FIGURE = st.floats(allow_nan=False, allow_infinity=False)
SCORES = st.builds(
    Score, metric=TEXT, value=FIGURE, signature=TEXT, low=st.none() | FIGURE, high=st.none()
)
SEGMENTS = st.builds(
    SegmentResult,
    id=TEXT, source=TEXT, hypothesis=TEXT, references=st.tuples(TEXT),
    scores=st.dictionaries(TEXT, FIGURE, max_size=2), checks=st.tuples(TEXT),
)  # fmt: skip
SYSTEMS = st.builds(
    SystemResult,
    name=TEXT, to=st.sampled_from(["en", "vi"]), signature=st.dictionaries(TEXT, TEXT, max_size=2),
    scores=st.tuples(SCORES), segments=st.tuples(SEGMENTS), seconds=FIGURE,
    documents=st.tuples(st.builds(DocumentResult, TEXT, st.integers(), st.tuples(SCORES))),
)  # fmt: skip
RESULTS = st.builds(
    EvaluationResult,
    suite=TEXT, created=TEXT, systems=st.tuples(SYSTEMS), notes=st.tuples(TEXT),
    comparisons=st.tuples(st.builds(Comparison, TEXT, TEXT, TEXT, TEXT, FIGURE, FIGURE, TEXT)),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(RESULTS)
def test_results_are_what_they_were(result: EvaluationResult) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = save_result(result, Path(folder))
        found = load_result(path)
        assert result_record(found) == result_record(result)
        assert found.systems[0].segments[0].references == result.systems[0].segments[0].references
        assert load_result(Path(folder)) == found


def made() -> EvaluationResult:
    segment = SegmentResult("1", "Да", "Yes", ("Yes", "Aye"), scores={"chrF2": 90.0})
    score = Score("chrF2", 90.0, "sig", 80.0, 95.0)
    system = SystemResult("x", "en", {"model": "m"}, (score,), (segment,), seconds=2.0, words=1)
    return EvaluationResult("s", "2026-01-01T00:00:00+00:00", (system,))


def test_a_result_is_never_overwritten(tmp_path: Path) -> None:
    save_result(made(), tmp_path)
    with pytest.raises(ConfigError, match="never overwritten"):
        save_result(replace(made(), suite="other"), tmp_path)
    assert load_result(tmp_path).suite == "s"
    first = new_folder(tmp_path, "s", "abc")
    first.mkdir(parents=True)
    second = new_folder(tmp_path, "s", "abc")
    assert first != second
    save_result(made(), first)
    assert find_result(tmp_path, "s", "abc") == first
    assert find_result(tmp_path, "s", "xyz") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "this is no evaluation"),
        ('{"tolmach": "output", "version": 1}', "this is no evaluation"),
        ('{"tolmach": "evaluation", "version": 9}', "version 9 of the format"),
        ('{"tolmach": "evaluation", "version": 1}', "a damaged result"),
        ('{"tolmach": "evaluation", "version": 1, "x": NaN}', "NaN is no figure"),
        (
            '{"tolmach": "evaluation", "version": 1, "suite": "", "created": "", "notes": [],'
            ' "comparisons": [], "systems": [{"signature": 1}]}',
            "a damaged result",
        ),
    ],
)
def test_damaged_results(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_result(path)


def test_outputs_are_kept_beside_each_other(tmp_path: Path) -> None:
    store = OutputStore(tmp_path, "s")
    key = store.key({"a": 1})
    assert key == store.key({"a": 1}) != store.key({"a": 2})
    assert store.get(key) is None
    for number in range(12):
        store.put(key, Output((str(number),), {"m": "x"}, seconds=1.0), about={"a": 1})
    found = store.get(key)
    assert found is not None
    assert found.hypotheses == ("11",)
    assert len(list((tmp_path / "s" / "outputs").iterdir())) == 12
    path = store.put("broken", Output((), {}), about={})
    path.write_text('{"tolmach": "output", "version": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="a damaged output; take the file away"):
        store.get("broken")


def test_tables_for_notebooks() -> None:
    import datasets
    import pandas

    table = pandas.DataFrame(made().as_table())
    assert table.loc[0, "metric"] == "chrF2"
    assert table.loc[0, "low"] == 80
    rows = datasets.Dataset.from_list(made().segments_as_table())
    assert rows[0]["hypothesis"] == "Yes"
    assert rows[0]["reference"] == "Yes"
    assert rows[0]["chrF2"] == 90


def test_results_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        made().suite = "other"  # type: ignore[misc]


# --- the API ------------------------------------------------------------------------------------


def suite(folder: Path) -> Suite:
    rows = [{"id": str(n), "ru": text, "en": text} for n, text in enumerate(RUSSIAN[:4])]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    data = {"kind": "snippets", "path": "rows.jsonl"}
    return Suite(
        name="mine", data=data, to=("en",), confidence=20, metrics=("chrF2", "checks"),
        stages=("translate",), folder=folder,
    )  # fmt: skip


def config(folder: Path) -> str:
    path = folder / "tiny.yaml"
    text = f"device: cpu\nthreads: 1\nprecision: float32\noffline: true\ncache: {folder}/cache\n"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_evaluating_in_python(copying_checkpoint: Path, tmp_path: Path) -> None:
    system = System("copy", model=str(copying_checkpoint), config=config(tmp_path))
    result = tolmach.evaluate(
        suite(tmp_path), systems=[system], results=tmp_path / "kept", apart=False
    )
    assert isinstance(result, tolmach.EvaluationResult)
    (found,) = result.systems
    assert found.scores[0].value == pytest.approx(100)
    # not measured, as other things ran in this process
    assert found.peak_mb == 0
    again = tolmach.evaluate(
        suite(tmp_path), systems=[system], results=tmp_path / "kept", apart=False
    )
    assert again == result
    apart = tolmach.evaluate(suite(tmp_path), systems=[system], results=tmp_path / "kept")
    assert apart.systems[0].peak_mb > 0
    assert [item.hypothesis for item in apart.systems[0].segments] == list(RUSSIAN[:4])


def test_two_systems_need_two_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two systems are called a"):
        tolmach.evaluate(suite(tmp_path), systems=["a", "a"], results=None)


def test_everything_that_decides_is_in_the_hash(
    copying_checkpoint: Path, random_checkpoint: Path, tmp_path: Path
) -> None:
    settings_file = config(tmp_path)
    corpus = Corpus((Example("1", RUSSIAN[0], {"en": ("x",)}),))
    base = Job(
        System("a", model=str(copying_checkpoint), config=settings_file), "en", "line",
        corpus.examples,
    )  # fmt: skip
    beams = tmp_path / "fast.yaml"
    text = Path(settings_file).read_text(encoding="utf-8")
    beams.write_text(text + "fast: true\n", encoding="utf-8")
    other = Corpus((Example("1", RUSSIAN[1], {"en": ("x",)}),))
    keys = {
        "same": deciding(base, corpus),
        "model": deciding(
            replace(base, system=replace(base.system, model=str(random_checkpoint))), corpus
        ),
        "settings": deciding(replace(base, system=replace(base.system, config=str(beams))), corpus),
        "stages": deciding(replace(base, stages=("translate",)), corpus),
        "mode": deciding(replace(base, mode="sentence"), corpus),
        "texts": deciding(base, other),
    }
    hashes = {name: OutputStore.key(about) for name, about in keys.items()}
    assert len(set(hashes.values())) == len(keys)
    renamed = replace(base, system=replace(base.system, name="b"))
    assert OutputStore.key(deciding(renamed, corpus)) == hashes["same"]
    assert keys["same"]["code"] == code_hash()
