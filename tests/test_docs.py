"""The documents that users read say what the code does."""

import re
from pathlib import Path

import pytest

from tolmach.catalog.cards import Card, Licence, Limits, Origin
from tolmach.cleaning import profiles
from tolmach.composition import STAGES, load_config
from tolmach.config.run import BatchSettings, RunSettings, load_run_settings
from tolmach.config.schema import Options
from tolmach.inference.base import Decoding
from tolmach.resources import folder, names

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def named(text: str) -> set[str]:
    return set(re.findall(r"`([\w.]+)`", text))


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_every_stage_and_option_is_documented(stage: str) -> None:
    assert f"### {stage}\n" in CONFIGURATION
    section = CONFIGURATION.split(f"### {stage}\n")[1].split("\n#")[0]
    assert set(STAGES[stage].options.model_fields) <= named(section)


@pytest.mark.parametrize("options", [Card, Origin, Licence, Limits, Decoding])
def test_every_key_of_a_card_is_documented(options: type[Options]) -> None:
    section = CONFIGURATION.split("## Model cards")[1]
    assert set(options.model_fields) - {"family", "origin"} <= named(section)


def test_every_run_setting_is_documented() -> None:
    section = CONFIGURATION.split("## Run settings")[1].split("\n## ")[0]
    expected = set(RunSettings.model_fields) - {"batch"}
    expected |= {f"batch.{name}" for name in BatchSettings.model_fields}
    assert expected <= named(section)


def test_documented_defaults_are_the_real_ones() -> None:
    section = CONFIGURATION.split("## Run settings")[1].split("\n## ")[0]
    defaults = dict(re.findall(r"\| `([\w.]+)` \| `?([\w]+)`? \|", section))
    settings = RunSettings()
    for name, default in defaults.items():
        value = settings
        for part in name.split("."):
            value = getattr(value, part)
        assert str(value).lower() == {"empty": ""}.get(default, default), name


@pytest.mark.parametrize("name", names("pipelines"))
def test_every_pipeline_loads_and_is_documented(name: str) -> None:
    assert load_config(name).summary
    assert f"| `{name}` |" in CONFIGURATION


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda"])
def test_every_run_settings_file_loads_and_is_documented(name: str) -> None:
    assert load_run_settings(name)
    assert f"`configs/{name}.yaml`" in CONFIGURATION


def test_every_site_profile_loads() -> None:
    assert len(profiles(folder("configs") / "sites")) == len(
        list((folder("configs") / "sites").glob("*.yaml"))
    )


def test_yaml_examples_are_valid(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", CONFIGURATION, re.DOTALL)
    pipeline = tmp_path / "example.yaml"
    pipeline.write_text(examples[0], encoding="utf-8")
    assert [stage.name for stage in load_config(str(pipeline)).stages] == list(STAGES)


def test_readme_names_only_files_that_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_documents_speak_of_the_project_alone() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:work|root|home)/\w|pypi\.org", text), path
