"""Figures: those of sacreBLEU's command, ROUGE for any script, and what needs no reference."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.comparing import compare, is_worse
from tolmach.evaluation.corpus import Corpus, Example
from tolmach.evaluation.counting import check_codes, name_counts, number_counts
from tolmach.evaluation.files import score_files
from tolmach.evaluation.metrics import corpus_score, finite, ratio_score, segment_scores
from tolmach.evaluation.results import EvaluationResult, SystemResult
from tolmach.evaluation.rouge import rouge, tokens
from tolmach.evaluation.running import Output
from tolmach.evaluation.scoring import Scoring, score_output

WMT = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "wmt23-ru-en"
KNOWN = {
    "NLLB_Greedy": (30.3, 55.5),
    "ONLINE-B": (34.5, 59.4),
    "ONLINE-A": (33.8, 59.4),
    "GPT4-5shot": (34.4, 60.4),
    "PROMT": (32.8, 58.4),
}
NAMES = {"chrF2": "chrF2", "BLEU": "BLEU", "chrF++": "chrF2++", "TER": "TER"}
SOURCES = ("Кот сидел на ковре.", "Собака лаяла всю ночь.", "Дом был старым.", "Шёл дождь.")
REFERENCES = (
    "The cat sat on the mat.",
    "The dog barked all night.",
    "The house was old.",
    "It was raining.",
)
ONE = ("The cat sat on a mat.", "A dog barked all night.", "The house was old.", "It rained.")
TWO = ("Cat on carpet.", "The dog was barking.", "House old.", "It was raining.")


def sacrebleu(*arguments: str) -> str:
    """Return what the command prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SACREBLEU")}
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *arguments, "-w", "6"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=environment,
    )
    return done.stdout


def files(folder: Path, **texts: tuple[str, ...]) -> dict[str, Path]:
    found = {}
    for name, lines in texts.items():
        found[name] = folder / name
        found[name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


def scored(
    folder: Path, *, metrics: tuple[str, ...] = ("BLEU", "chrF2"), trials: int = 0
) -> EvaluationResult:
    paths = files(folder, src=SOURCES, ref=REFERENCES, one=ONE, two=TWO)
    return score_files(
        paths["src"], [paths["ref"]], [paths["one"], paths["two"]], to="en", metrics=metrics,
        trials=trials,
    )  # fmt: skip


def system(texts: tuple[str, ...], *, name: str = "x", to: str = "en") -> SystemResult:
    corpus = Corpus(
        tuple(
            Example(str(number), source, {to: (reference,)})
            for number, (source, reference) in enumerate(zip(SOURCES, REFERENCES, strict=True))
        )
    )
    metrics = ("chrF2", "BLEU", "numbers", "checks", "ROUGE-L")
    return score_output(name, Output(texts, {}), corpus, Scoring(metrics, 50), to=to)


# --- as the command -----------------------------------------------------------------------------


@pytest.mark.skipif(not WMT.is_dir(), reason="the WMT23 files are not here")
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_published_outputs_have_their_figures(name: str) -> None:
    result = score_files(WMT / "src.ru", [WMT / "ref.en"], [WMT / f"hyp.{name}.en"], to="en")
    figures = tuple(round(score.value, 1) for score in result.systems[0].scores)
    assert figures == KNOWN[name]


def theirs(paths: dict[str, Path], *options: str) -> dict[str, dict[str, object]]:
    metrics = ("-m", "bleu", "chrf", "ter")
    told = sacrebleu(str(paths["ref"]), "-i", str(paths["one"]), *metrics, *options, "-f", "json")
    return {row["name"]: row for row in json.loads(told)}


@pytest.mark.parametrize("word_order", [0, 2])
def test_figures_signatures_and_intervals_are_those_of_the_command(
    tmp_path: Path, word_order: int
) -> None:
    ours = scored(tmp_path, metrics=("chrF2", "BLEU", "chrF++", "TER"), trials=100).systems[0]
    paths = {name: tmp_path / name for name in ("ref", "one")}
    expected = theirs(
        paths, "--confidence", "--confidence-n", "100", "--chrf-word-order", str(word_order)
    )
    checked = 0
    for score in ours.scores:
        row = expected.get(NAMES[score.metric])
        if row is None:
            continue
        checked += 1
        assert score.value == pytest.approx(row["score"], abs=1e-6)
        assert score.signature == row["signature"]
        assert score.low is not None
        assert score.high is not None
        assert (score.high - score.low) / 2 == pytest.approx(row["confidence_var"], abs=1e-6)
        assert (score.high + score.low) / 2 == pytest.approx(row["confidence_mean"], abs=1e-6)
    assert checked == 3


@pytest.mark.skipif(not WMT.is_dir(), reason="the WMT23 files are not here")
@pytest.mark.parametrize("method", ["bs", "ar"])
def test_p_values_are_those_of_the_command(tmp_path: Path, method: str) -> None:
    lines = 150
    paths = {}
    for name in ("src.ru", "ref.en", "hyp.ONLINE-A.en", "hyp.ONLINE-B.en"):
        kept = (WMT / name).read_text(encoding="utf-8").split("\n")[:lines]
        paths[name] = tmp_path / name
        paths[name].write_text("\n".join(kept) + "\n", encoding="utf-8")
    ours = score_files(
        paths["src.ru"], [paths["ref.en"]], [paths["hyp.ONLINE-A.en"], paths["hyp.ONLINE-B.en"]],
        to="en", method=method, samples=200,
    )  # fmt: skip
    # the command cannot print these as JSON
    table = sacrebleu(
        str(paths["ref.en"]), "-i", str(paths["hyp.ONLINE-A.en"]), str(paths["hyp.ONLINE-B.en"]),
        "-m", "bleu", "chrf", f"--paired-{method}", f"--paired-{method}-n", "200", "-f", "text",
    )  # fmt: skip
    expected = re.findall(r"p = ([\d.]+)", table)
    assert [f"{comparison.p_value:.4f}" for comparison in ours.comparisons] == expected


def test_several_references(tmp_path: Path) -> None:
    more = ("A cat was on the mat.", "Dogs barked.", "An old house.", "It rained.")
    paths = files(tmp_path, src=SOURCES, ref=REFERENCES, more=more, one=ONE)
    result = score_files(paths["src"], [paths["ref"], paths["more"]], [paths["one"]], to="en")
    told = sacrebleu(
        str(paths["ref"]), str(paths["more"]), "-i", str(paths["one"]), "-m", "bleu", "-b"
    )
    assert result.systems[0].scores[0].value == pytest.approx(float(told), abs=1e-6)
    assert "nrefs:2" in result.systems[0].scores[0].signature


def test_references_may_differ_in_number() -> None:
    lines = [("a b c d",), ("e f g h", "e f g")]
    assert corpus_score("BLEU", ["a b c d", "e f g"], lines, to="en").value == pytest.approx(100)
    assert "nrefs:var" in corpus_score("BLEU", ["a", "b"], lines, to="en").signature


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("abc абв ạế", min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_a_reference_is_the_best_hypothesis(texts: list[str]) -> None:
    references = [(text,) for text in texts]
    assert corpus_score("chrF2", texts, references, to="vi").value == pytest.approx(100)
    assert corpus_score("TER", texts, references, to="en").value == 0
    assert segment_scores("chrF2", texts, references, to="vi") == pytest.approx([100] * len(texts))


def test_vietnamese_is_cut_at_white_space() -> None:
    score = corpus_score("BLEU", ["Việt Nam và Nga ký kết"], [("Việt Nam và Nga ký kết",)], to="vi")
    assert score.value == pytest.approx(100)
    assert "tok:13a" in score.signature


# --- ROUGE --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Премьер-министр прибыл в Ханой", "Премьер-министр прибыл в Москву"),
        ("Thủ tướng đã đến Hà Nội", "Thủ tướng đã đến Mát-xcơ-va"),
        ("The prime minister came to Hanoi", "The prime minister came to Moscow"),
    ],
)
def test_rouge_knows_every_script(text: str, other: str) -> None:
    assert rouge(text, [text]) == {"ROUGE-1": 1.0, "ROUGE-2": 1.0, "ROUGE-L": 1.0}
    for figure in rouge(text, [other]).values():
        assert 0.5 < figure < 1
    assert rouge(text, ["совсем 言葉"])["ROUGE-1"] == 0


def test_the_package_alone_would_score_russian_as_nothing() -> None:
    from rouge_score.rouge_scorer import RougeScorer

    text = "Премьер-министр прибыл в Ханой"
    assert RougeScorer(["rouge1"]).score(text, text)["rouge1"].fmeasure == 0


def test_rouge_figures_by_hand() -> None:
    # 3 of 4 words and of 5 words; 1 of 3 and of 4 pairs; the longest common sequence has 3 words
    found = rouge("a b x d", ["a b c d e"])
    assert found["ROUGE-1"] == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert found["ROUGE-2"] == pytest.approx(2 * (1 / 3) * (1 / 4) / (1 / 3 + 1 / 4))
    assert found["ROUGE-L"] == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    # the better of two references counts
    assert rouge("a b", ["c d", "a b"])["ROUGE-2"] == 1


def test_letters_are_the_same_composed_or_not() -> None:
    assert tokens("Hà Nội") == tokens("Ha\u0300 No\u0302\u0323i") == ["hà", "nội"]
    assert tokens("CO2-выбросы, 1.5°") == ["co2", "выбросы", "1", "5"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_rouge_is_between_nothing_and_one(text: str, other: str) -> None:
    assert all(0 <= figure <= 1 for figure in rouge(text, [other]).values())


# --- without references -------------------------------------------------------------------------


def test_numbers_are_compared_by_value() -> None:
    examples = [Example("1", "В 2024 году продано 1,2 млн тонн."), Example("2", "Нет чисел.")]
    right = number_counts(examples, ["In 2024, 1.2 million tonnes were sold.", "None."], to="en")
    wrong = number_counts(examples, ["In 2023, 1.2 million tonnes were sold.", "None."], to="en")
    assert right == [(2.0, 2.0), (0.0, 0.0)]
    assert wrong == [(1.0, 2.0), (0.0, 0.0)]


def test_names_must_have_their_right_form() -> None:
    example = [Example("1", "Премьер-министр Фам Минь Тьинь посетил Казахстан.")]
    good = "Thủ tướng Phạm Minh Chính thăm Kazakhstan."
    ((right, all_names),) = name_counts(example, [good], to="vi")
    assert right == all_names >= 2
    ((fewer, _),) = name_counts(example, ["Thủ tướng Fam Min Tin thăm Kazakhstan."], to="vi")
    assert fewer == all_names - 1


def test_what_checks_find_is_listed_with_repeats() -> None:
    found = check_codes([Example("1", "Продано 15 машин.")], ["Sold 16 cars."], to="en")
    assert {"number_invented", "number_missing"} <= set(found[0])


def test_nothing_to_count_is_no_figure() -> None:
    assert ratio_score("numbers", [(0.0, 0.0)], signature="x") is None


def test_intervals_hold_the_figure() -> None:
    counts = [(1.0, 2.0), (2.0, 2.0), (0.0, 1.0), (1.0, 1.0)] * 10
    score = ratio_score("numbers", counts, signature="x", trials=200)
    assert score is not None
    assert score.low is not None
    assert score.high is not None
    assert score.low < score.value < score.high
    assert score.value == pytest.approx(100 * 4 / 6)
    assert ratio_score("numbers", counts, signature="x", trials=200) == score


# --- comparisons --------------------------------------------------------------------------------


def test_a_system_is_not_worse_than_itself() -> None:
    for comparison in compare(system(ONE), system(ONE, name="y"), trials=50):
        assert comparison.difference == 0
        assert not is_worse(comparison)


def test_the_better_direction_of_checks_is_down() -> None:
    worse = system(tuple("Кот" for _ in SOURCES), name="y")
    (found,) = compare(system(ONE), worse, metrics=["checks"], trials=200)
    assert found.difference > 0
    assert is_worse(found)
    (other,) = compare(worse, system(ONE), metrics=["checks"], trials=200)
    assert not is_worse(other)


@pytest.mark.parametrize("method", ["bs", "ar"])
def test_counted_figures_are_tested_too(method: str) -> None:
    found = compare(system(ONE), system(TWO, name="y"), metrics=["ROUGE-L"], method=method)
    assert 0 < found[0].p_value <= 1
    assert found[0].signature.startswith("lines:4|")


def test_only_the_same_lines_can_be_compared() -> None:
    with pytest.raises(InputError, match="they cannot be compared"):
        compare(system(ONE), system(ONE, to="vi"))
    shorter = score_output(
        "y", Output(ONE[:1], {}), Corpus((Example("0", SOURCES[0], {"en": (REFERENCES[0],)}),)),
        Scoring(("chrF2",)), to="en",
    )  # fmt: skip
    with pytest.raises(InputError, match="not about the same lines"):
        compare(system(ONE), shorter)
    with pytest.raises(InputError, match="one line cannot show"):
        compare(shorter, shorter)
    with pytest.raises(InputError, match="TER: not among the figures of both"):
        compare(system(ONE), system(TWO), metrics=["TER"])


# --- never a wrong figure in silence ------------------------------------------------------------


def test_what_is_no_number_is_no_figure() -> None:
    with pytest.raises(InputError, match="BLEU is nan"):
        finite(math.nan, "BLEU")
    corpus = Corpus((Example("1", "x", {"en": ("y",)}),))
    output = Output(("y",), {}, figures={"faithful": (math.nan,)})
    with pytest.raises(InputError, match="faithful is nan"):
        score_output("x", output, corpus, Scoring(("faithful",)), to="en")
    with pytest.raises(InputError, match="x: 0 hypotheses for 1 texts"):
        score_output("x", Output((), {}), corpus, Scoring(("chrF2",)), to="en")
    with pytest.raises(ConfigError, match="'faithful' does not fit"):
        score_output("x", Output(("y",), {}), corpus, Scoring(("faithful",)), to="en")


def test_a_wrong_seed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "seven")
    with pytest.raises(InputError, match="SACREBLEU_SEED is 'seven'"):
        ratio_score("numbers", [(1.0, 2.0)] * 3, signature="x", trials=5)


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    paths = files(tmp_path, src=SOURCES, ref=REFERENCES, short=ONE[:2], gap=(*ONE[:2], " ", "x"))
    with pytest.raises(InputError, match=r"short: 2 lines, but .*src has 4"):
        score_files(paths["src"], [paths["ref"]], [paths["short"]], to="en")
    with pytest.raises(InputError, match="gap:3: the line is empty"):
        score_files(paths["src"], [paths["ref"]], [paths["gap"]], to="en")
    allowed = score_files(paths["src"], [paths["ref"]], [paths["gap"]], to="en", allow_empty=True)
    assert allowed.notes == ("gap: 1 empty lines count as wrong",)
    assert allowed.systems[0].segments[2].scores["chrF2"] == 0
    with pytest.raises(ConfigError, match="at least one reference"):
        score_files(paths["src"], [], [paths["ref"]], to="en")
    with pytest.raises(ConfigError, match="given twice"):
        score_files(paths["src"], [paths["ref"]], [paths["ref"], paths["ref"]], to="en")


def test_documents_have_figures_of_their_own(tmp_path: Path) -> None:
    paths = files(tmp_path, src=SOURCES, ref=REFERENCES, one=ONE, docs=("p", "p", "q", "q"))
    result = score_files(
        paths["src"], [paths["ref"]], [paths["one"]], to="en", documents=paths["docs"]
    )
    first, second = result.systems[0].documents
    assert (first.name, first.segments, second.name) == ("p", 2, "q")
    assert first.scores[1].value != second.scores[1].value
