"""The parser of the command line, and what every command shares."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from tolmach import __version__
from tolmach.cli.codes import DONE, INTERRUPTED, USAGE
from tolmach.cli.eval_options import add_eval
from tolmach.cli.memory_options import add_memory
from tolmach.cli.models_options import add_models
from tolmach.cli.summarize_options import add_summarize
from tolmach.cli.translate_options import add_translate

__all__ = ["main"]

_EPILOG = """\
examples:
  tolmach translate articles/ --to en --to vi --summary --out out/
  tolmach translate visit.txt --to vi --out out/ --model embedded
  cat visit.txt | tolmach translate - --to en
  tolmach summarize visit.en.txt --style headline --style bullets
  tolmach models list
  tolmach pipelines check my-pipeline.yaml

exit codes: 0 all done, 1 some documents failed, 2 usage or configuration, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; default ``sys.argv``.

    Returns:
        The exit code.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return USAGE
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    from tolmach.errors import TolmachError

    try:
        code = _run(options)
        # now rather than at exit, where nothing could be caught any more
        sys.stdout.flush()
        return code
    except TolmachError as error:
        # what concerns one document is in the report; what arrives here stopped the whole run
        print("tolmach: " + str(error).replace("\n", "\n         "), file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("tolmach: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; what is left of it must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(options: argparse.Namespace) -> int:
    if options.command == "translate":
        from tolmach.cli.translate import translate

        return translate(options)
    if options.command == "summarize":
        from tolmach.cli.summarize import summarize

        return summarize(options)
    if options.command == "models":
        from tolmach.cli.models import models

        return models(options)
    if options.command == "eval":
        from tolmach.cli.eval import evaluation

        return evaluation(options)
    if options.command == "memory":
        from tolmach.cli.memory import memory

        return memory(options)
    from tolmach.cli.pipelines import pipelines

    return pipelines(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tolmach",
        description="Russian news into English and Vietnamese, translated and summarised.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tolmach {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log details to standard error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_translate(commands)
    add_summarize(commands)
    add_models(commands)
    add_memory(commands)
    add_eval(commands)
    _add_pipelines(commands)
    return parser


def _add_pipelines(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pipelines", help="list, show and check pipelines")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the pipelines that come with tolmach")
    show = actions.add_parser("show", help="the YAML of a pipeline")
    show.add_argument("name", metavar="NAME", help="name or YAML file")
    check = actions.add_parser("check", help="look for mistakes in pipelines")
    check.add_argument("names", nargs="*", metavar="NAME", help="default: all that come with it")
