"""The stage ``check``: options, strictness, and what the report counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Command
from fakes import FakeCatalog, latin, news

from tolmach.composition import PipelineConfig, load_config
from tolmach.errors import ConfigError
from tolmach.pipeline import Pipeline
from tolmach.report import RunReport
from tolmach.stages import Input, Item

TEXT = "Вчера в парке посадили 200 деревьев.\n\nСегодня там открыли новую площадку.\n"
CHECKED = """\
stages: [read, clean, split, {translate: {models: {en: [embedded]}}}, check, write]
"""


def wrong_number(text: str, to: str) -> list[str] | None:
    return [latin(text, to=to).replace("200", "300")] if "200" in text else None


def left_over(text: str, to: str) -> list[str] | None:  # noqa: ARG001
    return ["They planted 200 деревьев in the park"] if "200" in text else None


def items(
    catalog: FakeCatalog, config: PipelineConfig, *, output: Path | None = None
) -> list[Item]:
    config = config.without("summarize").with_options(
        "translate", models={"en": (str(catalog.folder),)}
    )
    with Pipeline(config, output=output) as pipeline:
        return list(pipeline.items([Input("a.txt", text=TEXT)], to=("en",)))


def codes(item: Item) -> list[str]:
    return [warning.code for warning in item.articles["en"].all_warnings()]


def test_warnings_are_in_the_article_and_in_the_report(catalog: FakeCatalog) -> None:
    catalog.engine = {"answer": wrong_number}
    (item,) = items(catalog, news())
    assert item.failure is None
    assert sorted(set(codes(item))) == ["number_invented", "number_missing"]
    assert len(codes(item)) == 2
    report = RunReport({})
    report.add(item)
    totals = report.as_dict()["totals"]
    assert totals["codes"] == {"number_invented": 1, "number_missing": 1}
    assert totals["severities"] == {"info": 0, "warning": 2, "error": 0}
    assert totals["warnings"] == 2


def test_strict_refuses_errors_only(catalog: FakeCatalog, tmp_path: Path) -> None:
    strict = news().with_options("check", strict=True)
    catalog.engine = {"answer": wrong_number}
    (item,) = items(catalog, strict, output=tmp_path / "one")
    assert item.failure is None
    assert item.outputs


def test_strict_writes_nothing(catalog: FakeCatalog, tmp_path: Path) -> None:
    catalog.engine = {"answer": left_over}
    (loose,) = items(catalog, news(), output=tmp_path / "loose")
    assert loose.failure is None
    (item,) = items(catalog, news().with_options("check", strict=True), output=tmp_path / "two")
    assert str(item.failure) == (
        "a.txt: 1 error (strict): en: cyrillic_left: Russian was left over: деревьев"
    )
    assert item.outputs == ()
    assert not (tmp_path / "two").exists()
    # the report still tells everything
    assert "cyrillic_left" in codes(item)


def test_glossary_of_the_stage(catalog: FakeCatalog, tmp_path: Path) -> None:
    terms = tmp_path / "terms.csv"
    terms.write_text("source,target,language\nплощадка,playground,en\n", encoding="utf-8")
    config = news().without("terms").with_options("check", glossary=(str(terms),))
    (item,) = items(catalog, config)
    assert codes(item) == ["term_missing"]
    with pytest.raises(ConfigError, match="cannot be read"):
        items(catalog, news().with_options("check", glossary=("nowhere.csv",)))


def test_unknown_codes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(CHECKED.replace("check,", "{check: {skip: [lop]}},"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"my\.yaml:1: skip: no check lop; known: empty"):
        load_config(str(path))


def test_shipped_pipelines_check() -> None:
    for name in ("news", "draft", "segments"):
        order = [stage.name for stage in load_config(name).stages]
        assert order.index("check") == order.index("terms") + 1


def test_command_line(command: Command) -> None:
    # the tiny model copies, so Russian is left over everywhere
    command.write("a.txt", TEXT)
    command.write("english.txt", "Nothing here is in Russian at all.\n")
    command.write("checked.yaml", CHECKED)
    arguments = ("translate", "a.txt", "english.txt", "--to", "en", "--pipeline", "checked.yaml")
    loose = command(*arguments)
    assert loose.code == 0
    assert "4 errors + 0" in loose.err
    assert "4 errors, 1 warning, 0 remarks; details" in loose.err
    strict = command(*arguments, "--strict", "--out", "strict")
    assert strict.code == 1
    assert "tolmach: failed: a.txt: " in strict.err
    assert "cyrillic_left: Russian was left over" in strict.err
    assert strict.files("strict") == ["en/english.txt", "run.json"]
    assert strict.record("a.txt", "strict")["status"] == "failed"
    assert json.loads(strict.read("strict/run.json"))["totals"]["codes"]["cyrillic_left"] == 2


def test_options_that_do_not_fit(command: Command) -> None:
    command.write("a.txt", TEXT)
    command.write("terms.csv", "source;target\nмост;bridge\n")
    strict = command("translate", "a.txt", "--strict")
    assert strict.code == 2
    assert "--strict: the pipeline 'tiny-news' has no stage 'check'" in strict.err
    plain = command("translate", "a.txt", "--glossary", "terms.csv")
    assert plain.code == 2
    assert "--glossary: the pipeline 'tiny-news' has no stage 'terms' or 'check'" in plain.err
    command.write("checked.yaml", CHECKED)
    wrong = command(
        "translate", "a.txt", "--to", "en", "--pipeline", "checked.yaml", "--glossary", "terms.csv"
    )
    assert wrong.code == 2
    assert "terms.csv:1: the first line must name the columns language" in wrong.err
