"""Bad and odd input, each given to the real command."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from commands import Command
from fakes import FakeCatalog, latin

from tolmach.composition import load_config
from tolmach.config.run import RunSettings
from tolmach.pipeline import load
from tolmach.readers import READERS

BYTES = bytes(random.Random(3).choices(range(128, 256), k=3000))
LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "empty.txt is empty"),
        ("white.txt", b" \n\t\r\n\xc2\xa0\n", "white.txt is empty"),
        ("photo.txt", b"\xff\xd8\xff\xe0\x00\x10JFIF" + BYTES, "photo.txt is a JPEG image"),
        ("office.txt", b"PK\x03\x04" + BYTES, "office.txt is a ZIP archive or an office document"),
        ("noise.txt", bytes(range(256)) * 8, "noise.txt is not a text file"),
        ("visit.pdf", RUSSIAN[0].encode(), "visit.pdf: cannot read this kind of file, only .txt"),
    ],
)
def test_what_is_no_text_is_refused(
    command: Command, name: str, content: bytes, message: str
) -> None:
    command.write(name, content)
    result = command("translate", name, "--to", "en", "--quiet")
    assert result.code == 1
    assert result.err.startswith(f"tolmach: failed: {message}")
    assert result.record(name)["status"] == "failed"
    assert message in result.record(name)["error"]
    assert result.files() == ["run.json"]


def test_encodings_are_recognised(command: Command) -> None:
    text = "\n\n".join(RUSSIAN[:8]).replace("—", "-") + "\n"
    encodings = ("utf-8", "utf-8-sig", "utf-16", "koi8-r", "cp1251", "cp866")
    for encoding in encodings:
        command.write(f"{encoding}.txt", text.replace("\n", "\r\n").encode(encoding))
    result = command("translate", ".", "--to", "en", "--quiet")
    assert (result.code, result.err) == (0, "")
    for encoding in encodings:
        assert result.read(f"out/en/{encoding}.txt") == text, encoding


def test_bytes_in_no_encoding_are_an_error_or_a_warning(command: Command) -> None:
    command.write("a.txt", BYTES)
    result = command("translate", "a.txt", "--to", "en", "--quiet")
    record = result.record("a.txt")
    if record["status"] == "failed":
        assert "a.txt" in record["error"]
    else:
        assert "encoding" in {warning["code"] for warning in record["warnings"]}


def test_a_folder_without_articles(command: Command) -> None:
    command.write("docs/readme.rst", "Nothing")
    (command.folder / "x.txt").mkdir()
    result = command("translate", "docs", "x.txt", "gone", "--to", "en")
    assert result.code == 2
    kinds = ", ".join(READERS)
    assert result.err.splitlines() == [
        f"tolmach: docs: no articles in this folder (looked for {kinds})",
        f"         x.txt: no articles in this folder (looked for {kinds})",
        "         gone: no such file or folder",
    ]
    assert not (command.folder / "out").exists()


def test_a_folder_may_be_called_like_a_text(command: Command) -> None:
    command.write("x.txt/a.txt", RUSSIAN[0])
    result = command("translate", ".", "--to", "en", "--quiet")
    assert result.files() == ["en/x.txt/a.txt", "run.json"]


def test_links_that_lead_nowhere(command: Command) -> None:
    command.write("news/a.txt", RUSSIAN[0])
    (command.folder / "news" / "dangling.txt").symlink_to("gone.txt")
    (command.folder / "news" / "round.txt").symlink_to("round.txt")
    result = command("translate", "news", "--to", "en", "--quiet")
    assert result.code == 1
    assert "Traceback" not in result.err
    assert result.record("dangling.txt")["error"] == "news/dangling.txt: no such file"
    assert result.record("round.txt")["status"] == "failed"
    assert result.read("out/en/a.txt") == RUSSIAN[0] + "\n"
    named = command("translate", "news/dangling.txt", "--to", "en", "--quiet")
    assert named.code == 1


def test_a_very_long_sentence_is_cut_and_nothing_is_lost(command: Command) -> None:
    clauses = [text.rstrip(".").lower() for text in RUSSIAN if ":" not in text and "," not in text]
    sentence = "Утром стоял туман"
    while len(sentence) < 3000:
        sentence += ", " + clauses[len(sentence) % len(clauses)]
    command.write("long.txt", sentence + ".\n")
    result = command("translate", "long.txt", "--to", "en", "--quiet")
    assert result.code == 0, result.err
    # joining the pieces may change letter case and punctuation at the seams only
    assert _words(result.read("out/en/long.txt")) == _words(sentence)
    record = result.record("long.txt")
    assert record["segments"] == 1
    assert [warning["code"] for warning in record["warnings"]] == ["long_sentence"]


def _words(text: str) -> list[str]:
    return [word.strip(".,").lower() for word in text.split()]


def huge_line(characters: int) -> str:
    # in digits that the tiny model knows; equal sentences would be translated once
    numbers = map("".join, itertools.product("12456", repeat=6))
    texts = (" ".join((*RUSSIAN[:13], f"Строка номер {number}.")) for number in numbers)
    parts = []
    while characters > 0:
        parts.append(next(texts))
        characters -= len(parts[-1]) + 1
    return " ".join(parts) + "\n"


def test_five_megabytes_on_one_line(catalog: FakeCatalog, tmp_path: Path) -> None:
    # even a tiny network needs minutes for so much, so all but the network is tried here
    path = tmp_path / "huge.txt"
    path.write_text(huge_line(2_800_000), encoding="utf-8")
    assert path.stat().st_size > 5_000_000
    config = load_config("news").without("summarize")
    run = RunSettings(device="cpu", offline=True, cache=str(tmp_path / "cache"))
    started = time.perf_counter()
    with load(config, model=str(catalog.folder), settings=run) as pipeline:
        article = pipeline.translate(path, to="en")
    assert time.perf_counter() - started < 40
    assert len(article.blocks) == 1
    assert len(article.segments) > 30_000
    assert sum(len(part.source) + 1 for part in article.segments) == len(article.document.text)
    assert article.text.startswith(latin(RUSSIAN[0]))


def test_a_long_line_goes_through_the_command(command: Command) -> None:
    line = huge_line(170_000)
    assert len(line.encode()) > 290_000
    command.write("long.txt", line)
    result = command("translate", "long.txt", "--to", "en", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert result.read("out/en/long.txt") == line


def test_emoji_and_control_characters(command: Command) -> None:
    controls = f"\x07{RUSSIAN[1][:10]}\x00\x1b{RUSSIAN[1][10:]}\u200b"
    text = f"{RUSSIAN[0]} 👩‍🚀🇻🇳\n\n{controls}\n\n🎉 {RUSSIAN[5]} 🎉\n"
    command.write("a.txt", text)
    result = command("translate", "a.txt", "--to", "en", "--quiet")
    assert (result.code, result.err) == (0, "")
    translated = result.read("out/en/a.txt")
    assert RUSSIAN[1] in translated
    assert translated.endswith(" 🎉\n")
    assert "👩‍🚀🇻🇳\n\n" in translated
    assert not set(translated) & set("\x00\x07\x1b\u200b")
    warnings = {warning["code"] for warning in result.record("a.txt")["warnings"]}
    assert "control_characters" in warnings


def test_an_english_text_stays_as_it_is(command: Command) -> None:
    text = "A new bridge\n\nIt links two districts, the mayor said.\n\n\nFog lay over the river.\n"
    command.write("a.txt", text)
    result = command("translate", "a.txt", "--summary", "--model", "nothing-is-loaded")
    assert result.code == 0, result.err
    record = result.record("a.txt")
    assert record["status"] == "unchanged"
    assert [warning["code"] for warning in record["warnings"]] == ["not_russian"]
    assert result.read("out/en/a.txt") == result.read("out/vi/a.txt") == text


def test_a_file_may_vanish(command: Command) -> None:
    for number in range(2):
        command.write(f"{number}.txt", RUSSIAN[number])
    # deleted after it was found
    setup = (
        "import os, tolmach.inputs as i\nfind = i.find_inputs\n"
        "def vanish(*a, **k):\n    found = find(*a, **k)\n    os.remove('0.txt')\n"
        "    return found\n"
        "i.find_inputs = vanish"
    )
    result = replace(command, setup=setup)("translate", ".", "--to", "en", "--quiet")
    assert result.code == 1
    assert result.record("0.txt")["error"] == "0.txt: no such file"
    assert result.record("1.txt")["status"] == "done"


# --- permissions and space ---------------------------------------------------------------------


@pytest.fixture
def unprivileged(command: Command) -> Iterator[Command]:
    """The command as somebody for whom the modes of files count, which for root they do not."""
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may do everything, and there is no setpriv to change that")
        lacking = "-dac_override,-dac_read_search"
        prefix = ("setpriv", f"--inh-caps={lacking}", f"--bounding-set={lacking}")
        command = replace(command, prefix=prefix)
    yield command
    for path in command.folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def test_what_may_not_be_read(unprivileged: Command) -> None:
    unprivileged.write("a.txt", RUSSIAN[0])
    unprivileged.write("b.txt", RUSSIAN[1]).chmod(0)
    result = unprivileged("translate", "a.txt", "b.txt", "--to", "en", "--quiet")
    assert result.code == 1
    assert result.record("b.txt")["error"] == "b.txt: no permission to read it"
    assert result.record("a.txt")["status"] == "done"


def test_folders_that_may_not_be_searched(unprivileged: Command) -> None:
    unprivileged.write("news/a.txt", RUSSIAN[0])
    unprivileged.write("news/closed/b.txt", RUSSIAN[1])
    (unprivileged.folder / "news" / "closed").chmod(0)
    for source in ("news", "news/closed", "news/closed/b.txt"):
        result = unprivileged("translate", source, "--to", "en")
        assert result.code == 2
        assert "Traceback" not in result.err
        assert "news/closed" in result.err


def test_an_output_folder_that_may_not_be_written_into(unprivileged: Command) -> None:
    unprivileged.write("a.txt", RUSSIAN[0])
    closed = unprivileged.folder / "closed"
    closed.mkdir()
    closed.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
    for folder in ("closed", "closed/deeper"):
        result = unprivileged("translate", "a.txt", "--to", "en", "--out", folder)
        assert result.code == 2
        # at once, not after hours of translating
        assert result.err == f"tolmach: {folder}: cannot be written into: Permission denied\n"


def test_a_file_in_place_of_an_output(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    command.write("out/en", "in the way")
    result = command("translate", "a.txt", "--quiet")
    assert result.code == 1
    assert "out/en/a.txt: cannot be written" in result.err
    assert result.record("a.txt")["status"] == "failed"


def test_no_space_in_the_cache(command: Command, tmp_path: Path) -> None:
    command.write("a.txt", RUSSIAN[0])
    limited = replace(command, cache=tmp_path / "full", setup=LIMIT.format(200_000))
    result = limited("translate", "a.txt", "--to", "en")
    assert result.code == 2
    assert "model copying cannot be prepared" in result.err
    assert "TOLMACH_CACHE" in result.err
    assert "Traceback" not in result.err
    # nothing half done is left, and with more space it goes on
    assert [path.name for path in (tmp_path / "full").rglob("*.bin")] == []


def test_no_space_for_the_results(command: Command) -> None:
    command.write("small.txt", RUSSIAN[0])
    command.write("large.txt", "\n\n".join(RUSSIAN * 3))
    limited = replace(command, setup=LIMIT.format(4000))
    result = limited("translate", ".", "--to", "en", "--quiet")
    # not even the report has room; what fitted is complete
    assert result.code == 2
    assert "out/run.json: cannot be written: File too large" in result.err
    assert result.files() == ["en/small.txt"]
    assert result.read("out/en/small.txt") == RUSSIAN[0] + "\n"


def test_a_missing_model_package_is_named(command: Command) -> None:
    command.write("a.txt", RUSSIAN[0])
    command.write(
        "card.yaml",
        json.dumps(
            {
                "name": "absent",
                "summary": "a model that nobody has",
                "family": "marian",
                "origin": {"repository": "nobody/nothing", "size_mb": 1},
                "licence": {"name": "MIT", "commercial": True},
                "pairs": ["ru-en"],
            }
        ),
    )
    result = command("translate", "a.txt", "--to", "en", "--model", "./card.yaml")
    assert result.code == 2
    assert "no model for ru to en is available" in result.err
    assert "absent: not in the cache, and offline" in result.err
    assert "pip install 'tolmach[embedded]'" in result.err
