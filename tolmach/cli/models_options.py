"""The options of ``tolmach models``; apart from the command, so that ``--help`` imports little."""

from __future__ import annotations

import argparse

__all__ = ["add_models"]

_MODELS = """\
Which models there are, and what of them is on this machine.

A model is ready when it is pulled: its files are downloaded, checked, recorded in the lock file,
and converted. `tolmach translate` does the same by itself when it needs a model that is not ready.
"""

_EPILOG = """\
examples:
  tolmach models list
  tolmach models pull opus-mt-ru-en             download and convert, once; goes on where it stopped
  tolmach models pull opus-mt-ru-en --update    take what the hub has now, and record that
  tolmach models check                          have files changed, do the models still translate?
  tolmach models remove opus-mt-ru-en --downloads
  tolmach models shortlist opus-mt-ru-en old-articles.txt     faster, see docs/models.md
  tolmach models licences                       who may use what for what
  tolmach models show embedded > mine.yaml      a card to start from

docs/downloads.md says where files lie, and how machines without a network get theirs.
"""
_NAME = "model name, card file or checkpoint folder"


def add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``models`` with its actions."""
    parser = commands.add_parser(
        "models",
        help="list, pull, check and remove models",
        description=_MODELS,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all models, and whether they are at hand")
    listing.add_argument("--offline", action="store_true", help="do not ask the model hub")
    show = actions.add_parser("show", help="the card of a model")
    show.add_argument("name", metavar="NAME", help=_NAME)
    _add_pull(actions)
    prepare = actions.add_parser("prepare", help="pull one model, if it is not ready")
    prepare.add_argument("name", metavar="NAME", help=_NAME)
    prepare.add_argument("--config", default="auto", metavar="NAME", help="run settings")
    prepare.add_argument("--offline", action="store_true", help="never contact a model hub")
    check = actions.add_parser("check", help="hash the files of models and try the models out")
    check.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    check.add_argument("--config", default="auto", metavar="NAME", help="run settings")
    _add_remove(actions)
    _add_shortlist(actions)
    licences = actions.add_parser("licences", help="the licence of every model")
    licences.add_argument("--json", action="store_true", help="as JSON")


def _add_pull(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    pull = actions.add_parser("pull", help="download, check and convert models")
    pull.add_argument("names", nargs="+", metavar="NAME", help=_NAME)
    pull.add_argument("--config", default="auto", metavar="NAME", help="run settings")
    pull.add_argument(
        "--update", action="store_true", help="take what the hub has now, and record that"
    )
    pull.add_argument(
        "--licences", choices=("any", "commercial"), help="commercial refuses all other models"
    )
    pull.add_argument("--offline", action="store_true", help="never contact a model hub")


def _add_shortlist(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    learn = actions.add_parser(
        "shortlist",
        help="learn which target tokens a model needs, so that it runs faster",
        description="Translates Russian text with the model and notes which target tokens each "
        "source token became. With `shortlist: true` in the run settings, the model then looks at "
        "no others for sentences all of whose tokens are known. Give it as much text as you have, "
        "like what will be translated: 10,000 sentences or more.",
    )
    learn.add_argument("name", metavar="NAME", help=_NAME)
    learn.add_argument("texts", nargs="+", metavar="TEXT", help="text files, one sentence a line")
    learn.add_argument("--to", choices=("en", "vi"), help="target language, if it has several")
    learn.add_argument("--config", default="auto", metavar="NAME", help="run settings")
    learn.add_argument("--offline", action="store_true", help="never contact a model hub")


def _add_remove(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    remove = actions.add_parser("remove", help="free the disk space of models")
    remove.add_argument("names", nargs="+", metavar="NAME", help="model name or card file")
    remove.add_argument("--config", default="auto", metavar="NAME", help="run settings")
    remove.add_argument(
        "--downloads",
        action="store_true",
        help="also the repository in the hub cache, which other programs may be using",
    )
    remove.add_argument(
        "--lock", action="store_true", help="also the entry in the lock file: next time the newest"
    )
