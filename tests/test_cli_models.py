"""``tolmach models`` in a process of its own, with a hub on this machine."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hub as stand_in
import pytest
from commands import Command
from hub import COMMIT, Hub

from tolmach.cli.progress import LineDisplay

SETTINGS = "device: cpu\nthreads: 1\nprecision: float32\n"
RESEARCH = {"name": "CC-BY-NC-4.0", "commercial": False}


def write_card(command: Command, name: str = "some-model", **changes: Any) -> str:
    card = {
        "name": name,
        "summary": "of the tests",
        "family": "marian",
        "origin": {"repository": stand_in.REPOSITORY, "size_mb": 1},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["ru-en"],
        "language_tokens": {},
        "decoding": {"beam": 1},
        # the copying checkpoint does not translate
        "canary": {},
        **changes,
    }
    command.write(f"{name}.yaml", json.dumps(card))
    command.write("run.yaml", SETTINGS)
    return f"{name}.yaml"


@pytest.fixture
def remote() -> Iterator[Hub]:
    with stand_in.running() as found:
        yield found


@pytest.fixture
def alone(tmp_path: Path, remote: Hub, copying_checkpoint: Path) -> Command:
    """The command with an empty cache, and a hub with a private model."""
    remote.serve(copying_checkpoint).token = "secret"
    variables = stand_in.environment(remote, tmp_path)
    return Command(tmp_path, tmp_path / "cache", copying_checkpoint, variables)


RUN = ("--config", "run.yaml")


def test_life_of_a_model(alone: Command, remote: Hub) -> None:
    """Pulled, found complete, checked, damaged, fetched again, removed."""
    card = write_card(alone)
    refused = alone("models", "pull", card, *RUN)
    assert refused.code == 2
    assert "HF_TOKEN" in refused.err
    assert "Traceback" not in refused.err

    pulled = alone.with_environment(HF_TOKEN="secret")("models", "pull", card, *RUN)
    assert pulled.code == 0, pulled.err
    assert "some-model is downloaded: " in pulled.out
    assert f"MB, commit {COMMIT[:10]}" in pulled.out
    assert "some-model is ready: " in pulled.out
    assert "downloading someone/some-model (" in pulled.err
    assert remote.leaked == []
    lock = json.loads((alone.cache / "models.lock.json").read_text(encoding="utf-8"))
    assert lock["models"][f"{stand_in.REPOSITORY}@main"]["commit"] == COMMIT

    # from now on nobody is asked
    remote.asked.clear()
    nowhere = alone.with_environment(HF_ENDPOINT=stand_in.closed_port())
    again = nowhere("models", "pull", card, *RUN)
    assert (again.code, remote.asked) == (0, [])
    assert "was complete already" in again.out
    checked = nowhere("models", "check", card, *RUN)
    assert checked.code == 0, checked.out
    assert checked.out.startswith("some-model: ok: ")
    assert "loads and translates" in checked.out

    # what is prepared and the lock file are enough for another machine
    elsewhere = nowhere.with_environment(HF_HOME=str(alone.folder / "empty"), HF_HUB_OFFLINE="1")
    assert "prepared as float32" in elsewhere("models", "check", card, *RUN).out
    assert elsewhere("models", "pull", card, *RUN).out.startswith("some-model is ready: ")

    damage(alone.folder / "hf", "vocab.json")
    failed = nowhere("models", "check", card, *RUN)
    assert failed.code == 1
    assert "some-model: FAILED" in failed.out
    assert "vocab.json" in failed.out
    assert "tolmach models pull --update some-model" in failed.out

    removed = nowhere("models", "remove", card, *RUN)
    assert removed.code == 0
    assert "removed: prepared forms (" in removed.out
    removed = nowhere("models", "remove", card, "--downloads", *RUN)
    assert "someone/some-model in the hub cache (" in removed.out
    assert not list((alone.folder / "hf").rglob("*.safetensors"))
    assert (alone.cache / "models.lock.json").is_file()
    removed = nowhere("models", "remove", card, "--downloads", "--lock", *RUN)
    assert removed.out == "some-model: removed: entry in the lock file\n"
    assert nowhere("models", "remove", card, *RUN).out == "some-model: nothing to remove\n"
    assert nowhere("models", "check", card, *RUN).code == 1


def damage(folder: Path, name: str) -> None:
    (path,) = folder.rglob(f"snapshots/*/{name}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.resolve().write_bytes(bytes(content))


class TestPull:
    @pytest.mark.parametrize("way", ["--offline", "HF_HUB_OFFLINE", "offline: true"])
    def test_offline(self, alone: Command, remote: Hub, way: str) -> None:
        card = write_card(alone)
        arguments = ["models", "pull", card, *RUN]
        if way == "--offline":
            arguments.append(way)
        elif way == "HF_HUB_OFFLINE":
            alone = alone.with_environment(HF_HUB_OFFLINE="1")
        else:
            alone.write("run.yaml", f"{SETTINGS}{way}\n")
        done = alone(*arguments)
        assert done.code == 2
        assert "offline" in done.err
        assert remote.asked == []

    def test_policy(self, alone: Command, remote: Hub) -> None:
        card = write_card(alone, licence=RESEARCH)
        done = alone("models", "pull", card, "--licences", "commercial", *RUN)
        assert done.code == 2
        assert "CC-BY-NC-4.0" in done.err
        alone.write("run.yaml", f"{SETTINGS}licences: commercial\n")
        assert alone("models", "pull", card, *RUN).code == 2
        done = alone("models", "prepare", card, *RUN)
        assert "CC-BY-NC-4.0" in done.err
        assert remote.asked == []

    def test_others_go_on(self, alone: Command, copying_checkpoint: Path) -> None:
        missing = write_card(alone, "missing", origin={"repository": "someone/else"})
        done = alone("models", "pull", missing, str(copying_checkpoint), *RUN)
        assert done.code == 1
        assert "404" in done.err
        assert "copying is ready" in done.out

    def test_unknown_name_is_said_before_anything_is_done(
        self, alone: Command, remote: Hub
    ) -> None:
        done = alone("models", "pull", write_card(alone), "no-such-model", *RUN)
        assert done.code == 2
        assert "no-such-model" in done.err
        assert remote.asked == []

    def test_lock_file_elsewhere(self, alone: Command) -> None:
        alone.write("run.yaml", f"{SETTINGS}lock: here/models.lock.json\n")
        alone.write("here/models.lock.json", "{")
        card = write_card(alone)
        alone.write("run.yaml", f"{SETTINGS}lock: here/models.lock.json\n")
        done = alone("models", "pull", card, *RUN)
        assert done.code == 2
        assert "here/models.lock.json is damaged" in done.err

    def test_hub_is_not_there(self, alone: Command) -> None:
        alone = alone.with_environment(HF_ENDPOINT=stand_in.closed_port())
        done = alone("models", "pull", write_card(alone), *RUN)
        assert done.code == 2
        assert "cannot be reached" in done.err
        assert "Traceback" not in done.err


class TestRemove:
    def test_unknown_name(self, alone: Command) -> None:
        write_card(alone)
        done = alone("models", "remove", "no-such-model", *RUN)
        assert done.code == 2
        assert "no-such-model" in done.err

    def test_checkpoint_given_by_its_path_stays(
        self, alone: Command, prepared_cache: Path, copying_checkpoint: Path
    ) -> None:
        write_card(alone)
        shutil.copytree(prepared_cache, alone.cache)
        other = alone.cache / "models" / "copying-more-0123456789ab-int8"
        other.mkdir()
        before = sorted(path.name for path in copying_checkpoint.iterdir())
        done = alone("models", "remove", str(copying_checkpoint), "--downloads", "--lock", *RUN)
        assert "copying: removed: prepared forms" in done.out
        assert sorted(path.name for path in copying_checkpoint.iterdir()) == before
        # the name of another model that begins the same
        assert other.is_dir()

    def test_model_whose_card_has_gone(self, alone: Command) -> None:
        write_card(alone)
        folder = alone.cache / "models" / "old-one-0123456789ab-int8"
        folder.mkdir(parents=True)
        (folder / "model.bin").write_bytes(b"x" * 200_000)
        done = alone("models", "remove", "old-one", *RUN)
        assert done.out == "old-one: removed: prepared forms (0.2 MB)\n"
        assert not folder.exists()


class TestLicences:
    def test_table(self, alone: Command) -> None:
        done = alone("models", "licences")
        assert done.code == 0
        for part in ("embedded", "CC-BY-4.0", "commercial", "attribution"):
            assert part in done.out

    def test_json(self, alone: Command) -> None:
        rows = json.loads(alone("models", "licences", "--json").out)
        found = {row["model"]: row for row in rows}
        assert found["opus-mt-tc-big-zle-en"]["licence"] == "CC-BY-4.0"
        assert found["opus-mt-tc-big-zle-en"]["commercial"] is True
        assert set(rows[0]) == {"model", "licence", "url", "commercial", "attribution"}

    def test_translate_refuses(self, alone: Command, remote: Hub) -> None:
        card = write_card(alone, licence=RESEARCH)
        alone.write("a.txt", "Новый мост.")
        arguments = ("translate", "a.txt", "--to", "en", "--model", card, *RUN)
        done = alone(*arguments, "--licences", "commercial")
        assert "does not allow commercial use" in done.err
        assert done.code != 0
        assert remote.asked == []


def test_help_teaches(alone: Command) -> None:
    done = alone("models", "--help")
    assert done.code == 0
    for part in ("pull opus-mt-ru-en", "--update", "remove", "licences", "docs/downloads.md"):
        assert part in done.out


def test_check_of_an_empty_cache(alone: Command) -> None:
    write_card(alone)
    done = alone("models", "check", *RUN)
    assert (done.code, done.out) == (0, "no model is downloaded or prepared here\n")


def test_plain_lines_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal a download is a line now and then, and each new step is a line."""
    now = [1000.0]
    monkeypatch.setattr("tolmach.cli.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    display = LineDisplay(stream)
    for second in range(25):
        now[0] = 1000.0 + second
        display.preparing(f"downloading a/b ({second} of 25 MB)", second / 50)
    display.preparing("loading the checkpoint", 0.5)
    display.preparing("ready", 1.0)
    assert stream.getvalue().splitlines() == [
        "preparing the model, 0%: downloading a/b (0 of 25 MB)",
        "preparing the model, 20%: downloading a/b (10 of 25 MB)",
        "preparing the model, 40%: downloading a/b (20 of 25 MB)",
        "preparing the model, 50%: loading the checkpoint",
        "preparing the model, 100%: ready",
    ]
