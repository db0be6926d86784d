"""The options of ``tolmach translate``."""

from __future__ import annotations

import argparse

__all__ = ["add_translate"]

_TRANSLATE = """\
Translates Russian articles. Sources are files, folders (searched recursively), patterns such as
'news/*.txt', or - for standard input (the translation goes to standard output then).

The output keeps the path of each source: articles/a/visit.txt becomes out/en/a/visit.txt, its
summary out/en/a/visit.summary.txt. out/run.json tells what became of every document.

The same command again goes on where an earlier one stopped, however it ended: documents that are
finished are not translated again unless they, the settings or the written files have changed.
"""


def add_translate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
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
    parser.add_argument(
        "--redo",
        action="store_true",
        help="translate again what an earlier run into the same folder has finished",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="do not end: translate what arrives in the folders, or changes, until stopped",
    )
    parser.add_argument(
        "--interval",
        type=float,
        metavar="SECONDS",
        help="with --watch: how often to look; a file is taken when it has not changed for so "
        "long (default: 2)",
    )
    parser.add_argument("--offline", action="store_true", help="never contact a model hub")
    parser.add_argument("--quiet", action="store_true", help="errors only")
    parser.add_argument(
        "--json", action="store_true", help="print run.json (or, for -, JSON lines) to stdout"
    )
