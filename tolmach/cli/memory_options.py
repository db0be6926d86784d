"""The options of ``tolmach memory``; apart from the command, so that ``--help`` imports little."""

from __future__ import annotations

import argparse

__all__ = ["add_memory"]

_MEMORY = """\
What was translated before, and what editors have approved, is kept in one file. A text that comes
again is not translated again, and what an editor approved is used whatever the model.
"""

_EPILOG = """\
examples:
  tolmach memory import visit.vi.edits.json     corrections from a review page
  tolmach memory import from-the-agency.tmx returned.xlf
  tolmach memory stats
  tolmach memory export approved.tmx --to vi    for a translation tool
  tolmach memory prune --older-than 180         what no run has used for half a year

The file is the one that --memory names, else $TOLMACH_MEMORY, else one in the user's data
directory; docs/memory.md says more.
"""


def add_memory(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``memory`` with its actions."""
    parser = commands.add_parser(
        "memory",
        help="bring corrections in, take translations out, look after what is kept",
        description=_MEMORY,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    stats = actions.add_parser("stats", help="what is in the memory")
    stats.add_argument("--json", action="store_true", help="as JSON")
    bring = actions.add_parser(
        "import",
        help="bring in what editors approved",
        description="Brings approved segments into the memory and says, document by document, how "
        "much editors changed. The files may be edits of a review page, XLIFF 1.2 or 2, or TMX.",
    )
    bring.add_argument("files", nargs="+", metavar="FILE", help="edits, XLIFF or TMX")
    bring.add_argument(
        "--all", action="store_true", help="take segments that nobody approved as approved too"
    )
    bring.add_argument("--json", action="store_true", help="print the report as JSON")
    _add_export(actions)
    _add_prune(actions)
    for action in actions.choices.values():
        action.add_argument("--memory", metavar="FILE", help="file of the translation memory")


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = actions.add_parser("export", help="write what editors approved into a file")
    export.add_argument("file", metavar="FILE", help="its name ends in .tmx or .jsonl")
    export.add_argument(
        "--to", action="append", choices=("en", "vi"), help="target language (default: both)"
    )
    export.add_argument("--all", action="store_true", help="also what models made")


def _add_prune(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    prune = actions.add_parser(
        "prune",
        help="take out what is not needed",
        description="Takes out translations that models made. What editors approved stays, unless "
        "--approved says otherwise.",
    )
    prune.add_argument(
        "--older-than", type=int, metavar="DAYS", help="what no run has used for so many days"
    )
    prune.add_argument("--model", default="", metavar="NAME", help="what this model made")
    prune.add_argument(
        "--approved",
        action="store_true",
        help="with --older-than: also what editors approved that long ago",
    )
