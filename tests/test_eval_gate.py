"""The gate: what is significantly worse than a stored baseline stops a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkpoints import ENGLISH, RUSSIAN
from commands import Command, Result

from tolmach.errors import InputError
from tolmach.evaluation.gate import load_baseline, rescored
from tolmach.evaluation.loading import load_corpus
from tolmach.evaluation.results import SegmentResult, SystemResult
from tolmach.evaluation.suites import load_suite

ROOT = Path(__file__).resolve().parent.parent

SUITE = (
    "data: {kind: snippets, path: rows.jsonl}\nto: [en]\nconfidence: 0\ntrials: 100\n"
    "metrics: [chrF2, BLEU, checks]\n"
)


@pytest.fixture
def gate(command: Command) -> Command:
    """The command in a folder with a suite and the baseline of the copying checkpoint."""
    write_rows(command, list(RUSSIAN))
    command.write("ours.yaml", SUITE)
    done = ask(command, command.model, "--to", "en", "--update")
    assert done.code == 0, done.err
    assert "baseline written: base.json" in done.out
    return command


def write_rows(command: Command, texts: list[str]) -> None:
    rows = [{"id": str(n), "ru": text, "en": text} for n, text in enumerate(texts)]
    command.write("rows.jsonl", "\n".join(map(json.dumps, rows)))


def ask(command: Command, model: Path, *arguments: str) -> Result:
    return command(
        "eval", "gate", "./ours.yaml", "--baseline", "base.json", "--model", str(model),
        "--config", "tiny.yaml", "--quiet", *arguments,
    )  # fmt: skip


def test_the_same_model_passes(gate: Command) -> None:
    result = ask(gate, gate.model)
    assert result.code == 0, result.err
    assert "copying: not worse than the baseline" in result.out
    assert "+0.00 beside copying" in result.out


def test_a_worse_model_is_stopped(gate: Command, random_checkpoint: Path) -> None:
    result = ask(gate, random_checkpoint)
    assert result.code == 1, result.err
    assert "random: worse than the baseline" in result.out
    assert "en, chrF2: random -" in result.out
    assert "significantly worse" in result.out


def test_a_better_model_passes(gate: Command, random_checkpoint: Path) -> None:
    ask(gate, random_checkpoint, "--update")
    result = ask(gate, gate.model)
    assert result.code == 0, result.err
    assert "significantly better" in result.out


def test_worse_in_findings_alone_is_worse(gate: Command) -> None:
    """The baseline wrote what the checks cannot object to; it is checked by today's checks."""
    record = json.loads(gate.folder.joinpath("base.json").read_text(encoding="utf-8"))
    record["hypotheses"] = [
        [name, ENGLISH[number]] for number, (name, _) in enumerate(record["hypotheses"])
    ]
    gate.write("base.json", json.dumps(record))
    result = ask(gate, gate.model)
    assert result.code == 1, result.err
    assert "en, checks: copying +" in result.out
    # the references are Russian here
    assert ask(gate, gate.model, "--metric", "chrF2").code == 0


def test_a_baseline_is_small_and_has_a_line_for_each_text(gate: Command) -> None:
    text = (gate.folder / "base.json").read_text(encoding="utf-8")
    assert sum(line.startswith('  ["') for line in text.splitlines()) == len(RUSSIAN)
    baseline = load_baseline(gate.folder / "base.json")
    assert baseline.hypotheses["0"] == RUSSIAN[0]
    assert (baseline.suite, baseline.name, baseline.to) == ("ours", "copying", "en")
    assert {score.metric for score in baseline.scores} == {"chrF2", "BLEU", "checks"}


def test_other_texts_need_another_baseline(gate: Command) -> None:
    for texts in (RUSSIAN[:5], [*RUSSIAN[:-1], "Другой текст."]):
        write_rows(gate, list(texts))
        other = ask(gate, gate.model)
        assert other.code == 2
        assert "the suite 'ours' has other texts than the baseline" in other.err


def test_what_cannot_be_compared_is_an_error(gate: Command) -> None:
    gate.write("base.json", "{}")
    assert ask(gate, gate.model).code == 2
    (gate.folder / "base.json").unlink()
    missing = ask(gate, gate.model)
    assert missing.code == 2
    assert "base.json: there is no baseline; write one with --update" in missing.err
    unsaid = ask(gate, gate.model, "--update")
    assert unsaid.code == 2
    assert "--to: say for which language" in unsaid.err


@pytest.mark.parametrize(
    "path", sorted((ROOT / "eval" / "baselines").glob("*.json")), ids=lambda path: path.name
)
def test_committed_baselines_fit_their_suites(path: Path) -> None:
    baseline = load_baseline(path)
    local = ROOT / "eval" / "local" / f"{baseline.suite}.yaml"
    suite = load_suite(local if local.is_file() else baseline.suite)
    if local.is_file() and not suite.place(suite.data.source).is_file():
        pytest.skip("the texts are not here")
    corpus = load_corpus(suite, to=(baseline.to,))
    segments = tuple(
        SegmentResult(item.id, item.source, "", item.references[baseline.to], item.document)
        for item in corpus.examples
    )
    now = rescored(
        baseline, SystemResult("x", baseline.to, {}, (), segments), metrics=("chrF2", "BLEU")
    )
    then = {score.metric: score.value for score in baseline.scores}
    for score in now.scores:
        assert score.value == pytest.approx(then[score.metric], abs=1e-6)


def test_damaged_baselines(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    path.write_text('{"tolmach": "baseline", "version": 1, "system": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="a damaged baseline"):
        load_baseline(path)
