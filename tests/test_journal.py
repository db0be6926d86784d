"""The journal of an output folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tolmach.errors import OutputError
from tolmach.journal import Entry, Journal, file_hash
from tolmach.outputs import occupied, sweep
from tolmach.terms.base import NameType
from tolmach.terms.ledger import Decision, NameRecord

NAME = NameRecord("Бектенов", "Bektenov", "Bektenov", NameType.PERSON, known=False, count=2)


def entry(name: str, *, fingerprint: str = "f", file: str = "") -> Entry:
    return Entry(
        name,
        "0" * 64,
        fingerprint,
        MappingProxyType({file or f"en/{name}": "1" * 64}),
        MappingProxyType({"name": name, "words": 3, "targets": {"en": {"title": "«Да»\n"}}}),
        MappingProxyType({"en": (NAME,)}),
        (Decision("Бектенов", NameType.PERSON, "Bektenov", "Bektenov"),),
    )


def test_what_is_written_down_is_read_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(entry("a.txt"))
    journal.add(entry("b.txt"))
    for known in (journal, Journal(tmp_path)):
        assert known.find("a.txt", fingerprint="f") == entry("a.txt")
        assert known.find("b.txt", fingerprint="f") == entry("b.txt")
        assert known.find("a.txt", fingerprint="g") is None
        assert known.find("c.txt", fingerprint="f") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, 2_000), names=st.lists(st.sampled_from("abcdef"), max_size=5))
def test_wherever_it_is_torn_whole_lines_count(tmp_path: Path, cut: int, names: list[str]) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    journal = Journal(tmp_path)
    ends = {}
    for name in names:
        journal.add(entry(name))
        ends[name] = path.stat().st_size
    if names:
        path.write_bytes(path.read_bytes()[:cut])
    torn = Journal(tmp_path)
    for name, end in ends.items():
        found = torn.find(name, fingerprint="f")
        # without its line end a line is still whole
        if end <= cut + 1:
            assert found == entry(name)
        elif names.count(name) == 1:
            assert found is None
    torn.add(entry("z"))
    assert Journal(tmp_path).find("z", fingerprint="f") == entry("z")


def test_settings_that_write_the_same_file_leave_the_last_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(entry("a", fingerprint="f", file="en/a"))
    journal.add(entry("a", fingerprint="g", file="vi/a"))
    assert journal.find("a", fingerprint="f")
    journal.add(entry("a", fingerprint="h", file="en/a"))
    for known in (journal, Journal(tmp_path)):
        assert known.find("a", fingerprint="f") is None
        assert known.find("a", fingerprint="g")
        assert known.find("a", fingerprint="h")


def test_it_does_not_grow_with_every_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for run in range(300):
        journal = Journal(tmp_path)
        journal.add(replace(entry("a"), source=f"{run:064}"))
    assert len(path.read_bytes().splitlines()) < 110
    found = Journal(tmp_path).find("a", fingerprint="f")
    assert found is not None
    assert int(found.source) == 299


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"version":1}', b'{"version":2}', b"\xff"])
def test_lines_that_mean_nothing_are_passed_over(tmp_path: Path, line: bytes) -> None:
    Journal(tmp_path).add(entry("a"))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes() + line)
    assert Journal(tmp_path).find("a", fingerprint="f") == entry("a")


def test_a_journal_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(OutputError, match=r"journal\.jsonl: cannot be read.*move it away"):
        Journal(tmp_path)


def test_the_hash_of_what_is_not_there(tmp_path: Path) -> None:
    assert file_hash(tmp_path / "nothing") == ""
    assert file_hash(tmp_path) == ""


def test_a_folder_is_occupied_once(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        occupied(out) as state,
        pytest.raises(OutputError, match=rf"another run \(process {os.getpid()} on"),
        occupied(out),
    ):
        pass
    assert state.is_dir()
    with occupied(out):
        pass


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with (
        pytest.raises(OutputError, match="there is a file of that name"),
        occupied(tmp_path / "out"),
    ):
        pass


def test_our_own_number_may_be_that_of_a_dead_process(tmp_path: Path) -> None:
    # in containers every first process has the number 1
    (tmp_path / "vi").mkdir()
    (tmp_path / f"vi/.{os.getpid()}-1.part").write_text("half")
    assert sweep(tmp_path) == 1
