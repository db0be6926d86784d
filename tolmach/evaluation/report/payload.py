"""The segments of all systems as the JSON that the page's script reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from tolmach.evaluation.report.analysis import Direction, Unit, finite
from tolmach.evaluation.report.wording import language
from tolmach.evaluation.results import SegmentResult
from tolmach.languages import SOURCE

__all__ = ["payload"]

# what could end the script element, or a line of a script, never occurs inside strings
_ESCAPES: Final = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def payload(directions: Sequence[Direction]) -> str:
    """Return the data as JSON that may stand inside a script element.

    Segments and outputs are lists, since their keys would be a third of the page: a segment is
    ``[id, document, source, references, outputs, distance]`` and an output
    ``[hypothesis, scores, checks]``, or 0 where a system lacks the segment; documents and checks
    are indexes into the lists of their direction.
    """
    data = {"source": SOURCE, "directions": [_direction(direction) for direction in directions]}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def _direction(direction: Direction) -> dict[str, Any]:
    metrics = direction.segment_metrics
    documents = {
        name: index
        for index, name in enumerate(
            dict.fromkeys(unit.document for unit in direction.units if unit.document)
        )
    }
    outputs = [out for unit in direction.units for out in unit.outputs if out is not None]
    codes = {
        code: index
        for index, code in enumerate(sorted({code for out in outputs for code in out.checks}))
    }
    return {
        "to": direction.to,
        "language": language(direction.to),
        "systems": [system.name for system in direction.systems],
        "metrics": list(metrics),
        "lower": [metric for metric in metrics if direction.lower_is_better(metric)],
        "documents": list(documents),
        "checks": list(codes),
        "units": [_unit(unit, metrics, documents, codes) for unit in direction.units],
    }


def _unit(
    unit: Unit, metrics: Sequence[str], documents: dict[str, int], codes: dict[str, int]
) -> list[Any]:
    return [
        unit.id,
        documents.get(unit.document, -1),
        unit.source,
        list(unit.references),
        [_output(output, metrics, codes) for output in unit.outputs],
        round(unit.distance, 1),
    ]


def _output(output: SegmentResult | None, metrics: Sequence[str], codes: dict[str, int]) -> Any:
    if output is None:
        return 0
    scores = [finite(output.scores.get(metric)) for metric in metrics]
    return [
        output.hypothesis,
        [None if score is None else round(score, 2) for score in scores],
        [codes[code] for code in output.checks],
    ]
