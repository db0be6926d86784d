"""Help, usage errors, and how fast the command starts."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from checkpoints import RUSSIAN
from commands import ROOT, Command

import tolmach

COMMANDS = [
    [],
    ["translate"],
    ["models"],
    ["models", "list"],
    ["models", "show"],
    ["models", "prepare"],
    ["pipelines"],
    ["pipelines", "list"],
    ["pipelines", "show"],
    ["pipelines", "check"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_names_every_option(command: Command, words: list[str]) -> None:
    result = command(*words, "--help") if words != ["translate"] else _plain(command, "translate")
    assert result.code == 0
    assert result.out.startswith("usage: tolmach")
    named = set(re.findall(r"--[a-z]+", result.out.split("\n\n", 1)[0]))
    described = set(re.findall(r"^ +(?:-h, )?(--[a-z]+)", result.out, re.MULTILINE))
    assert named - {"--help"} <= described
    # every option has a sentence: something stands beside or below it
    assert not re.search(r"^ +--\S+(?: [A-Z]+)?\n +--", result.out, re.MULTILINE)


def _plain(command: Command, *words: str):  # type: ignore[no-untyped-def]
    # without the arguments that are added for translating
    return replace(command, setup="import sys; sys.argv = ['tolmach', 'translate', '--help']")(
        *words
    )


def test_every_option_of_translate_is_in_its_help(command: Command) -> None:
    result = _plain(command, "translate")
    options = "to out summary format pipeline config model device threads offline quiet json"
    for option in options.split():
        assert re.search(rf"^  --{option}\b", result.out, re.MULTILINE), option


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage: tolmach"),
        (["translat"], "invalid choice"),
        (["models"], "required: ACTION"),
        (["translate", "a.txt", "--to", "fr"], "invalid choice: 'fr'"),
        (["translate", "a.txt", "--threads", "-3"], "threads: "),
        (["translate", "a.txt", "--threads", "two"], "invalid int"),
        (["translate", "a.txt", "--pipeline", "nows"], "known: draft, news"),
        (["translate", "a.txt", "--pipeline", "nothing.yaml"], "no file nothing.yaml"),
        (["translate", "a.txt", "--config", "gpu"], "known: auto, cpu, cuda"),
        (["translate", "nothing.txt", "no/where"], "no/where: no such file or folder"),
        (["translate", ""], "the name of a source is empty"),
        (["translate", "a.txt", "--out", "a.txt"], "there is a file of that name"),
        (["translate", "a.txt", "--model", "nobody"], "no model named 'nobody'"),
    ],
)
def test_usage_errors(command: Command, arguments: list[str], message: str) -> None:
    command.write("a.txt", RUSSIAN[0])
    result = command(*arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err


def test_the_version(command: Command) -> None:
    assert command("--version").out == f"tolmach {tolmach.__version__}\n"


def test_help_starts_at_once(command: Command) -> None:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        assert command("--help").code == 0
        times.append(time.perf_counter() - started)
    assert statistics.median(times) < 0.5, times


@pytest.mark.parametrize("words", [["--help"], ["translate", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nfrom tolmach.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'transformers', 'ctranslate2', 'rich', 'pydantic', 'numpy', 'yaml',"
        " 'huggingface_hub'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, cwd=ROOT, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
