"""The command line as it is meant to be used, in processes of its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from commands import ROOT, Command

import tolmach
from tolmach import resources
from tolmach.cli import main

PAGE = "Новый мост через канал\n\n" + "\n\n".join(RUSSIAN[:6]) + "\n"

# --- translate ---------------------------------------------------------------------------------


def test_results_lie_where_the_sources_lay(command: Command) -> None:
    command.write("news/visit.txt", PAGE)
    command.write("news/north/hanoi.TXT", RUSSIAN[0])
    command.write("news/north/notes.rst", RUSSIAN[1])
    command.write("news/.drafts/old.txt", RUSSIAN[1])
    command.write("news/.hidden.txt", RUSSIAN[1])
    result = command("translate", "news", "--to", "en", "--to", "vi", "--summary", "--out", "res")
    assert result.code == 0, result.err
    assert result.files("res") == [
        "en/north/hanoi.txt",
        "en/visit.txt",
        "run.json",
        "vi/north/hanoi.txt",
        "vi/visit.txt",
    ]
    # the tiny model copies, so the text comes back, with the paragraphs it had
    assert result.read("res/en/visit.txt") == result.read("res/vi/visit.txt") == PAGE
    assert result.read("res/en/north/hanoi.txt") == RUSSIAN[0] + "\n"
    # Russian that is left over is not summarised, and that is said
    target = result.record("visit.txt", "res")["targets"]["vi"]
    assert target["summary"] == ""
    assert "summary_empty" in {warning["code"] for warning in target["warnings"]}


def test_the_report_tells_what_became_of_every_document(command: Command) -> None:
    command.write("a.txt", PAGE)
    command.write("bad.txt", b"\xff\xd8\xff\xe0" + bytes(300))
    command.write("english.txt", "Nothing here is in Russian at all.\n")
    result = command("translate", "a.txt", "bad.txt", "english.txt", "--to", "en")
    assert result.code == 1
    report = result.report()
    assert report["tolmach"] == tolmach.__version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", report["started"])
    assert report["seconds"] > 0
    assert report["interrupted"] is False
    assert report["settings"]["to"] == ["en"]
    assert report["settings"]["sources"] == ["a.txt", "bad.txt", "english.txt"]
    assert any("copying" in note for note in report["notes"])
    totals = report["totals"]
    assert (totals["documents"], totals["done"], totals["failed"], totals["unchanged"]) == (
        3,
        1,
        1,
        1,
    )

    done = result.record("a.txt")
    assert done["status"] == "done"
    assert done["path"] == "a.txt"
    assert done["encoding"] == "utf-8"
    assert done["segments"] == 7 == totals["segments"]
    assert done["words"] == totals["words"] > 50
    assert done["blocks"]["title"] == 1
    assert set(done["seconds"]) == {"read", "clean", "split", "translate", "write"}
    assert done["files"] == ["out/en/a.txt"]
    target = done["targets"]["en"]
    assert target["title"] == "Новый мост через канал"
    assert target["model"] == "copying"
    assert target["signature"]["model"] == "copying"
    assert target["signature"]["tolmach"] == tolmach.__version__
    assert target["signature"]["precision"] == "float32"
    # Russian in an English translation is what the guards must find
    assert {w["code"] for w in target["warnings"] if w["severity"] == "error"} == {"cyrillic_left"}
    assert {w["segment"] for w in target["warnings"]} == set(range(7))
    assert totals["warnings"] >= 7

    failed = result.record("bad.txt")
    assert failed["status"] == "failed"
    assert "JPEG" in failed["error"]
    assert failed["files"] == []
    assert result.record("english.txt")["status"] == "unchanged"


def test_a_table_and_the_failures_are_shown_at_the_end(command: Command) -> None:
    command.write("a.txt", PAGE)
    command.write("empty.txt", "")
    result = command("translate", "a.txt", "empty.txt", "--to", "en")
    assert result.code == 1
    assert result.out == ""
    assert re.search(r"a\.txt\s*│ done\s*│\s+7 │", result.err)
    assert re.search(r"empty\.txt │ failed", result.err)
    assert "tolmach: failed: empty.txt is empty" in result.err
    assert "1 of 2 documents translated" in result.err
    assert "details in out/run.json" in result.err
    assert "[2/2]" in result.err


def test_quiet_says_nothing_but_errors(command: Command) -> None:
    command.write("a.txt", PAGE)
    result = command("translate", "a.txt", "--to", "en", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    command.write("empty.txt", "")
    result = command("translate", "a.txt", "empty.txt", "--to", "en", "--quiet")
    assert (result.code, result.err) == (1, "tolmach: failed: empty.txt is empty\n")


def test_preparing_a_model_is_quiet_too(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    new = replace(command, cache=command.folder / "new")
    result = new("translate", "a.txt", "--to", "en", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_json_is_all_there_is_on_standard_output(command: Command) -> None:
    command.write("a.txt", PAGE)
    result = command("translate", "a.txt", "--json")
    assert result.code == 0
    printed, written = json.loads(result.out), result.report()
    printed.pop("seconds")
    written.pop("seconds")
    assert printed == written
    assert [sorted(row["targets"]) for row in printed["documents"]] == [["en", "vi"]]
    assert "│" not in result.err


def test_standard_input_goes_to_standard_output(command: Command) -> None:
    result = command("translate", "-", "--to", "en", stdin=PAGE.encode())
    assert (result.code, result.out) == (0, PAGE)
    assert not (command.folder / "out").exists()
    result = command("translate", "-", "--to", "vi", "--quiet", stdin=RUSSIAN[0].encode("koi8-r"))
    assert (result.code, result.out, result.err) == (0, RUSSIAN[0] + "\n", "")


def test_standard_input_as_json_lines(command: Command) -> None:
    result = command("translate", "-", "--json", stdin=PAGE.encode())
    assert result.code == 0
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["to"] for row in rows if row["type"] == "article"] == ["en", "vi"]
    segments = [row for row in rows if row["type"] == "segment"]
    assert len(segments) == 14
    assert all(PAGE[slice(*row["origin"])] == row["source"] for row in segments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "a.txt", "--to", "en"], "cannot be combined"),
        (["-", "--to", "en", "--out", "x"], "leave out --out"),
        (["-"], "give one --to"),
        (["-", "--to", "en", "--to", "vi"], "give one --to"),
    ],
)
def test_standard_input_stands_alone(command: Command, arguments: list[str], message: str) -> None:
    result = command("translate", *arguments, stdin=b"")
    assert result.code == 2
    assert message in result.err


def test_empty_standard_input_is_a_failure(command: Command) -> None:
    result = command("translate", "-", "--to", "en", stdin=b"\n")
    assert (result.code, result.out) == (1, "")
    assert "tolmach: failed: standard input is empty" in result.err


def test_patterns_are_found(command: Command) -> None:
    for name in ("a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "a/b/c/4.log"):
        command.write(name, RUSSIAN[0])
    result = command("translate", "a/*.txt", "--to", "en", "--out", "one")
    assert result.files("one") == ["en/1.txt", "run.json"]
    result = command("translate", "a/**/*.txt", "--to", "en", "--out", "all")
    assert result.files("all") == ["en/1.txt", "en/2.txt", "en/3.txt", "run.json"]
    result = command("translate", "a/*.doc")
    assert result.code == 2
    assert "a/*.doc: no file matches this pattern" in result.err


def test_names_that_collide_are_kept_apart(command: Command) -> None:
    names = ["x/visit.txt", "y/visit.txt", "y/VISIT.txt", "y/visit.summary.txt"]
    for number, name in enumerate(names):
        command.write(name, RUSSIAN[number])
    result = command("translate", *names, "--to", "en", "--summary", "--quiet")
    assert result.code == 0, result.err
    texts = {result.read(path) for row in result.report()["documents"] for path in row["files"]}
    assert texts >= {RUSSIAN[number] + "\n" for number in range(4)}
    files = [path.lower() for path in result.files()]
    assert len(files) == len(set(files))


def test_no_file_is_translated_twice(command: Command) -> None:
    path = command.write("a/visit.txt", RUSSIAN[0])
    result = command("translate", "a", "a/visit.txt", str(path), "./a/*.txt", "--to", "en")
    assert [row["name"] for row in result.report()["documents"]] == ["visit.txt"]


def test_other_formats(command: Command) -> None:
    command.write("a.txt", PAGE)
    arguments = ("--to", "en", "--format", "jsonl", "--format", "text", "--format", "jsonl")
    result = command("translate", "a.txt", *arguments)
    assert result.files() == ["en/a.jsonl", "en/a.txt", "run.json"]
    rows = [json.loads(line) for line in result.read("out/en/a.jsonl").splitlines()]
    assert [row["type"] for row in rows] == ["article"] + ["segment"] * 7


def test_shipped_pipelines_can_be_named(command: Command) -> None:
    command.write("a.txt", PAGE)
    result = command("translate", "a.txt", "--to", "en", "--pipeline", "segments")
    assert result.files() == ["en/a.jsonl", "en/a.txt", "run.json"]
    result = command("translate", "a.txt", "--pipeline", "segments", "--summary")
    assert result.code == 2
    assert "has no stage 'summarize'" in result.err


def test_twice_gives_the_same(command: Command) -> None:
    command.write("a.txt", PAGE)
    first = command("translate", ".", "--to", "en")
    text, files = first.read("out/en/a.txt"), first.files()
    second = command("translate", ".", "--to", "en")
    assert (second.code, second.read("out/en/a.txt"), second.files()) == (0, text, files)


def test_the_present_folder_can_be_the_output_folder(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    command.write("deep/b.txt", RUSSIAN[1])
    for _ in range(2):
        result = command("translate", ".", "deep/*.txt", "--to", "en", "--out", ".")
        assert [row["name"] for row in result.report(".")["documents"]] == ["a.txt", "deep/b.txt"]
        assert result.files("en") == ["a.txt", "deep/b.txt"]


# --- models and pipelines ----------------------------------------------------------------------


def test_models_list(command: Command) -> None:
    result = command("models", "list", "--offline")
    assert result.code == 0
    for name in resources.names("models"):
        assert re.search(rf"^{re.escape(name)} +│", result.out, re.MULTILINE), name
    assert f"cache: {command.cache}" in result.out
    assert "no: not in the cache, and offline" in result.out


def test_models_list_without_a_network(command: Command) -> None:
    result = command("models", "list")
    assert result.code == 0
    assert "the model hub cannot be reached" in result.out


@pytest.mark.parametrize("name", resources.names("models"))
def test_models_show(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["models", "show", name]) == 0
    shown = capsys.readouterr().out
    assert f"name: {name}\n" in shown
    assert "licence:" in shown


def test_models_prepare(command: Command, tmp_path: Path) -> None:
    ready = command("models", "prepare", str(command.model), "--config", "tiny.yaml")
    assert (ready.code, ready.err) == (0, "")
    assert ready.out.startswith("copying is ready: ")
    assert (Path(ready.out.split(": ")[1].strip()) / "model.bin").is_file()
    missing = command("models", "prepare", "nothing")
    assert missing.code == 2
    assert "no model named 'nothing'; known: bart-large-cnn, embedded" in missing.err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "without a card" in command("models", "show", str(empty)).err


def test_pipelines_list_and_check(command: Command) -> None:
    listed = command("pipelines", "list")
    assert listed.code == 0
    checked = command("pipelines", "check")
    assert checked.code == 0
    for name in resources.names("pipelines"):
        assert re.search(rf"^{name} ", listed.out, re.MULTILINE)
        assert f"{name}: checked\n" in checked.out


@pytest.mark.parametrize("name", resources.names("pipelines"))
def test_pipelines_show(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["pipelines", "show", name]) == 0
    shipped = ROOT / "pipelines" / f"{name}.yaml"
    assert capsys.readouterr().out == shipped.read_text(encoding="utf-8")


def test_pipelines_check_points_at_mistakes(command: Command) -> None:
    command.write("a.yaml", "stages:\n  - read\n  - spilt\n  - clean: {site: x}\n")
    command.write(
        "b.yaml",
        "stages: [read, clean, split, {translate: {models: {en: [nobody, embedded]}}}, write]\n",
    )
    result = command("pipelines", "check", "a.yaml", "news", "b.yaml")
    assert result.code == 2
    assert result.out == "news: checked\n"
    assert "a.yaml:3: there is no stage 'spilt'" in result.err
    assert "a.yaml:4: unknown key 'site'; did you mean 'sites'?" in result.err
    assert "b.yaml: there is no model named 'nobody'" in result.err
