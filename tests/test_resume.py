"""Runs that die at any moment and go on where they stopped, with nothing lost or half done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from checkpoints import RUSSIAN
from commands import Command

from tolmach.outputs import STATE

DOCUMENTS = 120
KILLS = 20
# everything that a run does, with a model that writes nonsense which depends on every word
PIPELINE = """\
stages:
  - read
  - clean
  - split
  - names
  - translate:
      models: {en: [embedded], vi: [embedded]}
      suggest: true
  - terms
  - check
  - summarize:
      models: [extractive]
  - write:
      formats: [same, jsonl, review]
"""
PEOPLE = ["Кайрат Бектенов", "Ырыс Тогузбаев", "Нгуен Зюй Хынг", "Лаура Штраух", "До Тхи Лыу"]
LIMIT = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "


def article(number: int) -> str:
    person = PEOPLE[number % len(PEOPLE)]
    lines = [f"{person} открыл выставку номер {number}.", *RUSSIAN[number % 3 : number % 3 + 2]]
    return f"Новости дня {number}\n\n" + "\n\n".join(lines) + f"\n\n{person} уехал вечером.\n"


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a run by name; of its report, what is not about time."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(STATE):
            found[name] = path.read_bytes()
    report = json.loads(found["run.json"])
    for key in ("started", "seconds", "notes", "interrupted"):
        del report[key]
    del report["totals"]["resumed"]
    for record in report["documents"]:
        del record["seconds"]
        record.pop("resumed", None)
    found["run.json"] = json.dumps(report, ensure_ascii=False, indent=1).encode()
    return found


def journal(out: Path) -> list[dict[str, Any]]:
    path = out / STATE / "journal.jsonl"
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [json.loads(line) for line in lines[:-1]]


def is_whole(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return all(json.loads(line) for line in text.splitlines())
    return text.rstrip().endswith("</html>") if path.suffix == ".html" else text.endswith("\n")


@pytest.fixture
def nonsense(command: Command, random_checkpoint: Path) -> Command:
    command.write("all.yaml", PIPELINE)
    return replace(command, model=random_checkpoint)


def test_killed_at_twenty_moments_it_writes_what_an_uninterrupted_run_does(
    nonsense: Command,
) -> None:
    for number in range(DOCUMENTS):
        nonsense.write(f"news/{number:03}.txt", article(number))
    common = ("translate", "news", "--pipeline", "all.yaml", "--summary", "--quiet")
    whole = (*common, "--out", "whole", "--memory", "whole.sqlite3")
    result = nonsense(*whole, window=32)
    assert result.code == 0, result.err

    again = (*common, "--out", "out", "--memory", "again.sqlite3")
    out = nonsense.folder / "out"
    chance = random.Random(20)
    left_over = killed = 0
    for moment in range(KILLS):
        # the first ones while it starts; the last one well before a fast machine has done all
        goal = (moment - 3) * DOCUMENTS // (2 * KILLS)
        with nonsense.start(
            *again, window=32, start_new_session=True, stdin=subprocess.DEVNULL
        ) as process:
            if goal <= 0:
                time.sleep(chance.uniform(0.05, 1.5))
            deadline = time.monotonic() + 60
            while process.poll() is None and len(journal(out)) < goal:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.03))
            ended = process.poll()  # until it is asked, the number stays that of this run
            if ended is None:
                killed += 1
                os.killpg(process.pid, signal.SIGKILL)
        assert ended in (None, 0), process.returncode
        left_over += len(list(out.rglob("*.part")))
        # whatever is there under its final name is whole
        written = [path for path in out.rglob("*") if path.is_file() and STATE not in path.parts]
        assert all(is_whole(path) for path in written if path.suffix != ".part")
    assert killed >= KILLS - 2
    finished = len(journal(out))
    assert 0 < finished <= DOCUMENTS

    result = nonsense(*again, window=32)
    assert result.code == 0, result.err
    report = result.report()
    assert report["totals"]["resumed"] == finished
    assert not list(out.rglob("*.part"))
    expected, found = contents(nonsense.folder / "whole"), contents(out)
    # the folder's own name is in the report
    expected["run.json"] = expected["run.json"].replace(b"whole/", b"out/")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_nothing_is_done_twice_unless_something_has_changed(command: Command) -> None:
    for name in ("a", "b", "c"):
        command.write(f"news/{name}.txt", RUSSIAN[0])
    run = ("translate", "news", "--to", "en")
    first = command(*run)
    assert first.code == 0, first.err
    times = stamps(command.folder / "out")

    second = command(*run)
    assert second.code == 0, second.err
    assert "3 of 3 documents are finished already" in second.err
    assert "3 of 3 documents translated, 3 of them by earlier runs" in second.err
    # no model was so much as looked for
    assert "preparing" not in second.err
    assert "MarianMT" not in second.err
    assert stamps(command.folder / "out") == times
    assert second.report()["totals"]["resumed"] == 3
    assert [row.get("resumed") for row in second.report()["documents"]] == [True] * 3

    command.write("news/a.txt", RUSSIAN[1])  # another source
    (command.folder / "out/en/b.txt").unlink()  # a lost translation
    third = command(*run)
    assert [row["name"] for row in third.report()["documents"] if row.get("resumed")] == ["c.txt"]
    assert third.read("out/en/a.txt").strip() == RUSSIAN[1]
    assert third.read("out/en/b.txt").strip() == RUSSIAN[0]

    # other settings, other targets, or the user's wish
    for more in (["--summary"], ["--fast"], ["--to", "vi"], ["--redo"]):
        assert command(*run, *more).report()["totals"]["resumed"] == 0, more
    # what was translated in another way is still known
    assert command(*run, "--summary").report()["totals"]["resumed"] == 0


def test_a_changed_translation_is_kept_aside(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    assert command("translate", "a.txt", "--to", "en").code == 0
    command.write("out/en/a.txt", "An editor wrote this.\n")
    result = command("translate", "a.txt", "--to", "en")
    assert result.code == 0
    assert "was changed after it had been written" in result.err
    assert result.read("out/en/a.txt").strip() == RUSSIAN[0]
    assert result.read(f"out/{STATE}/changed/en/a.txt") == "An editor wrote this.\n"


def test_failed_documents_are_tried_again(command: Command) -> None:
    command.write("news/a.txt", RUSSIAN[0])
    command.write("news/b.txt", b"\x00\x01\x02" * 100)
    first = command("translate", "news", "--to", "en")
    assert first.code == 1
    command.write("news/b.txt", RUSSIAN[1])
    second = command("translate", "news", "--to", "en")
    assert second.code == 0
    assert second.report()["totals"]["resumed"] == 1


def test_a_full_disk_loses_nothing(command: Command) -> None:
    command.write("news/large.txt", "\n\n".join(RUSSIAN * 40))
    for name in ("a", "b", "c"):
        command.write(f"news/{name}.txt", RUSSIAN[0])
    # no file may become larger than this: writing fails half way through, as on a full disk
    full = replace(command, setup=LIMIT + "resource.setrlimit(resource.RLIMIT_FSIZE, (2500,) * 2)")
    first = full("translate", "news", "--to", "en")
    assert first.code == 2, first.err  # run.json could not be written either
    assert "large.txt: cannot be written: File too large" in first.err
    assert "Traceback" not in first.err
    out = command.folder / "out"
    assert not (out / "en" / "large.txt").exists()
    assert not list(out.rglob("*.part"))
    for name in ("a", "b", "c"):
        assert (out / "en" / f"{name}.txt").read_text("utf-8").strip() == RUSSIAN[0]

    second = command("translate", "news", "--to", "en")
    assert second.code == 0, second.err
    assert second.report()["totals"]["resumed"] >= 1
    assert (out / "en" / "large.txt").read_text("utf-8").count(RUSSIAN[0]) == 40


def test_what_dead_runs_left_half_written_is_removed(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    stale = command.write(f"out/en/deep/.{dead.pid}-1.part", "half")
    alive = command.write(f"out/en/.{os.getpid()}-1.part", "half")
    other = command.write("out/en/notes.part", "somebody's")
    elsewhere = command.write(f"out/other/.{dead.pid}-1.part", "half")
    assert command("translate", "a.txt", "--to", "en").code == 0
    assert not stale.exists()
    assert all(path.exists() for path in (alive, other, elsewhere))


def test_a_torn_journal_costs_one_document(command: Command) -> None:
    for name in ("a", "b"):
        command.write(f"news/{name}.txt", RUSSIAN[0])
    assert command("translate", "news", "--to", "en").code == 0
    path = command.folder / "out" / STATE / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    for expected in (1, 2):
        result = command("translate", "news", "--to", "en")
        assert result.code == 0
        assert result.report()["totals"]["resumed"] == expected


def stamps(out: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in out.rglob("en/*") if path.is_file()}
