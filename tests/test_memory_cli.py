"""The translation memory from the command line, in processes of their own."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from commands import Command, Result

PAGE = "Новый мост через канал\n\n" + "\n\n".join(RUSSIAN[:5]) + "\n"
DRAFT, FINAL = "Nothing much.", "Fog lay over the river in the morning."


@pytest.fixture
def remembering(command: Command) -> Command:
    """The command with a translation memory of its own."""
    return command.with_environment(TOLMACH_MEMORY=str(command.folder / "memory.sqlite3"))


def edits(command: Command, *segments: tuple[str, str, str], name: str = "edits.json") -> Path:
    rows = [
        {"index": index, "source": source, "machine": machine, "target": target, "approved": True}
        for index, (source, machine, target) in enumerate(segments)
    ]
    content = {
        "tolmach": "edits",
        "version": 1,
        "document": "visit.txt",
        "source_language": "ru",
        "target_language": "en",
        "signature": {},
        "segments": rows,
    }
    return command.write(name, json.dumps(content, ensure_ascii=False))


def translated(command: Command, *more: str, out: str = "out") -> Result:
    arguments = ("--to", "en", "--format", "text", "--format", "jsonl", "--out", out, *more)
    result = command("translate", "visit.txt", *arguments)
    assert result.code == 0, result.err
    return result


def origins(result: Result, out: str = "out") -> dict[str, int]:
    found: dict[str, int] = result.record("visit.txt", out)["targets"]["en"]["from"]
    return found


def test_corrections_come_back(remembering: Command) -> None:
    """Translate, correct, import, translate again: the way of an editor."""
    remembering.write("visit.txt", PAGE)
    first = translated(remembering)
    assert origins(first) == {"model": 6, "memory": 0, "approved": 0}
    path = edits(remembering, (RUSSIAN[0], RUSSIAN[0], FINAL), (RUSSIAN[1], RUSSIAN[1], RUSSIAN[1]))
    done = remembering("memory", "import", path.name)
    assert done.code == 0, done.err
    assert "visit.txt (en): 2 segments approved (2 new, 0 changed, 0 known already)" in done.out
    assert "editors changed 1 of 2, character TER" in done.out
    second = translated(remembering, out="again")
    assert origins(second, "again") == {"model": 0, "memory": 4, "approved": 2}
    assert second.read("again/en/visit.txt") == first.read("out/en/visit.txt").replace(
        RUSSIAN[0], FINAL
    )
    lines = second.read("again/en/visit.jsonl").splitlines()[1:]
    assert [json.loads(line)["from"] for line in lines].count("approved") == 2
    # what an editor approved has no warnings, what the model made has the same as the first time
    by_source = {row["source"]: row for row in map(json.loads, lines)}
    assert by_source[RUSSIAN[0]]["warnings"] == []
    before = [json.loads(line) for line in first.read("out/en/visit.jsonl").splitlines()[1:]]
    for row in before:
        if by_source[row["source"]]["from"] == "memory":
            assert by_source[row["source"]] == {**row, "from": "memory"}


def test_the_second_run_loads_no_model(remembering: Command) -> None:
    remembering.write("visit.txt", PAGE)
    first = translated(remembering)
    second = translated(remembering, out="again")
    assert second.record("visit.txt", "again")["seconds"]["translate"] < 0.05
    assert second.read("again/en/visit.txt") == first.read("out/en/visit.txt")
    signature = second.record("visit.txt", "again")["targets"]["en"]["signature"]
    assert signature == first.record("visit.txt")["targets"]["en"]["signature"]


def test_memory_can_be_switched_off(remembering: Command) -> None:
    remembering.write("visit.txt", PAGE)
    translated(remembering, "--memory", "none")
    assert not (remembering.folder / "memory.sqlite3").exists()
    translated(remembering, "--memory", "other/mine.sqlite3", out="two")
    assert (remembering.folder / "other" / "mine.sqlite3").exists()
    result = translated(remembering, "--memory", "other/mine.sqlite3", out="three")
    assert origins(result, "three")["memory"] == 6
    off = remembering("memory", "stats", "--memory", "none")
    assert off.code == 2
    assert "switched off" in off.err


def test_a_damaged_memory_is_told_once_and_kept(remembering: Command) -> None:
    remembering.write("visit.txt", PAGE)
    path = remembering.write("memory.sqlite3", "not a database " * 1000)
    result = translated(remembering)
    assert result.err.count("the run goes on without it") == 1
    assert "is no translation memory" in result.err
    assert any("is no translation memory" in note for note in result.report()["notes"])
    assert path.read_text().startswith("not a database")
    good = edits(remembering, (RUSSIAN[0], DRAFT, FINAL)).name
    for action in (["stats"], ["import", good], ["export", "x.tmx"]):
        refused = remembering("memory", *action)
        assert refused.code == 2
        assert str(path) in refused.err
        assert "Traceback" not in refused.err
    assert path.read_text().startswith("not a database")


def test_a_locked_memory_does_not_stop_a_run(remembering: Command) -> None:
    remembering.write("visit.txt", PAGE)
    assert remembering("memory", "import", edits(remembering, ("а", "", "b")).name).code == 0
    with closing(sqlite3.connect(remembering.folder / "memory.sqlite3", isolation_level=None)) as c:
        c.execute("BEGIN EXCLUSIVE")
        result = translated(remembering)
        assert "in use by another program" in result.err
        assert origins(result)["model"] == 6
        refused = remembering("memory", "import", edits(remembering, ("а", "", "c")).name)
        assert refused.code == 2
        assert "in use by another program" in refused.err


def test_a_killed_run_leaves_what_it_has_stored(remembering: Command) -> None:
    texts = [f"Новость номер {number}.\n\n{RUSSIAN[number % 16]}\n" for number in range(300)]
    for number, text in enumerate(texts):
        remembering.write(f"news/{number:03}.txt", text)
    path = remembering.folder / "memory.sqlite3"
    with remembering.start("translate", "news", "--to", "en", window=4) as process:
        end = time.monotonic() + 60
        while (
            time.monotonic() < end and len(list((remembering.folder / "out").rglob("*.txt"))) < 80
        ):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (stored,) = connection.execute("SELECT count(*) FROM made").fetchone()
    assert stored >= 30
    result = remembering("translate", "news", "--to", "en", "--out", "again")
    assert result.code == 0, result.err
    rows = result.report("again")["documents"]
    assert sum(row["targets"]["en"]["from"]["memory"] for row in rows) >= stored


def test_stats_export_and_prune(remembering: Command) -> None:
    remembering.write("visit.txt", PAGE)
    translated(remembering)
    remembering("memory", "import", edits(remembering, (RUSSIAN[0], DRAFT, FINAL)).name)
    said = remembering("memory", "stats").out
    assert "approved by editors: ru-en 1 (from 1 document)" in said
    assert "made by models: ru-en 6" in said
    assert re.search(r"copying \([0-9a-f]{16}\): 6, last used today", said)
    found = json.loads(remembering("memory", "stats", "--json").out)
    assert (found["made"], found["approved"]) == ({"ru-en": 6}, {"ru-en": 1})
    exported = remembering("memory", "export", "x.tmx", "--to", "en")
    assert exported.out == "x.tmx: 1 segment\n"
    other = remembering("memory", "import", "x.tmx", "--memory", "other.sqlite3")
    assert other.code == 0, other.err
    assert "visit.txt (en): 1 segment approved (1 new" in other.out
    assert remembering("memory", "prune").code == 2
    assert remembering("memory", "prune", "--older-than", "-1").code == 2
    pruned = remembering("memory", "prune", "--model", "copying")
    assert pruned.out == "took out 6 translations of models\n"
    found = json.loads(remembering("memory", "stats", "--json").out)
    assert (found["made"], found["approved"]) == ({}, {"ru-en": 1})


def test_importing_several_files(remembering: Command) -> None:
    good = edits(remembering, (RUSSIAN[0], DRAFT, FINAL), name="good.json")
    bad = remembering.write("bad.xlf", "<xliff")
    result = remembering("memory", "import", bad.name, good.name)
    assert result.code == 1
    assert "bad.xlf:1: is no well-formed XML" in result.err
    assert "visit.txt (en): 1 segment approved" in result.out
    alone = remembering("memory", "import", bad.name)
    assert alone.code == 2
    report = remembering("memory", "import", good.name, "--json")
    (row,) = json.loads(report.out)
    assert row["documents"][0]["same"] == 1
    assert row["documents"][0]["character_ter"] > 0


def test_there_must_be_a_memory_to_look_at(remembering: Command) -> None:
    for action in (["stats"], ["export", "x.tmx"], ["prune", "--older-than", "1"]):
        result = remembering("memory", *action)
        assert result.code == 2
        assert "there is no translation memory yet" in result.err
    assert not (remembering.folder / "memory.sqlite3").exists()
