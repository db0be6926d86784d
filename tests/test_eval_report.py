"""The report of an evaluation as files: what is in it, and that nothing gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from eval_results import EVIL, result, system
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tolmach.errors import OutputError
from tolmach.evaluation.report import svg, write_report
from tolmach.evaluation.report.analysis import (
    buckets,
    directions,
    most_different,
    quantiles,
    verdict,
    worst,
)
from tolmach.evaluation.report.markdown import render_markdown
from tolmach.evaluation.report.page import render_page
from tolmach.evaluation.results import Comparison, EvaluationResult, Score, SystemResult

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed; collects what the tests ask about."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {}
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.stack):
            self.inside.setdefault(tag, []).append(data)

    def text(self, tag: str = "body") -> str:
        return "".join(self.inside.get(tag, ()))


def page_of(value: EvaluationResult) -> str:
    return render_page(value, directions(value))


def markdown_of(value: EvaluationResult) -> str:
    return render_markdown(value, directions(value))


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_two_files_that_are_the_same_each_time(tmp_path: Path) -> None:
    first = write_report(result(), tmp_path / "one")
    second = write_report(result(), tmp_path / "two")
    assert [path.name for path in first] == ["report.html", "report.md"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [p.name for p in write_report(result(), tmp_path, name="x")] == ["x.html", "x.md"]
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two", "x.html", "x.md"}


@pytest.mark.parametrize("name", ["", "../up", "a/b"])
def test_a_name_with_folders_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="is not a name for a report"):
        write_report(result(), tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


def test_the_page_holds_scores_intervals_signatures_and_verdicts() -> None:
    page = Page(page_of(result()))
    text = page.text("main")
    for expected in ("Russian to English", "Russian to Vietnamese", "49.2", "47.2 to 51.2"):
        assert expected in text
    for expected in ("nrefs:1|tok:13a", "paired bootstrap; nb:9", "< 0.001", "812", "15.0", "1.5"):
        assert expected in text
    assert "significantly better" in text
    assert "significantly worse" in text
    assert "no significant difference" in text
    assert "Line 7 was left out." in page.text("aside")
    assert "Quality against speed" in text


def test_the_page_fetches_nothing_and_runs_only_its_own_script() -> None:
    html = page_of(result())
    page = Page(html)
    policy = next(
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        code = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert code is not None
        digest = base64.b64encode(hashlib.sha256(code[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?://", html)
    for tag, attributes in page.tags:
        assert not {"style", "src", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))


def test_hostile_texts_stay_texts_wherever_they_stand() -> None:
    bad = replace(
        system("first"),
        name=EVIL,
        signature={EVIL: EVIL},
        scores=(Score(EVIL, 1.0, EVIL), Score("chrF2", 2.0, EVIL)),
    )
    bad = replace(
        bad,
        segments=tuple(
            replace(
                s, id=EVIL + s.id, document=EVIL, source=EVIL, references=(EVIL,), checks=(EVIL,)
            )
            for s in bad.segments
        ),
        documents=tuple(replace(d, name=EVIL + d.name) for d in bad.documents),
    )
    comparison = Comparison("chrF2", "en", EVIL, EVIL, 1.0, 0.01, EVIL, EVIL)
    value = EvaluationResult(EVIL, EVIL, (bad, system("second")), (comparison,), (EVIL,))
    html = page_of(value)
    page = Page(html)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "<!--" not in html
    found = data_of(html)["directions"][0]
    assert found["units"][4][4][0][0] == EVIL
    assert found["systems"] == [EVIL, "second"]
    data = html.split('id="data">')[1].split("</script>")[0]
    assert not set(data) & set("<>&\u2028\u2029")
    text = markdown_of(value)
    assert not re.search(r"(?<!\\)<(?:script|img|!--)", re.sub(r"`[^`]*`", "", text))
    for line in text.splitlines():
        assert not line.startswith("|") or line.endswith("|")


def test_tables_in_markdown_have_as_many_cells_in_each_row() -> None:
    value = result()
    odd = replace(value.systems[0], name="a|b`c", signature={"k|": "v`|"})
    lines = markdown_of(replace(value, systems=(odd, *value.systems[1:]))).splitlines()
    tables, block = [], []
    for line in [*lines, ""]:
        if line.startswith("|"):
            block.append(len(re.findall(r"(?<!\\)\|", line)))
        elif block:
            tables.append(block)
            block = []
    assert len(tables) >= 4
    assert all(len(set(block)) == 1 and len(block) > 2 for block in tables)


def test_markdown_has_tables_and_the_worst_segments() -> None:
    text = markdown_of(result())
    assert "| second | 32.4 (29.4 to 35.4)" in text.replace("**", "")
    assert "**significantly better**" in text
    assert "**significantly worse**" in text
    assert text.index("### The 20 worst segments") < text.index("### Where systems differ most")
    after = text[text.index("### The 20 worst segments") :]
    assert after.index("Курс валют") < after.index("Ёлка")
    assert "- second, chrF2 12.0 `length`: Rate unchanged." in text


def test_data_round_trip() -> None:
    found = data_of(page_of(result()))
    english, vietnamese = found["directions"]
    assert (english["to"], vietnamese["to"]) == ("en", "vi")
    assert english["metrics"] == ["chrF2", "TER"]
    assert english["lower"] == ["TER"]
    assert english["documents"] == ["left", "right"]
    assert english["checks"] == ["length", "names", "numbers"]
    identifier, document, source, references, outputs, distance = english["units"][4]
    assert (identifier, document, source, references) == ("s5", 1, "Нет.", ["No."])
    assert outputs[0] == [EVIL, [1.0, 99.0], [2, 2]]
    assert 0 < distance <= 100


def test_segments_that_a_system_lacks_are_kept_apart() -> None:
    value = EvaluationResult("s", "", (system("first", count=2), system("second")))
    (direction,) = directions(value)
    assert [unit.outputs[0] is None for unit in direction.units] == [False, False, True, True, True]
    assert data_of(page_of(value))["directions"][0]["units"][2][4][0] == 0
    assert "Курс валют" in markdown_of(value)


def test_without_systems_segments_documents_or_time() -> None:
    assert "No system was evaluated." in page_of(EvaluationResult("none", "", ()))
    assert "No system was evaluated." in markdown_of(EvaluationResult("none", "", ()))
    bare = SystemResult("bare", "en", {}, (), ())
    page = Page(page_of(EvaluationResult("bare", "", (bare,))))
    assert "There are no segments." in page.text()
    assert "figure" not in [tag for tag, _ in page.tags]
    alone = replace(system("first"), documents=(), seconds=0.0, peak_mb=0.0)
    text = Page(page_of(EvaluationResult("alone", "", (alone,)))).text("main")
    assert "By length of the source" in text
    for absent in ("By document", "Quality against speed", "Words/s", "Memory", "Comparisons"):
        assert absent not in text
    assert "One system by chrF2: first" in text
    unscored = replace(alone, segments=tuple(replace(s, scores={}) for s in alone.segments))
    text = Page(page_of(EvaluationResult("unscored", "", (unscored,)))).text("main")
    assert "By length of the source" not in text


def test_what_is_not_a_number_is_a_dash() -> None:
    value = result()
    odd = replace(
        value.systems[0],
        scores=(Score("chrF2", math.nan, "", -math.inf, math.nan), Score("BLEU", math.inf)),
        segments=tuple(replace(s, scores={"chrF2": math.nan}) for s in value.systems[0].segments),
        documents=tuple(
            replace(d, scores=(Score("chrF2", math.nan),)) for d in value.systems[0].documents
        ),
        seconds=math.nan,
        peak_mb=math.inf,
    )
    wrong = Comparison("chrF2", "en", "first", "second", math.nan, math.nan, "paired bootstrap")
    value = replace(value, systems=(odd, value.systems[1]), comparisons=(wrong,))
    html, text = page_of(value), markdown_of(value)
    data = data_of(html)
    assert data["directions"][0]["units"][0][4][0][1] == [None, None]
    shown = re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL)
    for content in (shown, text):
        assert not re.search(r"\b(?:nan|inf)\b", content)
        assert "Best by chrF2: second" not in content  # there is nothing to be better than
        assert "not known" in content.lower()


def test_plots_are_sound_svg_with_labels_and_tooltips_inside_their_frames() -> None:
    html = page_of(result())
    drawings = re.findall(r"<svg viewBox=.*?</svg>", html, re.DOTALL)
    plots = [etree.fromstring(drawing) for drawing in drawings]
    assert len(plots) == 8
    for plot in plots:
        assert plot.get("role") == "img"
        assert plot.get("aria-label")
        _, _, width, height = map(float, plot.get("viewBox").split())
        for node in plot.iter():
            for key in ("x", "x1", "x2", "cx"):
                assert -1 <= float(node.get(key, 0)) <= width + 1
            for key in ("y", "y1", "y2", "cy"):
                assert -1 <= float(node.get(key, 0)) <= height + 1
        assert "first" in "".join(plot.itertext())
        assert plot.findall(".//title")


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    st.integers(2, 8),
)
def test_an_axis_holds_all_values_and_has_few_ticks(values: list[float], count: int) -> None:
    axis = svg.linear(values, 0.0, 100.0, count=count)
    for value in values:
        assert -1e-6 <= axis.at(value) <= 100 + 1e-6
    assert 2 <= len(axis.ticks) <= 2 * count + 3
    assert all(-1e-6 <= axis.at(tick) <= 100 + 1e-6 for tick in axis.ticks)


@given(st.lists(st.floats(1e-3, 1e6), min_size=2, max_size=30))
def test_a_logarithmic_axis_keeps_order(values: list[float]) -> None:
    axis = svg.logarithmic(values, 0.0, 100.0)
    places = [axis.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=10))
def test_labels_are_put_apart_in_the_same_order(places: list[float]) -> None:
    moved = svg.apart(places, 14, 0, 200)
    order = sorted(range(len(places)), key=lambda index: places[index])
    steps = [moved[b] - moved[a] for a, b in itertools.pairwise(order)]
    assert all(step >= 14 - 1e-9 for step in steps)
    assert all(-1e-9 <= place <= 200 + 1e-9 for place in moved)


def test_worst_and_most_different_and_buckets() -> None:
    direction = directions(result())[0]
    assert [unit.id for unit in worst(direction, 3)] == ["s3", "s5", "s4"]
    assert [unit.id for unit in most_different(direction, 2)] == ["s5", "s3"]
    found = {bucket.label: bucket for bucket in buckets(direction)}
    assert [(label, bucket.count) for label, bucket in found.items()] == [
        ("1–5", 3),
        ("6–10", 1),
        ("11–20", 1),
    ]
    assert found["1–5"].means == (pytest.approx((80 + 55 + 1) / 3), pytest.approx(54))
    assert quantiles(direction, 1, (0.0, 0.5, 1.0)) == (12.0, 62.0, 100.0)


def test_the_worst_by_a_metric_that_should_be_low_are_the_highest() -> None:
    value = replace(system("first"), scores=(Score("TER", 9.0, better="lower"),))
    segments = tuple(replace(s, scores={"TER": s.scores["TER"]}) for s in value.segments)
    (direction,) = directions(EvaluationResult("t", "", (replace(value, segments=segments),)))
    assert worst(direction, 1)[0].id == "s5"


@pytest.mark.parametrize(
    ("metric", "difference", "p", "kind"),
    [
        ("chrF2", 1.0, 0.049, "better"),
        ("chrF2", -1.0, 0.049, "worse"),
        ("chrF2", 1.0, 0.05, "same"),
        ("TER", 1.0, 0.001, "worse"),
        ("TER", -1.0, 0.001, "better"),
        ("chrF2", 0.0, 0.001, "same"),
        ("chrF2", math.nan, 0.001, "same"),
    ],
)
def test_verdicts(metric: str, difference: float, p: float, kind: str) -> None:
    direction = directions(result())[0]
    item = Comparison(metric, "en", "first", "second", difference, p, "paired bootstrap")
    assert verdict(direction, item).kind == kind


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives(name: str, text: str) -> None:
    one = system("first", count=1)
    segment = replace(one.segments[0], hypothesis=text, references=(name,))
    value = EvaluationResult(name, "", (replace(one, name=name, segments=(segment,)),))
    html = page_of(value)
    Page(html.encode("utf-8", "replace").decode())
    unit = data_of(html)["directions"][0]["units"][0]
    assert (unit[4][0][0], unit[3]) == (text, [name])


def test_lone_surrogates_can_be_written(tmp_path: Path) -> None:
    segment = replace(system("first").segments[0], hypothesis="a\udcffb")
    value = EvaluationResult("s", "", (replace(system("first"), segments=(segment,)),))
    html, _ = write_report(value, tmp_path)
    assert "a?b" in html.read_text("utf-8")


def test_many_systems_have_different_marks() -> None:
    marks = {svg.mark(0, 0, index, "") for index in range(24)}
    assert len(marks) == 24


def test_ten_thousand_segments_are_quick_and_not_heavy(tmp_path: Path) -> None:
    systems = []
    for name in ("first", "second"):
        one = system(name)
        segments = tuple(
            replace(one.segments[index % 5], id=f"s{index}") for index in range(10_000)
        )
        systems.append(replace(one, segments=segments))
    start = time.process_time()
    html, _ = write_report(EvaluationResult("big", "", tuple(systems)), tmp_path)
    assert time.process_time() - start < 10
    assert html.stat().st_size < 6_000_000


def test_a_line_of_five_megabytes_takes_seconds(tmp_path: Path) -> None:
    long = "слово <b> " * 500_000
    systems = []
    for name in ("first", "second"):
        one = system(name)
        segment = replace(one.segments[0], hypothesis=long + name, source=long)
        systems.append(replace(one, segments=(segment,)))
    start = time.process_time()
    write_report(EvaluationResult("long", "", tuple(systems)), tmp_path)
    assert time.process_time() - start < 20
