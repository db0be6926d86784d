"""Runs that are interrupted, and runs that meet others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from commands import Command

from tolmach.outputs import STATE

DOCUMENTS = 400


def page(number: int) -> str:
    words = ["первый", "второй", "третий", "четвёртый", "пятый"]
    words += ["шестой", "седьмой", "восьмой", "девятый", "десятый"]
    name = " ".join(words[int(digit)] for digit in str(number))
    return f"Выпуск {name}\n\n" + "\n\n".join(
        f"{name.capitalize()}: {text[0].lower()}{text[1:]}" for text in RUSSIAN[:3]
    )


def wait_for_output(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while len(list(folder.glob("vi/*.txt"))) < 3:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupted_run_leaves_whole_documents(command: Command, number: int) -> None:
    for index in range(DOCUMENTS):
        command.write(f"news/{index:03}.txt", page(index))
    out = command.folder / "out"
    # a new process group, so that the signal reaches this process and nobody else
    with command.start(
        "translate", "news", window=8, start_new_session=True, stdin=subprocess.DEVNULL
    ) as process:
        wait_for_output(process, out)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert "Traceback" not in err.decode()
    assert "interrupted: what was finished is complete" in err.decode()

    report = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert report["interrupted"] is True
    statuses = {row["name"]: row["status"] for row in report["documents"]}
    assert len(statuses) == DOCUMENTS
    done = {name for name, status in statuses.items() if status == "done"}
    assert 1 <= len(done) < DOCUMENTS
    assert {status for name, status in statuses.items() if name not in done} == {"not reached"}
    assert report["totals"]["done"] + report["totals"]["not reached"] == DOCUMENTS
    for name in done:
        for target in ("en", "vi"):
            text = (out / target / name).read_text(encoding="utf-8")
            assert text.count("\n\n") == 3
            assert text.endswith("\n")
    # the document on which the signal fell may have been written for one of its targets
    written = {path.name for path in out.rglob("*.txt")}
    assert done <= written
    assert len(written - done) <= 1
    assert not list(out.rglob("*.part"))
    assert [path.name for path in out.rglob(".*")] == [STATE]


def test_an_interrupted_preparation_leaves_nothing_half_done(
    command: Command, tmp_path: Path
) -> None:
    command.write("a.txt", RUSSIAN[0])
    cache = tmp_path / "new"
    new = replace(command, cache=cache)
    with new.start(
        "translate", "a.txt", "--to", "en", start_new_session=True, stdin=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not list(cache.rglob("model")) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    report = json.loads((command.folder / "out" / "run.json").read_text(encoding="utf-8"))
    assert [row["status"] for row in report["documents"]] == ["not reached"]
    assert not list(cache.rglob("tolmach.json"))
    assert [path.name for path in (cache / "models").iterdir() if path.is_dir()] == []


def test_a_reader_that_goes_away(command: Command) -> None:
    text = "\n\n".join(f"{page(index)}" for index in range(60))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with command.start(
            "translate",
            "-",
            "--to",
            "en",
            "--json",
            stdin=subprocess.PIPE,
            stdout=writing,
        ) as process:
            _, err = process.communicate(text.encode(), timeout=60)
    finally:
        os.close(writing)
    assert process.returncode == 0, err.decode()
    assert "Traceback" not in err.decode()
    assert "BrokenPipe" not in err.decode()


@pytest.mark.parametrize("arguments", [["pipelines", "list"], ["translate", "-", "--to", "en"]])
def test_a_reader_that_is_gone_from_the_start(command: Command, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with command.start(*arguments, stdin=subprocess.PIPE, stdout=writing) as process:
            _, err = process.communicate(RUSSIAN[0].encode(), timeout=60)
    finally:
        os.close(writing)
    assert process.returncode == 0, err.decode()
    assert "Exception" not in err.decode()


def test_two_runs_may_share_a_new_cache(command: Command, tmp_path: Path) -> None:
    new = replace(command, cache=tmp_path / "shared")
    new.write("a.txt", "\n".join(RUSSIAN))
    processes = [
        new.start("translate", "a.txt", "--to", "en", "--out", f"out{run}") for run in range(2)
    ]
    for process in processes:
        with process:
            _, err = process.communicate(timeout=90)
            assert process.returncode == 0, err.decode()
    texts = {(tmp_path / f"out{run}" / "en" / "a.txt").read_text("utf-8") for run in range(2)}
    assert texts == {"\n".join(RUSSIAN) + "\n"}
    models = [path for path in (new.cache / "models").iterdir() if path.is_dir()]
    assert len(models) == 1
    assert (models[0] / "tolmach.json").is_file()


def test_two_runs_may_not_share_an_output_folder(command: Command) -> None:
    for index in range(DOCUMENTS):
        command.write(f"news/{index}.txt", page(index))
    with command.start("translate", "news", window=8, start_new_session=True) as first:
        wait_for_output(first, command.folder / "out")
        second = command("translate", "news", "--to", "en")
        first.kill()
    assert second.code == 2
    assert f"out: another run (process {first.pid} on " in second.err
    assert "wait until it has ended, or give another folder with --out" in second.err
    # the system gives the folder free, whatever happened to the process
    assert command("translate", "news/1.txt", "--to", "en").code == 0
