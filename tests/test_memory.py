"""The file of the translation memory, and what a run makes of one that is damaged."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from tolmach.config.run import RunSettings
from tolmach.document import EditorWarning, Origin, Severity, Span
from tolmach.errors import ConfigError, TranslationMemoryError
from tolmach.memory import (
    Approval,
    Approved,
    Asked,
    Hit,
    Made,
    MadeBy,
    Memory,
    MemoryFile,
    memory_path,
    open_memory,
    schema,
)
from tolmach.memory.entries import (
    fold_source,
    fold_target,
    made_key,
    warnings_from_json,
    warnings_to_json,
)
from tolmach.memory.similar import SimilarTexts
from tolmach.memory.upkeep import prune, stats

ROOT = Path(__file__).resolve().parent.parent
PAIR = ("ru", "vi")
MODEL = MadeBy("0123456789abcdef", "tiny", {"model": "tiny", "precision": "int8"})
OTHER = MadeBy("fedcba9876543210", "other", {"model": "other"})
TEXT = "Урожай кофе выше среднего."


@pytest.fixture
def file(tmp_path: Path) -> Iterator[MemoryFile]:
    """A new memory, not made yet."""
    with closing(MemoryFile(tmp_path / "memory.sqlite3", timeout=0.2)) as found:
        yield found


def targets(hits: list[Hit | None]) -> list[str | None]:
    return [None if hit is None else hit.target for hit in hits]


def find(
    file: MemoryFile, *texts: str, made_by: MadeBy = MODEL, pair: tuple[str, str] = PAIR
) -> list[str | None]:
    asked = [Asked(text) for text in texts]
    return targets(file.lookup(asked, pair, made_by=made_by.key))


# --- what is found -----------------------------------------------------------------------------


def test_what_a_model_made_is_found_for_the_same_text_languages_and_model(
    file: MemoryFile,
) -> None:
    file.remember([Made(TEXT, "Cà phê.")], PAIR, MODEL)
    assert find(file, TEXT, "Другой текст.") == ["Cà phê.", None]
    assert find(file, TEXT, made_by=OTHER) == [None]
    assert find(file, TEXT, pair=("ru", "en")) == [None]
    assert find(file, TEXT + " ") == [None]
    (hit,) = file.lookup([Asked(TEXT)], PAIR, made_by=MODEL.key)
    assert hit is not None
    assert hit.origin is Origin.MEMORY
    assert file.made_by(MODEL.key) == MODEL
    assert file.made_by(OTHER.key) is None


def test_what_a_model_read_decides_not_only_the_source(file: MemoryFile) -> None:
    """A name that has another form now must not come back in the old one."""
    file.remember([Made("То Лам уехал.", "A", reading="Tô Lâm уехал.")], PAIR, MODEL)
    asked = [
        Asked("То Лам уехал.", "Tô Lâm уехал."),
        Asked("То Лам уехал."),
        Asked("Tô Lâm уехал."),
    ]
    assert targets(file.lookup(asked, PAIR, made_by=MODEL.key)) == ["A", None, "A"]
    ((made, maker),) = file.made(PAIR)
    assert (made.source, made.reading, maker) == ("То Лам уехал.", "Tô Lâm уехал.", MODEL)


def test_what_an_editor_approved_comes_first_whatever_the_model(file: MemoryFile) -> None:
    file.remember([Made(TEXT, "Máy.")], PAIR, MODEL)
    file.approve([Approved(TEXT, "Biên tập.")], PAIR)
    for maker in (MODEL, OTHER):
        (hit,) = file.lookup([Asked(TEXT)], PAIR, made_by=maker.key)
        assert hit == Hit("Biên tập.", Origin.APPROVED)
    # whatever the model was given to read
    asked = [Asked(TEXT, "Coffee выше среднего.")]
    assert targets(file.lookup(asked, PAIR)) == ["Biên tập."]


def test_warnings_come_back_as_they_were(file: MemoryFile) -> None:
    warnings = (
        EditorWarning("loop", "repeats «да»", Severity.ERROR),
        EditorWarning("tokens", "5 is missing", Severity.WARNING, target=Span(3, 9)),
    )
    file.remember([Made(TEXT, "x", warnings=warnings)], PAIR, MODEL)
    (hit,) = file.lookup([Asked(TEXT)], PAIR, made_by=MODEL.key)
    assert hit is not None
    assert hit.warnings == warnings


@given(
    st.lists(
        st.builds(
            EditorWarning,
            st.text(max_size=8),
            st.text(max_size=20),
            st.sampled_from(Severity),
            target=st.none() | st.builds(Span, st.integers(0, 99), st.integers(0, 99)),
        )
    )
)
def test_any_warnings_survive(warnings: list[EditorWarning]) -> None:
    assert warnings_from_json(warnings_to_json(warnings)) == tuple(warnings)


def test_strange_texts(file: MemoryFile) -> None:
    texts = ["", "\0", "a\0b", "'; DROP TABLE made; --", "я" * 1_000_000, "\U0001f600", "e\u0301"]
    file.remember([Made(text, f"<{len(text)}>") for text in texts], PAIR, MODEL)
    assert find(file, *texts) == [f"<{len(text)}>" for text in texts]
    assert find(file, "half \ud83d of a pair") == [None]


def test_more_texts_than_a_statement_takes(file: MemoryFile) -> None:
    texts = [f"Текст номер {number}." for number in range(2345)]
    file.remember([Made(text, text[::-1]) for text in texts], PAIR, MODEL)
    assert find(file, *texts) == [text[::-1] for text in texts]


def test_what_is_there_stays(file: MemoryFile) -> None:
    file.remember([Made(TEXT, "first")], PAIR, MODEL)
    file.remember([Made(TEXT, "second")], PAIR, MODEL)
    assert find(file, TEXT) == ["first"]


def test_approving(file: MemoryFile) -> None:
    first = [Approved("а", "A", "a", "one.txt"), Approved("б", "B"), Approved("а", "AA", "a", "x")]
    before = file.digest(PAIR)
    assert file.approve(first, PAIR) == Approval(added=2)
    after = file.digest(PAIR)
    assert after != before
    assert file.digest(("ru", "en")) == before
    again = [Approved("а", "AA"), Approved("б", "BB"), Approved("в", "V")]
    assert file.approve(again, PAIR) == Approval(added=1, changed=1, same=1)
    assert file.digest(PAIR) != after
    rows = {row.source: row for row in file.approved(PAIR)}
    assert [rows[text].target for text in "абв"] == ["AA", "BB", "V"]
    assert rows["а"].machine == "a"
    assert abs(rows["в"].changed - time.time()) < 60
    digest = file.digest(PAIR)
    assert file.approve(again, PAIR) == Approval(same=3)
    assert file.digest(PAIR) == digest
    assert file.find_approved(["а", "г"], PAIR) == {"а": rows["а"]}


@given(st.text(max_size=60))
def test_folding(text: str) -> None:
    assert fold_source(fold_source(text)) == fold_source(text)
    assert len(fold_target(text).splitlines()) <= 1
    assert fold_target(fold_target(text)) == fold_target(text)
    assert "".join(fold_target(text).split()) == "".join(fold_target(text.strip()).split())


def test_folding_keeps_the_editors_spaces() -> None:
    assert fold_target(" 10\u00a0000 tấn \n\t và\r\nhơn ") == "10\u00a0000 tấn và hơn"
    started = time.perf_counter()
    fold_target(" " * 5_000_000 + "x" + " \n" * 500_000)
    assert time.perf_counter() - started < 5


# --- several threads and processes -------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
from tolmach.memory import Approved, Made, MadeBy, MemoryFile
path, name, batches = sys.argv[1:]
file = MemoryFile(Path(path), timeout=60)
for batch in range(int(batches)):
    made = [Made(f"{name} {batch} {row}", "x" * 200) for row in range(20)]
    file.remember(made, ("ru", "vi"), MadeBy("k", "tiny", {}))
    file.approve([Approved(f"{name} {batch}", "y")], ("ru", "vi"))
    print(batch, flush=True)
file.close()
"""


def start_writer(path: Path, name: str, batches: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), name, str(batches)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_several_processes_make_and_fill_one_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "memory.sqlite3"
    writers = [start_writer(path, f"writer{number}", 15) for number in range(4)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    with closing(MemoryFile(path)) as file:
        found = stats(file)
        assert found["made"] == {"ru-vi": 4 * 15 * 20}
        assert found["approved"] == {"ru-vi": 4 * 15}
        assert file.digest(PAIR).startswith("60-") or file.digest(PAIR).endswith("-60")
    assert is_sound(path)


def test_what_was_stored_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    rng = random.Random(5)
    for attempt in range(4):
        with start_writer(path, f"w{attempt}", 100_000) as writer:
            assert writer.stdout is not None
            done = int(writer.stdout.readline())
            time.sleep(rng.random() * 0.1)
            writer.send_signal(signal.SIGKILL)
            done = max([done, *map(int, writer.stdout.read().split("\n")[:-1])])
        with closing(MemoryFile(path)) as file:
            wanted = [f"w{attempt} {batch} 19" for batch in range(done + 1)]
            assert None not in targets(file.lookup([Asked(t) for t in wanted], PAIR, made_by="k"))
        assert is_sound(path)


def test_a_file_serves_many_threads(file: MemoryFile) -> None:
    patient = MemoryFile(file.path, timeout=30)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(10):
                text = f"{number} {step}"
                patient.remember([Made(text, text)], PAIR, MODEL)
                assert find(patient, text) == [text]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert stats(patient)["made"] == {"ru-vi": 60}
    patient.close()
    assert find(patient, "3 3") == ["3 3"]  # it opens again
    patient.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks with threads
def test_a_forked_process_has_connections_of_its_own(file: MemoryFile) -> None:
    file.remember([Made("до", "before")], PAIR, MODEL)
    child = os.fork()
    if child == 0:
        try:
            file.remember([Made("дитя", "child")], PAIR, MODEL)
            file.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    file.remember([Made("после", "after")], PAIR, MODEL)
    assert find(file, "до", "дитя", "после") == ["before", "child", "after"]
    assert is_sound(file.path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be another program that does not finish."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_file_can_be_read(file: MemoryFile) -> None:
    file.remember([Made(TEXT, "x")], PAIR, MODEL)
    with locked(file.path):
        assert find(file, TEXT) == ["x"]
        with pytest.raises(TranslationMemoryError, match="in use by another program") as caught:
            file.remember([Made("б", "y")], PAIR, MODEL)
        assert caught.value.passing
    file.remember([Made("б", "y")], PAIR, MODEL)
    assert find(file, "б") == ["y"]


# --- files that cannot be used -----------------------------------------------------------------


def unusable(kind: str, path: Path) -> str:
    """Make a file that is no memory, and return what is said of it."""
    if kind == "text":
        path.write_text("this is a letter, not a database\n" * 100, encoding="utf-8")
        return "is no translation memory"
    if kind == "folder":
        path.mkdir()
        return "cannot be used"
    if kind == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bills (id)")
        return "database of another program"
    with closing(MemoryFile(path)) as file:
        rows = [Made(f"Текст {number}", "x" * 300) for number in range(200)]
        file.remember(rows, PAIR, MODEL)
    if kind == "newer":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
        return "made by a newer tolmach"
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 2000] = os.urandom(2000)
    path.write_bytes(data)
    return "is damaged"


KINDS = ("text", "folder", "foreign", "newer", "damaged")


@pytest.mark.parametrize("kind", KINDS)
def test_an_unusable_file_is_told_and_left_alone(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    said = unusable(kind, path)
    before = path.read_bytes() if path.is_file() else b""
    with closing(MemoryFile(path)) as file:
        with pytest.raises(TranslationMemoryError, match=said) as caught:
            file.lookup([Asked("Текст 7")], PAIR, made_by=MODEL.key)
        with pytest.raises(TranslationMemoryError):
            file.remember([Made("а", "b")], PAIR, MODEL)
    assert str(path) in str(caught.value)
    assert "--memory" in str(caught.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_goes_on_without_an_unusable_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    said = unusable(kind, path)
    notes: list[str] = []
    memory = open_memory(RunSettings(memory=str(path)), note=notes.append)
    for _ in range(3):
        assert memory.lookup([Asked("Текст 7")], PAIR, made_by=MODEL.key) == [None]
        memory.remember(Made("а", "b"), PAIR, MODEL)
        memory.flush(finally_=True)
        assert memory.suggest("Текст 7", PAIR) == ()
        assert memory.made_by("k") is None
        assert memory.digest(PAIR) == ""
    memory.close()
    assert len(notes) == 1
    assert said in notes[0]
    assert "the run goes on without it" in notes[0]
    assert not memory.is_on


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    notes: list[str] = []
    file = MemoryFile(path)
    file.remember([Made(TEXT, "x")], PAIR, MODEL)
    with file.reading() as connection:  # as full as a disk can be: no page more
        connection.execute("PRAGMA max_page_count = 1")
    memory = Memory(file, note=notes.append)
    for number in range(300):
        memory.remember(Made(f"{number} " * 50, "y" * 500), PAIR, MODEL)
    memory.flush(finally_=True)
    assert memory.lookup([Asked(TEXT)], PAIR, made_by=MODEL.key) != [None]
    assert len(notes) == 1
    assert "the disk is full" in notes[0]
    with file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    memory.close()  # there is room again
    assert stats(file)["made"] == {"ru-vi": 301}
    file.close()


def test_a_file_that_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    path = folder / "memory.sqlite3"
    with closing(MemoryFile(path)) as file:
        file.remember([Made(TEXT, "x")], PAIR, MODEL)
    # the superuser, as whom tests may run, may write everything
    path.chmod(0o444)
    folder.chmod(0o555)
    monkeypatch.setattr("os.access", lambda _, mode: not mode & os.W_OK)
    notes: list[str] = []
    memory = open_memory(RunSettings(memory=str(path)), note=notes.append)
    try:
        for _ in range(2):
            assert memory.lookup([Asked(TEXT)], PAIR, made_by=MODEL.key) != [None]
            memory.remember(Made("новое", "y"), PAIR, MODEL)
            memory.flush(finally_=True)
        memory.close()
    finally:
        folder.chmod(0o755)
    assert len(notes) == 1
    assert "nothing new is stored" in notes[0]
    assert [entry.name for entry in folder.iterdir()] == ["memory.sqlite3"]


def test_a_locked_file_loses_nothing(file: MemoryFile) -> None:
    file.remember([Made(TEXT, "x")], PAIR, MODEL)
    notes: list[str] = []
    memory = Memory(file, note=notes.append)
    with locked(file.path):
        for number in range(200):
            memory.remember(Made(f"Текст {number}", "y"), PAIR, MODEL)
        memory.flush(finally_=True)
        assert memory.lookup([Asked(TEXT)], PAIR, made_by=MODEL.key) != [None]
    memory.close()
    assert len(notes) == 1
    assert "stored when that is over" in notes[0]
    assert stats(file)["made"] == {"ru-vi": 201}


def test_what_can_never_be_stored_is_told(file: MemoryFile) -> None:
    file.remember([], PAIR, MODEL)
    notes: list[str] = []
    memory = Memory(file, note=notes.append)
    with locked(file.path):
        memory.remember(Made(TEXT, "y"), PAIR, MODEL)
        memory.close()
    assert "1 translations could not be stored" in notes[-1]


# --- versions ----------------------------------------------------------------------------------


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    with closing(MemoryFile(path)) as file:
        file.remember([Made(TEXT, "x")], PAIR, MODEL)
    newer = (*schema.MIGRATIONS, ("ALTER TABLE made ADD COLUMN later REAL",))
    for _ in range(2):  # the second time there is nothing to do
        with closing(schema.connect(path, timeout=1, migrations=newer)) as connection:
            assert connection.execute("SELECT target, later FROM made").fetchall() == [("x", None)]
            assert connection.execute("PRAGMA user_version").fetchone() == (len(newer),)
    with closing(MemoryFile(path)) as file, pytest.raises(TranslationMemoryError, match="newer"):
        find(file, TEXT)


def test_a_file_of_the_first_version_has_no_scores(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    schema.connect(path, timeout=1, migrations=schema.MIGRATIONS[:1]).close()
    with closing(sqlite3.connect(path)) as old:
        key = made_key(TEXT, PAIR, MODEL.key)
        old.execute("INSERT INTO model VALUES (1, ?, 'tiny', '{}')", (MODEL.key,))
        old.execute(
            "INSERT INTO made VALUES (1, ?, 1, ?, ?, ?, '', 'x', '', 1)", (key, *PAIR, TEXT)
        )
        old.commit()
    other = Made(f"{TEXT}!", "y", score=-0.25)
    with closing(MemoryFile(path)) as file:
        file.remember([other], PAIR, MODEL)
        asked = [Asked(TEXT), Asked(other.source)]
        found = file.lookup(asked, PAIR, made_by=MODEL.key)
        assert [(hit.target, hit.score) for hit in found if hit] == [("x", None), ("y", -0.25)]
        assert [made.score for made, _ in file.made(PAIR)] == [None, -0.25]


def test_an_update_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    with closing(MemoryFile(path)) as file:
        file.remember([Made(TEXT, "x")], PAIR, MODEL)
    broken = (*schema.MIGRATIONS, ("DROP TABLE made", "NONSENSE"))
    with pytest.raises(TranslationMemoryError):
        schema.connect(path, timeout=1, migrations=broken)
    with closing(MemoryFile(path)) as file:
        assert find(file, TEXT) == ["x"]


# --- a run's view ------------------------------------------------------------------------------


def test_which_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert memory_path() is None  # the tests' own setting
    assert memory_path("NONE") is None
    monkeypatch.setenv("TOLMACH_MEMORY", "~/mine.sqlite3")
    assert memory_path() == Path("~/mine.sqlite3").expanduser()
    assert memory_path(str(tmp_path / "x")) == tmp_path / "x"
    monkeypatch.delenv("TOLMACH_MEMORY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = memory_path()
    assert found is not None
    assert found.name == "memory.sqlite3"
    assert not found.exists()


def test_no_memory_knows_nothing() -> None:
    memory = open_memory(RunSettings(memory="none"))
    memory.remember(Made("а", "b"), PAIR, MODEL)
    assert memory.lookup([Asked("а")], PAIR, made_by=MODEL.key) == [None]
    assert memory.since == 0
    memory.close()


def test_what_this_run_made_does_not_count_as_found(file: MemoryFile) -> None:
    """Or it would depend on the moment when it is stored where a translation comes from."""
    file.remember([Made("старое", "old")], PAIR, MODEL)
    memory = Memory(file)
    assert memory.lookup([Asked("старое")], PAIR, made_by=MODEL.key)[0] is not None
    memory.remember(Made("новое", "new"), PAIR, MODEL)
    memory.flush(finally_=True)
    asked = [Asked("старое"), Asked("новое")]
    old, new = memory.lookup(asked, PAIR, made_by=MODEL.key)
    assert old is not None
    assert new is not None
    assert (old.origin, new.origin) == (Origin.MEMORY, Origin.MODEL)
    later = Memory(file)
    origins = [hit and hit.origin for hit in later.lookup(asked, PAIR, made_by=MODEL.key)]
    assert origins == [Origin.MEMORY, Origin.MEMORY]
    resumed = Memory(file)
    resumed.begin_at(memory.since)
    origins = [hit and hit.origin for hit in resumed.lookup(asked, PAIR, made_by=MODEL.key)]
    assert origins == [Origin.MEMORY, Origin.MODEL]


def test_full_lots_are_stored_at_once(file: MemoryFile) -> None:
    memory = Memory(file)
    for number in range(130):
        memory.remember(Made(f"Текст {number}", "x"), PAIR, MODEL)
    assert stats(file)["made"] == {"ru-vi": 128}
    memory.close()
    assert stats(file)["made"] == {"ru-vi": 130}


# --- similar texts -----------------------------------------------------------------------------

words = st.sampled_from(["мост", "через", "новый", "канал", "старый", "два", "и", "свяжет"])
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)


@given(st.lists(sentences | st.text(max_size=20), max_size=30), sentences, st.floats(0.3, 1.0))
def test_nothing_similar_is_missed(texts: list[str], text: str, at_least: float) -> None:
    scores = [Indel.normalized_similarity(text, other) for other in texts]
    wanted = [(place, score) for place, score in enumerate(scores) if score >= at_least]
    wanted.sort(key=lambda item: (-item[1], item[0]))
    assert SimilarTexts(texts).find(text, limit=4, at_least=at_least) == wanted[:4]


def test_long_texts_are_not_compared() -> None:
    index = SimilarTexts(["я" * 1_000_000, "мост", ""])
    assert index.find("я" * 1_000_000, limit=3, at_least=0.7) == []
    assert index.find("", limit=3, at_least=0.7) == []
    assert index.find("мосты", limit=3, at_least=0.7) == [(1, pytest.approx(8 / 9))]
    assert SimilarTexts([]).find("мост", limit=3, at_least=0.7) == []


def test_suggestions_are_what_editors_approved_for_similar_texts(file: MemoryFile) -> None:
    known = ["Мост открыли в мае.", "Мост открыли в июне.", "Совсем другое предложение здесь."]
    file.approve([Approved(text, f"<{text}>") for text in known], PAIR)
    file.remember([Made("Мост открыли в июле.", "by a model")], PAIR, MODEL)
    memory = Memory(file)
    found = memory.suggest("Мост открыли в мае!", PAIR)
    assert [item.source for item in found] == known[:2]
    assert found[0].target == "<Мост открыли в мае.>"
    assert 0.75 <= found[1].similarity < found[0].similarity < 1
    # the text itself is no suggestion
    assert [item.source for item in memory.suggest(known[0], PAIR)] == [known[1]]
    assert len(memory.suggest(known[0], PAIR, limit=0)) == 0
    assert memory.suggest(known[0], ("ru", "en")) == ()


# --- upkeep ------------------------------------------------------------------------------------


def age(file: MemoryFile, source: str, days: int) -> None:
    """Make an entry older."""
    with file.writing() as connection:
        sql = "UPDATE made SET used = used - ? WHERE source = ?"
        connection.execute(sql, (days, source))
        sql = "UPDATE approved SET changed = changed - ? WHERE source = ?"
        connection.execute(sql, (days * 86_400, source))


def test_stats(file: MemoryFile) -> None:
    file.remember([Made("а", "A"), Made("б", "B")], PAIR, MODEL)
    file.remember([Made("а", "A")], ("ru", "en"), OTHER)
    file.approve([Approved("а", "A", document="x"), Approved("б", "B", document="y")], PAIR)
    age(file, "а", 3)
    found = stats(file)
    assert found["made"] == {"ru-en": 1, "ru-vi": 2}
    assert found["approved"] == {"ru-vi": 2}
    assert found["documents"] == 2
    assert found["bytes"] > 4096
    tiny = {"name": "tiny", "key": MODEL.key, "segments": 2}
    days = {"last used, days": 0, "first used, days": 3}
    assert found["models"][1] == tiny | days
    assert found["models"][0]["name"] == "other"


def test_pruning_by_age_goes_by_the_last_use(file: MemoryFile) -> None:
    file.remember([Made("а", "A"), Made("б", "B"), Made("в", "C")], PAIR, MODEL)
    file.approve([Approved("а", "AA")], PAIR)
    for text in "абв":
        age(file, text, 100)
    memory = Memory(file)
    memory.lookup([Asked("в")], PAIR, made_by=MODEL.key)  # used again today
    memory.flush(finally_=True)
    gone = prune(file, unused_days=30)
    assert (gone.made, gone.approved) == (2, 0)
    assert find(file, "а", "б", "в") == ["AA", None, "C"]
    digest = file.digest(PAIR)
    gone = prune(file, unused_days=30, approved=True)
    assert (gone.made, gone.approved) == (0, 1)
    assert file.digest(PAIR) != digest
    assert find(file, "а") == [None]


def test_pruning_by_model(file: MemoryFile) -> None:
    file.remember([Made("а", "A")], PAIR, MODEL)
    file.remember([Made("а", "A")], PAIR, OTHER)
    assert prune(file, model="tiny", unused_days=1).made == 0
    assert prune(file, model="tiny").made == 1
    assert file.made_by(MODEL.key) is None
    assert find(file, "а", made_by=OTHER) == ["A"]


def test_pruning_gives_the_space_back(file: MemoryFile) -> None:
    file.remember([Made(f"{n}", "x" * 1000) for n in range(1000)], PAIR, MODEL)
    before = stats(file)["bytes"]
    prune(file, model="tiny")
    assert stats(file)["bytes"] < before / 10


def test_pruning_needs_to_know_what(file: MemoryFile) -> None:
    with pytest.raises(ConfigError, match="--older-than"):
        prune(file)
    with pytest.raises(ConfigError, match="no model"):
        prune(file, model="tiny", unused_days=3, approved=True)


def test_entries_are_frozen() -> None:
    assert replace(Approved("а", "A"), target="B") == Approved("а", "B")
    with pytest.raises(AttributeError):
        Made("а", "A").target = "B"  # type: ignore[misc]
