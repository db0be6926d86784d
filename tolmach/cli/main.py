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

_TRANSLATE = """\
Translates Russian articles. Sources are files, folders (searched recursively), patterns such as
'news/*.txt', or - for standard input (the translation goes to standard output then).

The output keeps the path of each source: articles/a/visit.txt becomes out/en/a/visit.txt, its
summary out/en/a/visit.summary.txt. out/run.json tells what became of every document.
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
    _add_translate(commands)
    add_summarize(commands)
    add_models(commands)
    add_memory(commands)
    add_eval(commands)
    _add_pipelines(commands)
    return parser


def _add_translate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "translate",
        help="translate files, folders or standard input",
        description=_TRANSLATE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, pattern, or -")
    parser.add_argument(
        "--to",
        action="append",
        choices=("en", "vi"),
        help="target language; give it twice for both (default: both)",
    )
    parser.add_argument("--out", metavar="FOLDER", help="where results go (default: out)")
    parser.add_argument(
        "--summary", action="store_true", help="write a summary beside each article"
    )
    parser.add_argument(
        "--format",
        action="append",
        choices=("same", "text", "jsonl", "review", "xliff", "xliff1"),
        help="output format; may be repeated (default: the pipeline's; same: like the source)",
    )
    parser.add_argument(
        "--review",
        action="store_true",
        help="write a page beside each translation to read, correct and approve it in a browser",
    )
    parser.add_argument(
        "--pipeline", default="news", metavar="NAME", help="name or YAML file (default: news)"
    )
    parser.add_argument(
        "--config", default="auto", metavar="NAME", help="run settings: auto, cpu, cuda or a file"
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="use this model for all targets instead of the pipeline's list of preference",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="override the settings")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument(
        "--fast", action="store_true", help="greedy search: 2 to 4 times as fast, somewhat worse"
    )
    parser.add_argument(
        "--licences",
        choices=("any", "commercial"),
        help="commercial: only models whose licence allows commercial use (default: any)",
    )
    parser.add_argument(
        "--glossary",
        action="append",
        metavar="FILE",
        help="terms (CSV or TBX) that come before the shipped ones; may be repeated",
    )
    parser.add_argument(
        "--field",
        action="append",
        metavar="NAME",
        help="field of JSON lines or column of CSV files to translate; may be repeated "
        "(default: title, text and others of the usual names)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="a document in which checks find errors fails"
    )
    parser.add_argument(
        "--memory",
        metavar="FILE",
        help="file of the translation memory, or none (default: what the settings say)",
    )
    parser.add_argument("--offline", action="store_true", help="never contact a model hub")
    parser.add_argument("--quiet", action="store_true", help="errors only")
    parser.add_argument(
        "--json", action="store_true", help="print run.json (or, for -, JSON lines) to stdout"
    )


def _add_pipelines(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pipelines", help="list, show and check pipelines")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="the pipelines that come with tolmach")
    show = actions.add_parser("show", help="the YAML of a pipeline")
    show.add_argument("name", metavar="NAME", help="name or YAML file")
    check = actions.add_parser("check", help="look for mistakes in pipelines")
    check.add_argument("names", nargs="*", metavar="NAME", help="default: all that come with it")
