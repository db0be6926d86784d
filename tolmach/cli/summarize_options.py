"""The options of ``tolmach summarize``."""

from __future__ import annotations

import argparse

__all__ = ["add_summarize"]

_SUMMARIZE = """\
Summarises texts in English, Vietnamese or Russian, each in its own language. Sources are files,
folders, patterns such as 'news/*.txt', or - for standard input.

Without --out the summaries go to standard output. With it, out/en/a/visit.summary.txt is that of
the English text a/visit.txt, and out/run.json tells on which sentences each one rests and what the
checks said of it.
"""


def add_summarize(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "summarize",
        help="summarise texts in English, Vietnamese or Russian",
        description=_SUMMARIZE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, pattern, or -")
    parser.add_argument(
        "--style",
        action="append",
        choices=("abstract", "lead", "bullets", "headline"),
        help="what to write; may be repeated (default: abstract)",
    )
    parser.add_argument(
        "--length",
        metavar="N",
        help="so many sentences, or with a c characters: 400c "
        "(default: 3 sentences, up to 8 for texts of many sections)",
    )
    parser.add_argument(
        "--to", choices=("en", "vi"), help="translate the summaries of texts in another language"
    )
    parser.add_argument(
        "--model", metavar="NAME", help="use this model, or extractive for sentences as they are"
    )
    parser.add_argument("--out", metavar="FOLDER", help="write files instead of printing")
    parser.add_argument(
        "--format", action="append", choices=("jsonl",), help="with --out: segments and sources too"
    )
    parser.add_argument(
        "--config", default="auto", metavar="NAME", help="run settings: auto, cpu, cuda or a file"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="override the settings")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument(
        "--licences",
        choices=("any", "commercial"),
        help="commercial: only models whose licence allows commercial use (default: any)",
    )
    parser.add_argument("--offline", action="store_true", help="never contact a model hub")
    parser.add_argument("--quiet", action="store_true", help="errors only")
    parser.add_argument("--json", action="store_true", help="print run.json to standard output")
