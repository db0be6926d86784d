"""Measure the cleaner against annotated pages: ``python benchmarks/cleaning.py [--articles DIR]``.

Without ``--articles`` the samples in ``seeds/`` are used and, where it exists, the folder
``../shared/articles`` beside the repository. ``--misses`` lists every line with a wrong kind.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

from tolmach.cleaning import detect_profile, label_lines, profiles
from tolmach.cleaning.profiles import SiteProfile
from tolmach.document import Kind
from tolmach.evaluation.structure import (
    StructureScore,
    confusion_table,
    misses,
    read_structure,
    score_structure,
)

ROOT = Path(__file__).resolve().parent.parent


def annotated_pages(folders: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield every text of some folders with its annotations, which lie beside it or in gold."""
    for folder in folders:
        for text in sorted(folder.rglob("*.txt")):
            name = text.relative_to(folder).with_suffix(".structure.jsonl")
            for place in (folder, ROOT / "tests" / "gold"):
                if (place / name).exists():
                    yield text, place / name
                    break


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text in UTF-8, or else in the encoding that seems likeliest."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(data, cp_isolation=["cp1251", "koi8_r"]).best()
        text = str(best) if best else data.decode("cp1251", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def default_folders() -> list[Path]:
    """Return the folders with annotated pages that exist here."""
    return [
        folder
        for folder in (ROOT.parent / "shared" / "articles", ROOT / "seeds")
        if folder.is_dir()
    ]


def measure(
    text: Path, gold: Path, known: Sequence[SiteProfile]
) -> tuple[StructureScore, tuple[tuple[int, Kind, Kind | None], ...], float]:
    """Label one page; return its score, its misses and the seconds it took."""
    lines = read_lines(text)
    profile = detect_profile("\n".join(lines), known)
    begin = time.perf_counter()
    found = label_lines(lines, profile=profile)
    seconds = time.perf_counter() - begin
    wanted = read_structure(gold)
    return score_structure(wanted, found), misses(wanted, found), seconds


def main() -> None:
    """Print one row for each page, the sum of all and the confusion table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=Path, nargs="+", help="folders with annotated pages")
    parser.add_argument("--misses", action="store_true", help="list the lines that went wrong")
    parser.add_argument("--profiles", action="store_true", help="use the profiles of known sites")
    options = parser.parse_args()
    known = profiles(ROOT / "configs" / "sites") if options.profiles else ()
    total = StructureScore()
    print(f"{'page':<20}{'lines':>7}{'kept':>8}{'caught':>8}{'kinds':>8}{'ms':>8}")
    for text, gold in annotated_pages(options.articles or default_folders()):
        score, wrong, seconds = measure(text, gold, known)
        total += score
        print(row(text.stem, score, f"{1000 * seconds:8.1f}"))
        for number, wanted, found in wrong if options.misses else ():
            print(f"    {text.name}:{number}: {wanted} taken for {found}")
    print(row("all", total, ""))
    print("\n" + confusion_table(total))


def row(name: str, score: StructureScore, seconds: str) -> str:
    """Format one line of the report."""
    rates = f"{score.kept:8.3f}{score.caught:8.3f}{score.accuracy:8.3f}"
    return f"{name:<20}{score.lines:>7}{rates}{seconds}"


if __name__ == "__main__":
    main()
