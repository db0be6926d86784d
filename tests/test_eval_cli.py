"""``tolmach eval`` as it is meant to be used, in processes of its own."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from checkpoints import ENGLISH, RUSSIAN, VIETNAMESE
from commands import Command, Result

from tolmach.evaluation.store import load_result

ROOT = Path(__file__).resolve().parent.parent
SUITE = "data: {kind: snippets, path: rows.jsonl}\nconfidence: 50\ntrials: 50\n"
TEXTS = 8


@pytest.fixture
def suite(command: Command) -> Command:
    """The command in a folder with a small suite; the model copies, so some lines are right."""
    rows = [
        {
            "id": f"line-{number}",
            "ru": RUSSIAN[number],
            # a text that is only copied is right where the reference says the same
            "en": RUSSIAN[number] if number % 2 else ENGLISH[number],
            "vi": VIETNAMESE[number],
            "doc": f"doc-{number // 4}",
        }
        for number in range(TEXTS)
    ]
    command.write("rows.jsonl", "\n".join(json.dumps(row) for row in rows))
    command.write("ours.yaml", SUITE)
    return command


@pytest.fixture
def run(suite: Command) -> Callable[..., Result]:
    """Run the suite with the copying model."""

    def run_it(*arguments: str) -> Result:
        model = ("--model", str(suite.model), "--config", "tiny.yaml")
        return suite("eval", "run", "./ours.yaml", *model, *arguments)

    return run_it


def folders(result: Result) -> list[Path]:
    return sorted(path.parent for path in result.folder.rglob("result.json"))


def test_a_run_keeps_texts_figures_and_report(run: Callable[..., Result]) -> None:
    result = run("--to", "en")
    assert result.code == 0, result.err
    (folder,) = folders(result)
    assert folder.parent.name == "ours"
    assert {path.name for path in folder.iterdir()} == {"result.json", "report.html", "report.md"}
    made = load_result(folder)
    (system,) = made.systems
    assert [item.hypothesis for item in system.segments] == list(RUSSIAN[:TEXTS])
    assert [item.id for item in system.segments] == [f"line-{n}" for n in range(TEXTS)]
    assert [item.name for item in system.documents] == ["doc-0", "doc-1"]
    assert {score.metric for score in system.scores} >= {"chrF2", "BLEU", "chrF++", "TER"}
    assert system.seconds > 0
    assert system.words == sum(len(text.split()) for text in RUSSIAN[:TEXTS])
    # a process with CTranslate2 and numpy, but without the tests' torch
    assert 50 < system.peak_mb < 4000
    assert system.signature["model"] == "copying"
    assert "words/s" in result.out
    assert "memory, MB" in result.out


def test_what_was_translated_is_not_translated_again(run: Callable[..., Result]) -> None:
    first = run("--to", "en")
    (kept,) = folders(first)
    before = (kept / "result.json").read_bytes()
    second = run("--to", "en")
    assert "translated before" in second.err
    assert f"reused: eval-results/ours/{kept.name}/result.json" in second.err
    assert folders(second) == [kept]
    both = run()
    assert "copying, en: translated before" in both.err
    assert "copying, vi: 8 texts" in both.err
    assert len(folders(both)) == 2
    again = run("--to", "en", "--again")
    assert "translated before" not in again.err
    assert len(folders(again)) == 3
    assert (kept / "result.json").read_bytes() == before


def test_other_texts_are_translated_anew(run: Callable[..., Result], suite: Command) -> None:
    run("--to", "en")
    rows = (suite.folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    changed = json.loads(rows[0]) | {"en": "Another reference."}
    suite.write("rows.jsonl", "\n".join([json.dumps(changed), *rows[1:]]))
    result = run("--to", "en")
    # references are no part of what a system sees, but of what it is measured by
    assert "translated before" in result.err
    assert "kept: " in result.err
    changed["ru"] = "Другой текст."
    suite.write("rows.jsonl", "\n".join([json.dumps(changed), *rows[1:]]))
    assert "translated before" not in run("--to", "en").err


def test_several_systems_are_compared(suite: Command, random_checkpoint: Path) -> None:
    models = ("--model", str(suite.model), "--model", str(random_checkpoint))
    arguments = ("eval", "run", "./ours.yaml", *models, "--config", "tiny.yaml", "--to", "en")
    result = suite(*arguments, "--name", "copy", "--name", "noise", "--json", "--quiet")
    assert result.code == 0, result.err
    record = json.loads(result.out)
    assert [item["name"] for item in record["systems"]] == ["copy", "noise"]
    assert {item["system"] for item in record["comparisons"]} == {"noise"}
    chrf = next(item for item in record["comparisons"] if item["metric"] == "chrF2")
    assert chrf["difference"] < 0
    assert chrf["p_value"] < 0.05
    (folder,) = folders(result)
    told = suite("eval", "compare", f"{folder}:copy", f"{folder}:noise", "--metric", "chrF2",
                 "--method", "ar", "--trials", "100")  # fmt: skip
    assert told.code == 0, told.err
    assert "en, chrF2: noise -" in told.out
    assert "significantly worse" in told.out
    assert "ar:100" in told.out
    wrong = suite("eval", "compare", f"{folder}:copy", f"{folder}:nobody")
    assert wrong.code == 2
    assert "there is no system 'nobody'; systems: copy, noise" in wrong.err


def test_combinations_have_names_of_their_own(suite: Command) -> None:
    suite.write("other.yaml", "device: cpu\nthreads: 1\nprecision: float32\noffline: true\n")
    result = suite(
        "eval", "run", "./ours.yaml", "--model", str(suite.model), "--config", "tiny.yaml",
        "--config", "./other.yaml", "--to", "en", "--json", "--quiet",
    )  # fmt: skip
    assert result.code == 0, result.err
    names = [item["name"] for item in json.loads(result.out)["systems"]]
    assert len(set(names)) == 2
    assert any("other" in name for name in names)
    few = suite("eval", "run", "./ours.yaml", "--name", "a", "--name", "b")
    assert few.code == 2
    assert "--name: 2 names for 1 systems" in few.err


def test_a_report_can_be_written_again(run: Callable[..., Result], suite: Command) -> None:
    (folder,) = folders(run("--to", "en"))
    (folder / "report.html").unlink()
    result = suite("eval", "report", str(folder), "--out", "pages")
    assert result.out.split() == ["pages/report.html", "pages/report.md"]
    assert "line-3" in (suite.folder / "pages" / "report.html").read_text(encoding="utf-8")
    missing = suite("eval", "report", "nowhere")
    assert missing.code == 2
    assert "cannot be read" in missing.err


def test_a_failing_system_stops_the_run(suite: Command) -> None:
    result = suite("eval", "run", "./ours.yaml", "--model", "nobody", "--config", "tiny.yaml")
    assert result.code == 2
    assert "no model named 'nobody'" in result.err
    broken = suite.folder / "broken"
    shutil.copytree(suite.model, broken)
    (broken / "model.safetensors").write_bytes(b"nothing")
    result = suite("eval", "run", "./ours.yaml", "--model", "./broken", "--config", "tiny.yaml")
    assert result.code == 2
    assert "Traceback" not in result.err
    assert not folders(result)


def test_a_language_that_the_suite_does_not_have(suite: Command) -> None:
    suite.write("en.yaml", SUITE + "to: [en]\n")
    result = suite("eval", "run", "./en.yaml", "--to", "vi")
    assert result.code == 2
    assert "suite 'en' is in en, not in vi" in result.err


def test_sentences_are_divided_if_the_suite_says_so(suite: Command) -> None:
    row = {"id": "1", "ru": f"{RUSSIAN[0]} {RUSSIAN[1]}", "en": "One. Two."}
    suite.write("rows.jsonl", json.dumps(row))
    suite.write("split.yaml", SUITE + "to: [en]\nsplit: sentence\nstages: [translate]\n")
    result = suite(
        "eval", "run", "./split.yaml", "--model", str(suite.model), "--config", "tiny.yaml",
        "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    (system,) = json.loads(result.out)["systems"]
    assert system["segments"][0]["hypothesis"] == row["ru"]
    assert system["signature"]["texts"] == "sentence"


def test_articles_and_summaries(suite: Command) -> None:
    suite.write("src/a.txt", "\n\n".join(RUSSIAN[:4]))
    suite.write("ref/a.txt", "\n\n".join(RUSSIAN[:4]))
    suite.write(
        "whole.yaml",
        "data: {kind: articles, sources: src, references: {en: ref}}\nto: [en]\nconfidence: 0\n",
    )
    model = ("--model", str(suite.model), "--config", "tiny.yaml", "--json", "--quiet")
    result = suite("eval", "run", "./whole.yaml", *model)
    assert result.code == 0, result.err
    (system,) = json.loads(result.out)["systems"]
    assert system["scores"][0]["value"] > 99
    lines = [{"doc": "a", "line": n, "ru": text} for n, text in enumerate(RUSSIAN[:8])]
    suite.write("art.jsonl", "\n".join(map(json.dumps, lines)))
    suite.write("sum.jsonl", json.dumps({"doc": "a", "en": RUSSIAN[0]}))
    suite.write(
        "sum.yaml",
        "data: {kind: summaries, path: sum.jsonl, articles: art.jsonl}\nto: [en]\n"
        "pipeline: tiny-news.yaml\n",
    )
    result = suite("eval", "run", "./sum.yaml", *model, "--pipeline", "./tiny-news.yaml")
    assert result.code == 0, result.err
    (system,) = json.loads(result.out)["systems"]
    assert {item["metric"] for item in system["scores"]} == {
        "ROUGE-1", "ROUGE-2", "ROUGE-L", "faithful",
    }  # fmt: skip


def test_an_interrupted_run_leaves_nothing_behind(suite: Command) -> None:
    """Neither a process that goes on translating nor half a result."""
    arguments = ("eval", "run", "./ours.yaml", "--model", str(suite.model), "--config", "tiny.yaml")
    with suite.start(*arguments) as process:
        children: list[int] = []
        deadline = time.monotonic() + 60
        while not children and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
            children = children_of(process.pid)
        assert children
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert not [pid for pid in children if is_running(pid)]
    assert not list(suite.folder.rglob("result.json"))


def children_of(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        pytest.skip("this system does not tell the children of a process")
    return [int(child) for child in text.split()]


def is_running(pid: int) -> bool:
    try:
        return "evaluation.child" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False


# --- score --------------------------------------------------------------------------------------


@pytest.fixture
def finished(command: Command) -> Command:
    """The command in a folder with finished translations."""
    command.write("src.ru", "\n".join(RUSSIAN[:6]) + "\n")
    command.write("ref.en", "\n".join(ENGLISH[:6]) + "\n")
    command.write("a.en", "\n".join(ENGLISH[:5]) + "\nNothing at all.\n")
    command.write("b.en", "\n".join(text.lower() for text in ENGLISH[:6]) + "\n")
    return command


SCORE = ("eval", "score", "--src", "src.ru", "--ref", "ref.en", "--to", "en")


def test_scores_are_printed_with_their_signatures(finished: Command) -> None:
    result = finished(*SCORE, "--hyp", "a.en")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0].startswith("BLEU ")
    assert lines[1].strip().startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert lines[2].startswith("chrF2 ")
    perfect = finished(*SCORE, "--hyp", "ref.en", "--metric", "TER", "--confidence", "20")
    assert perfect.out.startswith("TER 0.0 [0.0, 0.0]\n")


def test_several_files_are_compared(finished: Command) -> None:
    result = finished(*SCORE, "--hyp", "a.en", "b.en", "--trials", "50", "--report", "page")
    assert result.code == 0, result.err
    assert "en, BLEU: b.en +" in result.out
    assert (finished.folder / "page" / "report.html").is_file()


def test_files_that_cannot_be_scored(finished: Command) -> None:
    finished.write("short.en", "One.\n")
    result = finished(*SCORE, "--hyp", "short.en")
    assert (result.code, result.out) == (2, "")
    assert "short.en: 1 lines, but src.ru has 6" in result.err
    finished.write("coded.en", "\n".join(RUSSIAN[:6]).encode("cp1251"))
    assert "coded.en:1: not UTF-8" in finished(*SCORE, "--hyp", "coded.en").err
    finished.write("gaps.en", "a\nb\n\nd\n\nf\n")
    gaps = finished(*SCORE, "--hyp", "gaps.en")
    assert "gaps.en:3: the line is empty and 1 more" in gaps.err
    allowed = finished(*SCORE, "--hyp", "gaps.en", "--allow-empty")
    assert allowed.code == 0
    assert "2 empty lines count as wrong" in allowed.err
    assert "no metric bleu; known: " in finished(*SCORE, "--hyp", "a.en", "--metric", "bleu").err


# --- list ---------------------------------------------------------------------------------------


def test_the_list_of_suites(command: Command) -> None:
    result = command("eval", "list")
    assert result.code == 0, result.err
    for path in (ROOT / "eval").glob("*.yaml"):
        assert f"{path.stem} " in result.out


def test_cleaning_and_sentences_need_no_model(command: Command) -> None:
    for name, metric in (("cleaning", "kinds right"), ("sentences", "boundary F1")):
        result = command("eval", "run", name, "--json", "--quiet")
        assert result.code == 0, result.err
        (system,) = json.loads(result.out)["systems"]
        figures = {score["metric"]: score["value"] for score in system["scores"]}
        assert figures[metric] > 95
        assert len(system["documents"]) == 11
