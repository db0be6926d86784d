"""Folders that are watched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from checkpoints import RUSSIAN
from commands import Command

from tolmach.cli.watch import Arrivals
from tolmach.stages import Input

WATCH = ("translate", "news", "--to", "en", "--watch", "--interval", "0.1")


@contextmanager
def watching(command: Command, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    with command.start(*WATCH, *more, start_new_session=True, stdin=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[bytes], is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def says(path: Path, text: str) -> Callable[[], bool]:
    return lambda: path.exists() and path.read_text("utf-8").strip() == text


def statuses(command: Command) -> dict[str, Any]:
    path = command.folder / "out/run.json"
    if not path.exists():
        return {}
    rows = json.loads(path.read_text("utf-8"))["documents"]
    return {row["name"]: row["status"] for row in rows}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_what_arrives_is_translated_until_it_is_stopped(command: Command, number: int) -> None:
    (command.folder / "news").mkdir()
    en = command.folder / "out/en"
    with watching(command) as process:
        command.write("news/a.txt", RUSSIAN[0])
        until(process, says(en / "a.txt", RUSSIAN[0]))
        command.write("news/deep/b.txt", RUSSIAN[1])
        until(process, says(en / "deep/b.txt", RUSSIAN[1]))
        # one that cannot be read does not end it, and neither does one that goes away
        command.write("news/c.txt", b"\x00\x01\x02" * 100)
        until(process, lambda: statuses(command).get("c.txt") == "failed")
        (command.folder / "news/deep/b.txt").unlink()
        command.write("news/a.txt", RUSSIAN[2])
        until(process, says(en / "a.txt", RUSSIAN[2]))
        until(process, lambda: statuses(command).get("a.txt") == "done")
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    assert "Traceback" not in err.decode()
    assert err.decode().count("failed: news/c.txt") == 1
    assert statuses(command) == {"a.txt": "done", "deep/b.txt": "done", "c.txt": "failed"}

    # what is finished is known when it starts again
    with watching(command) as process:
        until(process, lambda: "resumed" in (command.folder / "out/run.json").read_text("utf-8"))
        until(process, lambda: statuses(command).keys() == {"a.txt", "c.txt"})
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    assert "1 of them by earlier runs" in err.decode()


def test_a_file_is_taken_when_nobody_writes_it_any_more(tmp_path: Path) -> None:
    notes: list[str] = []
    arrivals = Arrivals([str(tmp_path)], output=tmp_path / "out", note=notes.append)
    assert arrivals.look() == []
    path = tmp_path / "a.txt"
    path.write_text("one")
    assert arrivals.look() == []
    path.write_text("one two")
    assert arrivals.look() == []
    assert arrivals.look() == [Input("a.txt", path=path, found=True)]
    assert arrivals.look() == []
    os.utime(path, (1, 1))
    assert arrivals.look() == []
    assert arrivals.look() == [Input("a.txt", path=path, found=True)]
    path.unlink()
    assert arrivals.look() == []
    path.write_text("one two")
    arrivals.look()
    assert arrivals.look() == [Input("a.txt", path=path, found=True)]
    assert notes == []


def test_names_stay_when_others_arrive(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
    arguments = [str(tmp_path / "x"), str(tmp_path / "y")]
    arrivals = Arrivals(arguments, output=tmp_path / "out", note=str)
    (tmp_path / "y/a.txt").write_text("later in order, first to arrive")
    arrivals.look()
    assert [source.name for source in arrivals.look()] == ["a.txt"]
    (tmp_path / "x/a.txt").write_text("first in order, later to arrive")
    arrivals.look()
    assert [source.name for source in arrivals.look()] == ["x/a.txt"]


def test_a_drive_that_is_away_for_a_moment(tmp_path: Path) -> None:
    notes: list[str] = []
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    arrivals = Arrivals([str(folder)], output=tmp_path / "out", note=notes.append)
    arrivals.look()
    assert len(arrivals.look()) == 1
    folder.rename(tmp_path / "away")
    assert arrivals.look() == arrivals.look() == []
    assert notes == [f"{folder}: no such file or folder; looking again"]
    (tmp_path / "away").rename(folder)
    assert arrivals.look() == arrivals.look() == []  # nothing has changed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("translate", "-", "--to", "en", "--watch"), "--watch: name folders"),
        (("translate", "a.txt", "--interval", "1"), "--interval: it is for --watch"),
        (("translate", "a.txt", "--watch", "--interval", "0"), "--interval: 0.0 is no number"),
        (("translate", "nowhere", "--watch"), "nowhere: no such file or folder"),
    ],
)
def test_what_cannot_be_watched(command: Command, arguments: tuple[str, ...], message: str) -> None:
    command.write("a.txt", RUSSIAN[0])
    result = command(*arguments)
    assert result.code == 2
    assert message in result.err
