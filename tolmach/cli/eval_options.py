"""The options of ``tolmach eval``; apart from the command, so that ``--help`` imports little."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

__all__ = ["add_eval"]

_EVAL = """\
Which model, or which setting, is better for our text, and is the difference real?

A suite says on which texts systems are measured and by which metrics; `eval/` holds those that
come with tolmach. Results are kept under eval-results/ and never overwritten.
"""
_EPILOG = """\
examples:
  tolmach eval run snippets-small --model embedded --to en
  tolmach eval run snippets --model embedded --model ./our-model --to en
  tolmach eval score --src src.ru --ref ref.en --hyp a.en b.en --to en
  tolmach eval compare eval-results/snippets/OLD eval-results/snippets/NEW
  tolmach eval gate snippets-small --baseline eval/baselines/snippets-small.en.json

exit codes: 0 done, 1 the gate found a system that is worse, 2 usage or data, 130 interrupted
"""
if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]


def add_eval(commands: _Actions) -> None:
    """Add the command ``eval`` with its actions."""
    parser = commands.add_parser(
        "eval",
        help="measure and compare translations",
        description=_EVAL,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the suites that come with tolmach")
    _add_run(actions)
    _add_score(actions)
    _add_compare(actions)
    _add_gate(actions)
    report = actions.add_parser("report", help="write the page of a result again")
    report.add_argument("result", metavar="RESULT", help="folder or file of a result")
    report.add_argument("--out", metavar="FOLDER", help="where to (default: beside the result)")


def _add_systems(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("suite", metavar="SUITE", help="name or YAML file")
    parser.add_argument(
        "--model", action="append", metavar="NAME", help="measure this model; may be repeated"
    )
    parser.add_argument(
        "--config", action="append", metavar="NAME", help="run settings; may be repeated"
    )
    parser.add_argument(
        "--pipeline", action="append", metavar="NAME", help="name or YAML file; may be repeated"
    )
    parser.add_argument(
        "--name", action="append", metavar="NAME", help="what to call each system, in order"
    )
    parser.add_argument(
        "--results", default="eval-results", metavar="FOLDER", help="where results are kept"
    )
    parser.add_argument("--again", action="store_true", help="translate even what is kept")
    parser.add_argument("--offline", action="store_true", help="never contact a model hub")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def _add_to(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--to", action="append", choices=("en", "vi"), help=text)


def _add_test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method",
        choices=("bs", "ar"),
        default="bs",
        help="paired bootstrap or paired approximate randomisation (default: bs)",
    )
    parser.add_argument(
        "--trials", type=int, default=0, metavar="N", help="default: 1000 for bs, 10000 for ar"
    )


def _add_run(actions: _Actions) -> None:
    run = actions.add_parser(
        "run",
        help="run systems over a suite and score them",
        description="Every combination of the models, run settings and pipelines given is a "
        "system; each translates in a process of its own. What was translated before with the "
        "same signature is not translated again.",
    )
    _add_systems(run)
    _add_to(run, "target language; may be repeated (default: those of the suite)")
    run.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_score(actions: _Actions) -> None:
    score = actions.add_parser(
        "score",
        help="score finished files, text line by line",
        description="Each further hypothesis file is compared with the first.",
    )
    score.add_argument("--src", required=True, metavar="FILE", help="Russian")
    score.add_argument("--ref", required=True, nargs="+", metavar="FILE", help="reference(s)")
    score.add_argument("--hyp", required=True, nargs="+", metavar="FILE", help="hypotheses")
    score.add_argument("--to", required=True, choices=("en", "vi"), help="their language")
    score.add_argument(
        "--metric", action="append", metavar="NAME", help="may be repeated (default: BLEU, chrF2)"
    )
    score.add_argument(
        "--confidence", type=int, default=0, metavar="N", help="bootstrap trials for intervals"
    )
    score.add_argument("--documents", metavar="FILE", help="name of each line's document")
    score.add_argument("--allow-empty", action="store_true", help="count empty hypotheses as wrong")
    score.add_argument("--report", metavar="FOLDER", help="write the report page into it")
    score.add_argument("--json", action="store_true", help="print the result as JSON")
    _add_test(score)


def _add_compare(actions: _Actions) -> None:
    compare = actions.add_parser(
        "compare",
        help="is the difference between two results real?",
        description="A and B are results (folder or file), or systems of them as RESULT:NAME.",
    )
    compare.add_argument("first", metavar="A", help="what is compared with")
    compare.add_argument("second", metavar="B", help="what is compared")
    compare.add_argument("--metric", action="append", metavar="NAME", help="default: all")
    _add_to(compare, "default: all languages that both have")
    compare.add_argument("--json", action="store_true", help="print as JSON")
    _add_test(compare)


def _add_gate(actions: _Actions) -> None:
    gate = actions.add_parser(
        "gate",
        help="exit with 1 if a system is worse than a stored baseline",
        description="Translates the suite and compares it with the hypotheses of the baseline by "
        "the paired test of the suite. A system fails if a metric is worse with p < 0.05.",
    )
    _add_systems(gate)
    gate.add_argument(
        "--baseline", required=True, metavar="FILE", help="such as eval/baselines/NAME.en.json"
    )
    gate.add_argument("--to", choices=("en", "vi"), help="default: the baseline's language")
    gate.add_argument(
        "--metric", action="append", metavar="NAME", help="default: chrF2, BLEU, checks"
    )
    gate.add_argument(
        "--update", action="store_true", help="write what is measured now as the new baseline"
    )
