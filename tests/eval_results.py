"""Made-up results of an evaluation for the tests of its report."""

from __future__ import annotations

from tolmach.evaluation.results import (
    Comparison,
    DocumentResult,
    EvaluationResult,
    Score,
    SegmentResult,
    SystemResult,
)

__all__ = ["EVIL", "result", "system"]

EVIL = "<script>alert(1)</script> & </script><!-- <img src=x onerror=alert(2)> \u2028 \"q\" 'r'"

SOURCES = (
    "Ёлка стоит во дворе.",
    "Президент прибыл в Ханой в среду.",
    "Курс валют не изменился.",
    "Он подписал соглашение о торговле с соседней страной и уехал в тот же день домой.",
    "Нет.",
)
REFERENCES = (
    "The fir tree stands in the yard.",
    "The president arrived in Hanoi on Wednesday.",
    "The exchange rate has not changed.",
    "He signed a trade agreement with the neighbouring country and went home on the same day.",
    "No.",
)
OUTPUTS = {
    "first": (
        ("A fir tree stands in the yard.", 80.0, ()),
        ("The president arrives to Hanoi on Wednesday.", 60.0, ("names",)),
        ("The exchange rate did not change.", 55.0, ()),
        ("He signed an agreement on trade with the neighbouring country.", 50.0, ("length",)),
        (EVIL, 1.0, ("numbers", "numbers")),
    ),
    "second": (
        ("The tree is in the yard.", 50.0, ()),
        ("The president arrived in Hanoi on Wednesday.", 100.0, ()),
        ("Rate unchanged.", 12.0, ("length",)),
        ("He signed a trade agreement with the neighbour and went home.", 62.0, ()),
        ("No.", 100.0, ()),
    ),
}


def system(name: str, *, to: str = "en", seconds: float = 2.0, count: int = 5) -> SystemResult:
    """Return a system; names other than the two above get the outputs of the first."""
    rows = OUTPUTS.get(name, OUTPUTS["first"])
    segments = tuple(
        SegmentResult(
            id=f"s{index + 1}",
            document="left" if index < 3 else "right",
            source=SOURCES[index],
            hypothesis=text,
            references=(REFERENCES[index],),
            scores={"chrF2": score, "TER": 100 - score},
            checks=checks,
        )
        for index, (text, score, checks) in enumerate(rows[:count])
    )
    mean = sum(row[1] for row in rows) / len(rows)
    return SystemResult(
        name=name,
        to=to,
        signature={"tolmach": "0.1.0", "model": name},
        scores=(
            Score("BLEU", mean / 2, "nrefs:1|tok:13a", mean / 2 - 3, mean / 2 + 3),
            Score("chrF2", mean, "nrefs:1|nc:6", mean - 2, mean + 2),
            Score("TER", 100 - mean, "nrefs:1|tok:tercom", better="lower"),
        ),
        segments=segments,
        documents=(
            DocumentResult("left", 3, (Score("chrF2", mean - 5),)),
            DocumentResult("right", 2, (Score("chrF2", mean + 5),)),
        ),
        seconds=seconds,
        words=30,
        peak_mb=812.0,
    )


def result() -> EvaluationResult:
    """Return two systems into English and one of them into Vietnamese."""
    return EvaluationResult(
        suite="made up",
        created="2026-11-24T00:20:00+00:00",
        systems=(system("first"), system("second", seconds=20.0), system("first", to="vi")),
        comparisons=(
            Comparison("chrF2", "en", "first", "second", 15.6, 0.0004, "paired bootstrap", "nb:9"),
            Comparison("TER", "en", "first", "second", 15.6, 0.02, "paired bootstrap", "nb:9"),
            Comparison("BLEU", "en", "first", "second", 7.8, 0.3, "paired bootstrap", "nb:9"),
        ),
        notes=("Line 7 was left out.",),
    )
