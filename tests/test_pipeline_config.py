"""Pipelines as they are configured: from YAML, from Python, from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import yaml
from fakes import FakeCatalog, latin

from tolmach import resources
from tolmach.cli.main import _parser
from tolmach.cli.translate_config import settings_of
from tolmach.composition import PipelineConfig, load_config
from tolmach.config.run import BatchSettings, RunSettings, load_run_settings
from tolmach.errors import ConfigError
from tolmach.pipeline import Pipeline, load

GOOD = {
    "stages": ["read", "clean", "split", {"translate": {"models": {"en": ["embedded"]}}}, "write"]
}


def written(folder: Path, text: str | dict[str, object]) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text), encoding="utf-8")
    return path


def problems(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    # the message of the error shows every one of them
    assert str(caught.value).count("\n") + 1 == len(caught.value.problems)
    return [(problem.line, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize("name", resources.names("pipelines"))
def test_every_shipped_pipeline_loads(name: str) -> None:
    config = load_config(name)
    assert config.name == name
    assert config.summary
    assert [stage.name for stage in config.stages][:3] == ["read", "clean", "split"]
    with Pipeline(config) as pipeline:
        assert pipeline.signature["pipeline"] == f"{name} {config.fingerprint()}"
    assert load_config(config) is config


def test_a_pipeline_loads_by_name_path_and_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for source in (path, str(path), load_config(path)):
        with load(source) as pipeline:
            assert pipeline.config.name == "mine"
    with load() as pipeline:
        assert pipeline.config.name == "news"
    with pytest.raises(ConfigError, match=r"no pipeline named 'nows'; known: .*news"):
        load("nows")
    with pytest.raises(ConfigError, match="no file"):
        load(tmp_path / "nothing.yaml")


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "sumary: spelt wrongly\n"  # 1
        "stages:\n"
        "  - read:\n"
        "      max_megabyte: 3\n"  # 4
        "  - clean:\n"
        "      actions: {title: kepe}\n"  # 6
        "  - spilt\n"  # 7
        "  - translate:\n"
        "      models: {fr: [embedded]}\n"  # 9
        "      beam: 3\n"  # 10
        "  - write:\n"
        "      formats: [html]\n"  # 12
        "  - [read, clean]\n",  # 13
    )
    found = dict(problems(path))
    assert sorted(found) == [1, 4, 6, 7, 9, 10, 12, 13]
    assert "unknown key 'sumary'" in found[1]
    assert "did you mean 'max_megabytes'" in found[4]
    assert "no stage 'spilt'" in found[7]
    assert "'fr' is no target language" in found[9]
    assert "unknown key 'beam'" in found[10]
    assert "no format html" in found[12]
    assert "a stage is a name" in found[13]


def test_the_order_of_stages_is_checked(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "stages:\n  - read\n  - split\n  - write\n  - translate:\n      models: {en: [embedded]}\n"
        "  - summarize:\n      sentences: 99\n  - read\n",
    )
    found = problems(path)
    assert [line for line, _ in found] == [8, 3, 4, 5, 7, 9]
    messages = [message for _, message in found]
    assert "1 to 30, or auto" in messages[0]
    assert "'split' needs clean before it" in messages[1]
    assert "'write' needs translate before it" in messages[2]
    assert "'translate' comes after 'write'" in messages[3]
    assert "'summarize' comes after 'write'" in messages[4]
    assert "'read' stands here a second time" in messages[5]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("stages: [read, clean, split]\n", 0, "'translate' is missing"),
        ("stages: []\n", 1, "at least one stage"),
        ("summary: nothing else\n", 1, "at least one stage"),
        ("", 1, "at least one stage"),
        ("stages: read\n", 1, "must be a list"),
        ("- read\n", 1, "mapping"),
        ("stages: [read\n", 2, "not valid YAML"),
        ("stages:\n  - read: {max_megabytes: 1, max_megabytes: 2}\n", 2, "a second time"),
        ("summary: a\nstages: [read]\nsummary: b\n", 3, "a second time"),
    ],
)
def test_single_mistakes(tmp_path: Path, text: str, line: int, message: str) -> None:
    found = problems(written(tmp_path, text))
    assert any(message in text and place == line for place, text in found), found


def test_order_is_checked_for_pipelines_made_in_python() -> None:
    config = load_config("news")
    backwards = PipelineConfig("backwards", tuple(reversed(config.stages)))
    with pytest.raises(ConfigError, match="'write' needs translate before it"):
        load(backwards)
    with pytest.raises(ConfigError, match="'translate' is missing"):
        load(PipelineConfig("empty", ()))


def test_options_can_be_changed() -> None:
    config = load_config("news")
    changed = config.with_options("clean", sites="none")
    assert changed.fingerprint() != config.fingerprint()
    assert load_config("news").fingerprint() == config.fingerprint()
    assert [stage.name for stage in changed.stages] == [stage.name for stage in config.stages]
    # what was set before is still set
    again = changed.with_options("clean", mend=False)
    assert again.stages[1].options.sites == "none"
    assert again.stages[1].options.mend is False
    with pytest.raises(ConfigError, match="no stage 'polish'"):
        config.with_options("polish", hard=True)
    with pytest.raises(ConfigError, match="did you mean 'sites'"):
        config.with_options("clean", site="none")


def test_stages_can_be_left_out() -> None:
    config = load_config("news")
    assert "summarize" not in [stage.name for stage in config.without("summarize").stages]
    assert config.without("polish") == config
    with pytest.raises(ConfigError, match="missing"):
        load(config.without("translate"))


@pytest.mark.parametrize(
    ("stage", "options", "message"),
    [
        ("clean", {"sites": "nowhere"}, "no profile 'nowhere'; known: auto, none, "),
        ("split", {"splitter": "chance"}, "no 'chance'; known: razdel, line"),
    ],
)
def test_names_in_options_must_exist(stage: str, options: dict[str, str], message: str) -> None:
    config = load_config("news").with_options(stage, **options)
    with pytest.raises(ConfigError, match=message):
        Pipeline(config)


@pytest.mark.parametrize("sites", ["auto", "none", "tass"])
@pytest.mark.parametrize("splitter", ["razdel", "line"])
def test_choices_of_cleaning_and_splitting_work(
    catalog: FakeCatalog, tmp_path: Path, sites: str, splitter: str
) -> None:
    config = load_config("news").without("summarize").with_options("clean", sites=sites)
    config = config.with_options("split", splitter=splitter)
    settings = RunSettings(device="cpu", offline=True, cache=str(tmp_path))
    with load(config, model=str(catalog.folder), settings=settings) as pipeline:
        text = "Поезд прибыл утром. Его встретили цветами."
        assert pipeline.translate(text, to="en").text == latin(text)
        assert pipeline.signature["splitter"] == splitter
        assert ("clean" in pipeline.signature) is (sites != "auto")


# --- run settings ------------------------------------------------------------------------------


def from_command_line(*arguments: str) -> RunSettings:
    options: argparse.Namespace = _parser().parse_args(["translate", "a.txt", *arguments])
    return settings_of(options)


def test_run_settings_are_the_same_from_everywhere(tmp_path: Path) -> None:
    python = RunSettings(device="cpu", threads=3, offline=True, batch=BatchSettings(rows=8))
    whole = written(tmp_path, python.model_dump())
    assert load_run_settings(str(whole)) == python
    assert from_command_line("--config", str(whole)) == python
    with load(settings=whole) as one, load(settings=python) as other:
        assert one.settings == other.settings == python

    part = written(tmp_path, "batch: {rows: 8}\n")
    arguments = ("--config", str(part), "--device", "cpu", "--threads", "3", "--offline")
    assert from_command_line(*arguments) == python


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda"])
def test_shipped_run_settings_load(name: str) -> None:
    assert load_run_settings(name) == from_command_line("--config", name)


def test_the_command_line_overrides_the_file() -> None:
    assert load_run_settings("cuda").device == "cuda"
    overridden = from_command_line("--config", "cuda", "--device", "cpu")
    assert overridden.device == "cpu"
    assert overridden.batch == load_run_settings("cuda").batch
    assert load().settings == from_command_line()


def test_mistakes_in_run_settings_have_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "device: gpu\nthreads: -1\nbatch:\n  rows: 0\n  colour: red\n")
    with pytest.raises(ConfigError) as caught:
        load_run_settings(str(path))
    assert sorted(problem.line for problem in caught.value.problems) == [1, 2, 4, 5]
    with pytest.raises(ConfigError, match="threads: "):
        from_command_line("--threads", "-1")
