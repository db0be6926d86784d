"""JSON lines and CSV: the chosen texts change and every other byte stays."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from commands import Command
from formats import read, round_trip, survives, translated, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word import document, paragraph, run

from tolmach.document import Kind
from tolmach.errors import InputError
from tolmach.inputs import find_inputs
from tolmach.readers import ReadOptions
from tolmach.writers.jsonl import JsonLinesWriter

JSONL = (
    '{"id": 1.00, "url": "https://example.org/визит", "title": "Визит в Ханой", '
    '"text": "Первая строка.\\n\\nВторая строка.\\n", "n": 12345678901234567890}\n'
    "\n"
    '{"title":"\\u0414\\u0430", "tags": ["мир"], "text": null}\r\n'
)
CSV = '\ufeffid;Title;text\r\n1;Привет;"Он сказал ""да"";\r\nи ушёл"\r\n\r\n2;"Мир";Да;лишнее\r\n'


def upper(source: str) -> str:
    return source.upper()


def test_only_the_usual_fields_of_json_lines_change() -> None:
    document = read(JSONL, "a.jsonl")
    assert [(b.kind, b.span.of(document.text)) for b in document.blocks] == [
        (Kind.TITLE, "Визит в Ханой"),
        (Kind.BODY, "Первая строка."),
        (Kind.BODY, "Вторая строка."),
        (Kind.TITLE, "Да"),
    ]
    text = written(translated(document, upper)).decode()
    expected = JSONL.replace("Визит в Ханой", "ВИЗИТ В ХАНОЙ").replace(
        "\\u0414\\u0430", "\\u0414\\u0410"
    )
    for line in ("Первая строка.", "Вторая строка."):
        expected = expected.replace(line, line.upper())
    assert text == expected


def test_named_fields_may_lie_in_objects_and_lists() -> None:
    line = '{"a": {"b": ["раз", "два"], "c": "три"}, "title": "четыре"}\n'
    document = read(line, "a.ndjson", ReadOptions(fields=("a.b", "нет")))
    assert [s.source for s in document.segments] == ["раз", "два"]
    assert [w.code for w in document.warnings] == ["field_missing"]
    assert written(translated(document, upper)).decode() == line.replace(
        '"раз", "два"', '"РАЗ", "ДВА"'
    )


def test_cells_of_a_csv_file_change_and_its_dialect_stays() -> None:
    document = read(CSV, "a.csv")
    assert written(translated(document, upper)).decode() == (
        '\ufeffid;Title;text\r\n1;ПРИВЕТ;"ОН СКАЗАЛ “ДА“;\r\nИ УШЁЛ"\r\n\r\n2;"МИР";ДА;лишнее\r\n'
    ).replace("“ДА“", '""ДА""')


def test_a_table_may_say_what_divides_its_columns() -> None:
    text = "sep=|\r\nid;x|title\r\n1;2|Визит; итоги\r\n"
    made = written(translated(read(text, "a.csv"))).decode()
    assert made == "sep=|\r\nid;x|title\r\n1;2|Vizit; itogi\r\n"


def test_a_translation_that_needs_quotation_marks_gets_them() -> None:
    text = written(translated(read("title,id\nМир,1\n", "a.csv"), lambda _: 'a, "b"')).decode()
    assert list(csv.reader(io.StringIO(text))) == [["title", "id"], ['a, "b"', "1"]]


def test_tsv_without_quoting_stays_without_it() -> None:
    tsv = 'id\ttitle\n1\tРоман «Мир» и "другие"\n2\t"не закрыто\n'
    assert round_trip(tsv, "a.tsv") == tsv.encode()
    text = written(translated(read(tsv, "a.tsv"), upper)).decode()
    assert text == 'id\ttitle\n1\tРОМАН «МИР» И "ДРУГИЕ"\n2\t"НЕ ЗАКРЫТО\n'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"x": {"y": "да"}}\n', r"--field\. The fields are: x\.y"),
        ("a.jsonl", '{"title": "да"}\n{"title": \n', r"a\.jsonl:2: not a JSON object"),
        ("a.jsonl", '{"title": "да"}\n[1]\n', r"a\.jsonl:2: must be a JSON object"),
        ("a.jsonl", "[" * 100_000, "not a JSON object"),
        ("a.jsonl", '{"title": "1"}\n', "no words in the fields title"),
        ("a.csv", "id,заголовок\n1,да\n", "The fields are: id, заголовок"),
        ("a.csv", 'id,title\n1,"да\n2,нет\n', r"a\.csv:2: a quotation mark"),
        ("a.csv", '" "\n', "no field"),
        ("a.tsv", "\n", "is empty"),
    ],
)
def test_what_cannot_be_used_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text, name)


def test_our_own_output_is_no_source() -> None:
    article = translated(read("title\nМир\n", "a.csv"))
    (lines,) = JsonLinesWriter().render(article).values()
    with pytest.raises(InputError, match="a translation that tolmach has written"):
        read(lines, "a.jsonl")


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
texts = st.text('Аб\n\r "\\,;\t«', max_size=20)
records = st.dictionaries(st.sampled_from(["title", "text", "a", "б", 'с"в']), values | texts)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(records, min_size=1, max_size=4), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_any_records_come_back(rows: list[dict[str, Any]], escaped: bool, end: str) -> None:
    lines = [json.dumps(row, ensure_ascii=escaped) for row in rows]
    data = end.join(lines).encode("utf-8", "surrogatepass")
    try:
        document = read(data, "a.jsonl")
    except InputError:
        return
    assert round_trip(data, "a.jsonl") == data
    changed = written(translated(document, lambda _: 'x "y" \\ z')).decode().split(end)
    for before, after in zip(lines, changed, strict=True):
        old, new = json.loads(before), json.loads(after)
        assert list(old) == list(new)
        for key, value in old.items():
            if key not in {"title", "text"}:
                assert repr(new[key]) == repr(value)


cells = st.text('Аб ",;\t\n«x', max_size=12)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_cells_come_back(rows: list[tuple[str, ...]], delimiter: str, quoting: Any) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
    writer.writerows([("id", "title", "text"), *rows])
    data = file.getvalue()
    name = "a.tsv" if delimiter == "\t" else "a.csv"
    try:
        document = read(data, name)
    except InputError:
        return
    assert round_trip(data, name) == data.encode()
    text = written(translated(document, lambda _: f'x{delimiter}"y"')).decode()
    after = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    before = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter))
    assert [(row[0], len(row)) for row in after] == [(row[0], len(row)) for row in before]
    for old, new in zip(before, after, strict=True):
        for was, now in zip(old, new, strict=True):
            assert len(was.splitlines()) == len(now.splitlines())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.binary(max_size=6), st.sampled_from(["jsonl", "csv", "tsv"]))
def test_damaged_files_raise_nothing_else(cut: int, junk: bytes, suffix: str) -> None:
    source = (JSONL if suffix == "jsonl" else CSV).encode()
    survives(source[:cut], f"a.{suffix}")
    survives(source[:cut] + junk + source[cut + 1 :], f"a.{suffix}")


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv"])
@pytest.mark.parametrize("piece", ['"', '""a,', '"a', "[", '{"', "\\n", "я, ", ',"'])
def test_long_lines_take_no_time(suffix: str, piece: str) -> None:
    head = '{"title":"' if suffix == "jsonl" else "title\n"
    started = time.process_time()
    survives((head + piece * (1_000_000 // len(piece)) + '"}').encode(), f"a.{suffix}")
    assert time.process_time() - started < 20


def test_files_of_one_name_get_outputs_of_their_own(tmp_path: Path) -> None:
    for name in ("visit.txt", "visit.csv", "visit.srt", "visit.docx", "b.jsonl"):
        (tmp_path / name).write_bytes(b"x")
    found = [item.name for item in find_inputs([str(tmp_path)])]
    assert len(found) == 5
    assert len({name.rpartition(".")[0] for name in found}) == 5


def test_the_command_translates_named_fields(command: Command, tmp_path: Path) -> None:
    command.write("in/news.jsonl", '{"kop": "Президент прибыл.", "x": 1.0}\n')
    command.write("in/film.srt", "1\n00:00:01,000 --> 00:00:09,000\nПрезидент прибыл.\n")
    word = document(paragraph(run("Президент прибыл."), style="Title"))
    command.write("in/film.docx", word)
    refused = command("translate", "in/news.jsonl", "--to", "en", "--out", "out")
    assert refused.code == 1
    assert "The fields are: kop" in refused.err
    result = command("translate", "in", "--to", "en", "--out", "out", "--field", "kop",
                     "--format", "same", "--format", "jsonl")  # fmt: skip
    assert result.code == 0, result.err
    assert json.loads(result.read("out/en/news.jsonl"))["x"] == 1.0
    assert (
        json.loads(result.read("out/en/news.segments.jsonl").splitlines()[0])["type"] == "article"
    )
    # the model copies its source; of two files with one name the first keeps it
    assert (tmp_path / "out/en/film.docx").read_bytes() == word
    (subtitles,) = (name for name in result.files() if name.endswith(".srt"))
    assert "00:00:01,000 --> 00:00:09,000\n" in result.read(f"out/{subtitles}")


def test_other_tables_in_a_folder_are_left_out(command: Command) -> None:
    command.write("in/visit.txt", "Президент прибыл.")
    command.write("in/prices.csv", "id,price\n1,20\n")
    command.write("in/stock.jsonl", '{"id": 1, "price": "20"}\n')
    result = command("translate", "in", "--to", "en", "--out", "out")
    assert result.code == 0, result.err
    assert result.err.count("tolmach: left out: ") == 2
    assert "prices.csv: there is no field" in result.err
    assert "--field. The fields are: id, price" in result.err
    assert "1 of 3 documents translated, 2 left out" in result.err
    assert result.record("prices.csv")["status"] == "left out"
    # the same again, in the same folder
    again = command("translate", "in", "--to", "en", "--out", "out")
    assert again.code == 0, again.err
    pattern = command("translate", "in/*", "--to", "en", "--out", "other")
    assert pattern.code == 0, pattern.err


def test_a_table_that_is_named_is_not_left_out(command: Command) -> None:
    command.write("in/visit.txt", "Президент прибыл.")
    command.write("in/prices.csv", "id,price\n1,20\n")
    for sources in (("in/prices.csv",), ("in", "in/prices.csv"), ("in/prices.csv", "in")):
        result = command("translate", *sources, "--to", "en", "--out", "out", "--redo")
        assert result.code == 1
        assert "failed: in/prices.csv: there is no field" in result.err
    # a wrong name is a mistake, wherever the table is
    wrong = command("translate", "in", "--to", "en", "--out", "out", "--field", "titel")
    assert wrong.code == 1
    assert "no field of the name titel" in wrong.err


def test_a_folder_of_nothing_but_other_tables(command: Command) -> None:
    command.write("in/prices.csv", "id,price\n1,20\n")
    result = command("translate", "in", "--to", "en", "--out", "out")
    assert result.code == 1
    assert "left out: in/prices.csv" in result.err


def test_translations_beside_their_sources(command: Command) -> None:
    command.write("in/visit.txt", "Президент прибыл.")
    first = command("translate", "in/visit.txt", "--to", "en", "--out", "in/made",
                    "--format", "jsonl")  # fmt: skip
    assert first.code == 0, first.err
    result = command("translate", "in", "--to", "en", "--out", "out")
    assert result.code == 0, result.err
    assert "left out" in result.err
    summaries = command("summarize", "in", "--model", "extractive", "--out", "short")
    assert "left out" in summaries.err
