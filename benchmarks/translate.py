"""How fast batches of real length go through: tolmach beside what else there is.

Usage::

    python benchmarks/translate.py [--words 4000] [--beam 4] [--rounds 3] [--scale 10]
        [--argos /path/to/python/with/argostranslate-1.11] [--markdown]

All systems run the same checkpoint (:mod:`transliterating`: the size of opus-mt, int8 in
CTranslate2, float32 in the plain loop) on the same text with the same beam and threads, each warm
and in a process of its own, one after the other in every round. What they write is compared with
what they should write. Text: ``../shared/data`` where present, else the project's own articles and
references, repeated with other figures so that no sentence comes twice.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import transliterating  # noqa: E402

# also for the processes that are started: nothing is to be known from an earlier run
os.environ["TOLMACH_MEMORY"] = "none"
SHARED = ROOT.parent / "shared" / "data"
SENTENCES_A_PARAGRAPH, PARAGRAPHS_AN_ARTICLE = 3, 7
TEAM = ("files", "api", "loop", "argos", "bare 1x2", "bare 2x1")
_CYRILLIC = re.compile("[а-яё]")
_MONTH = re.compile(
    "(?i)январ|феврал|март|апрел|ма[йяюе]|июн|июл|август|сентябр|октябр|ноябр|декабр"
)
MEANING = {
    "command": "tolmach translate, files in, files out, start of the process included",
    "files": "tolmach, files in, files out",
    "api": "tolmach, Pipeline.translate_texts",
    "loop": "transformers loop, batches of 16 in file order, float32",
    "argos": "argostranslate, one paragraph after the other, sentence boundaries given to it",
    "bare 1x2": "CTranslate2 alone, all tokens at once, 1 worker x 2 threads",
    "bare 2x1": "CTranslate2 alone, all tokens at once, 2 workers x 1 thread",
}


def corpus(words: int) -> list[list[list[str]]]:
    """Articles of paragraphs of different sentences, so many words in all."""
    pool = [line for path in _sources() for line in _lines(path) if 3 <= len(line.split()) <= 80]
    # a network that only changes letters does not translate months, and would be asked again
    pool = [line for line in dict.fromkeys(pool) if _CYRILLIC.search(line)]
    pool = [line for line in pool if not _MONTH.search(line)]
    chosen: list[str] = []
    size = 0
    for turn in itertools.count():
        for line in pool:
            if size >= words:
                cut = SENTENCES_A_PARAGRAPH
                paragraphs = [chosen[at : at + cut] for at in range(0, len(chosen), cut)]
                cut = PARAGRAPHS_AN_ARTICLE
                return [paragraphs[at : at + cut] for at in range(0, len(paragraphs), cut)]
            # another turn needs other sentences, or they would be translated once only
            changed = line if not turn else f"{line[:-1]} — {turn}{line[-1]}"
            chosen.append(changed)
            size += len(changed.split())
    raise AssertionError


def _sources() -> list[Path]:
    names = ("ntrex-dev/ru.txt", "wmt23-ru-en/src.ru", "adapter-pairs/domain.jsonl")
    shared = [SHARED / name for name in names]
    found = [path for path in shared if path.is_file()]
    return found or [ROOT / "eval" / "references" / "seeds.jsonl", *(ROOT / "seeds").glob("*.txt")]


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["ru"] if path.suffix == ".jsonl" else line
        yield " ".join(text.split())


def sentences(articles: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    """All sentences, in order."""
    return [line for article in articles for paragraph in article for line in paragraph]


# ---- one system in a process of its own -----------------------------------------------------


def probe(system: str, folder: Path, beam: int) -> dict[str, Any]:
    """Run one system over the corpus in ``folder`` and report on it."""
    articles = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    runner, times, written = (
        {
            "files": _files,
            "api": _api,
            "loop": _loop,
            "argos": _argos,
            "bare 1x2": lambda *given: _bare(*given, workers=1),
            "bare 2x1": lambda *given: _bare(*given, workers=2),
        }[system](articles, folder, beam),
        [],
        [],
    )
    shares: dict[str, float] = {}
    seconds = runner(times, written, shares) if system == "files" else runner(times, written)
    lines = sentences(articles)
    expected = _letters(" ".join(map(transliterating.transliterate, lines)))
    found = _letters(" ".join(written))
    return {
        "seconds": seconds,
        "words": sum(len(line.split()) for line in lines),
        "articles": times,
        "peak_mb": _peak_mb(),
        "right": found == expected if written else None,
        "shares": shares,
    }


def _letters(text: str) -> str:
    """Leave out what is normalised on the way: white space, quotation marks, dashes."""
    return re.sub(r"\W", "", text)


def _peak_mb() -> float:
    # not getrusage, which counts in what the parent process needed when it started this one
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) / 1024  # type: ignore[index]


Run = Callable[..., float]
WARMING = ["Утром над рекой стоял туман.", "Лодки вышли поздно, но вернулись с уловом."]


def _settings() -> Any:
    from tolmach.config.run import RunSettings

    return RunSettings(device="cpu", threads=2)


def _pipeline(folder: Path, output: Path | None = None) -> Any:
    import tolmach
    from tolmach.composition import load_config

    config = load_config("news").without("summarize")
    return tolmach.load(config, settings=_settings(), model=str(folder / "model"), output=output)


def _files(articles: Any, folder: Path, beam: int) -> Run:
    from tolmach.stages import Input

    output = folder / "out"
    pipeline = _pipeline(folder, output)
    pipeline.translate_texts(WARMING, to="en")
    paths = sorted((folder / "in").glob("*.txt"))

    def run(times: list[float], written: list[str], shares: dict[str, float]) -> float:
        started = last = time.perf_counter()
        inputs = [Input(path.name, path=path) for path in paths]
        for item in pipeline.items(inputs, to=("en",)):
            if item.failure is not None:
                raise item.failure
            times.append(time.perf_counter() - last)
            last = time.perf_counter()
            for stage, spent in item.seconds.items():
                shares[stage] = shares.get(stage, 0.0) + spent
        seconds = time.perf_counter() - started
        written += [(output / "en" / path.name).read_text(encoding="utf-8") for path in paths]
        return seconds

    return run


def _api(articles: Any, folder: Path, beam: int) -> Run:
    pipeline = _pipeline(folder)
    pipeline.translate_texts(WARMING, to="en")

    def run(times: list[float], written: list[str]) -> float:
        started = time.perf_counter()
        written += pipeline.translate_texts(sentences(articles), to="en")
        return time.perf_counter() - started

    return run


def _loop(articles: Any, folder: Path, beam: int) -> Run:
    import warnings

    import torch
    import transformers

    warnings.filterwarnings("ignore")
    torch.set_num_threads(2)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "model")
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder / "model").eval()

    def translate(lines: Sequence[str]) -> list[str]:
        rows = tokenizer(list(lines), return_tensors="pt", padding=True)
        with torch.inference_mode():
            found = model.generate(**rows, num_beams=beam, max_new_tokens=512, max_length=None)
        return list(tokenizer.batch_decode(found, skip_special_tokens=True))

    def run(times: list[float], written: list[str]) -> float:
        translate(WARMING)
        lines = sentences(articles)
        started = time.perf_counter()
        for at in range(0, len(lines), 16):
            written += translate(lines[at : at + 16])
        return time.perf_counter() - started

    return run


def _argos(articles: Any, folder: Path, beam: int) -> Run:
    os.environ |= {"ARGOS_INTRA_THREADS": "2", "ARGOS_BEAM_SIZE": str(beam)}
    os.environ |= {"XDG_DATA_HOME": str(folder / "argos"), "XDG_CACHE_HOME": str(folder / "argos")}
    os.environ["XDG_CONFIG_HOME"] = str(folder / "argos")
    from argostranslate import package, translate

    boundaries = {" ".join(paragraph): paragraph for item in articles for paragraph in item}

    class Given:
        """Knows the sentences of the corpus."""

        def split_sentences(self, text: str) -> list[str]:
            return boundaries.get(text, [text])

    languages = [translate.Language(code, code) for code in ("ru", "en")]
    translation = translate.PackageTranslation(*languages, package.Package(folder / "package"))
    translation.sentencizer = Given()

    def run(times: list[float], written: list[str]) -> float:
        for line in WARMING:
            translation.translate(line)
        started = time.perf_counter()
        for article in articles:
            begun = time.perf_counter()
            written.append(translation.translate("\n".join(map(" ".join, article))))
            times.append(time.perf_counter() - begun)
        return time.perf_counter() - started

    return run


def _bare(articles: Any, folder: Path, beam: int, *, workers: int) -> Run:
    import ctranslate2

    from tolmach.inference.codecs import MarianCodec

    codec = MarianCodec(folder / "model")
    rows = [list(codec.encode(x, source="ru", target="en").tokens) for x in sentences(articles)]
    translator = ctranslate2.Translator(
        str(folder / "converted"), inter_threads=workers, intra_threads=2 // workers
    )

    def run(times: list[float], written: list[str]) -> float:
        options = {"beam_size": beam, "max_decoding_length": 512}
        translator.translate_batch(rows[:2], **options)
        started = time.perf_counter()
        # of 512, 1024, 2048 and everything in one batch, the fastest
        found = translator.translate_batch(
            rows, max_batch_size=1024, batch_type="tokens", **options
        )
        seconds = time.perf_counter() - started
        written += [codec.decode(result.hypotheses[0]) for result in found]
        return seconds

    return run


# ---- the comparison -------------------------------------------------------------------------


@contextmanager
def _workplace(words: int, beam: int, keep: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        articles = corpus(words)
        (folder / "corpus.json").write_text(json.dumps(articles), encoding="utf-8")
        (folder / "in").mkdir(exist_ok=True)
        for number, article in enumerate(articles):
            text = "\n\n".join(map(" ".join, article)) + "\n"
            (folder / "in" / f"{number:05}.txt").write_text(text, encoding="utf-8")
        if not (folder / "model").is_dir():
            transliterating.build(folder / "model", sentences(corpus(60_000)))
        _set_beam(folder / "model" / "tolmach-card.yaml", beam)
        os.environ["TOLMACH_CACHE"] = str(folder / "cache")
        _pack(folder)
        yield folder


def _set_beam(path: Path, beam: int) -> None:
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | {"decoding": {"beam": beam}}), encoding="utf-8")


def _pack(folder: Path) -> None:
    """Make the converted model, and the same packed for argostranslate."""
    from tolmach.catalog.cards import load_card
    from tolmach.catalog.store import ModelStore

    converted = ModelStore().prepare(load_card(str(folder / "model")), quantization="int8")
    (folder / "converted").unlink(missing_ok=True)
    (folder / "converted").symlink_to(converted)
    package = folder / "package"
    (package / "model").mkdir(parents=True, exist_ok=True)
    for path in converted.iterdir():
        link = package / "model" / path.name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    config = json.loads((converted / "config.json").read_text(encoding="utf-8"))
    (package / "model" / "config.json").unlink()
    # its tokenizer knows nothing of the end that Marian wants on the source
    config["add_source_eos"] = True
    (package / "model" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (package / "sentencepiece.model").unlink(missing_ok=True)
    (package / "sentencepiece.model").symlink_to(folder / "model" / "source.spm")
    about = {"package_version": "1", "argos_version": "1.11", "from_code": "ru", "to_code": "en"}
    about |= {"from_name": "Russian", "to_name": "English"}
    (package / "metadata.json").write_text(json.dumps(about), encoding="utf-8")


def _measure(system: str, folder: Path, beam: int, python: str) -> dict[str, Any]:
    if system == "command":
        return _command(folder)
    call = [python, __file__, "--probe", system, "--folder", str(folder), "--beam", str(beam)]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _command(folder: Path) -> dict[str, Any]:
    call = [sys.executable, "-m", "tolmach", "translate", str(folder / "in"), "--to", "en"]
    call += ["--out", str(folder / "out"), "--model", str(folder / "model"), "--threads", "2"]
    started = time.perf_counter()
    subprocess.run([*call, "--device", "cpu", "--quiet"], check=True, cwd=ROOT)
    seconds = time.perf_counter() - started
    articles = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    words = sum(len(line.split()) for line in sentences(articles))
    return {"seconds": seconds, "words": words, "articles": [], "peak_mb": 0.0, "right": None}


def machine() -> str:
    """The processor and how many there are."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"model name\s*: (.*)", text)
    return f"{name.group(1) if name else 'unknown'}, {len(os.sched_getaffinity(0))} processors"


def roofline(articles: Any, folder: Path, beam: int) -> float:
    """Words per second if every multiplication ran at the peak of int8 on these processors.

    128 multiply-adds a cycle and processor with AVX-512 VNNI, 64 with AVX-VNNI, else 32.
    """
    from tolmach.inference.codecs import MarianCodec

    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    each = 128 if "avx512_vnni" in text else 64 if "avx_vnni" in text else 32
    clock = float((re.search(r"cpu MHz\s*: ([\d.]+)", text) or ["", "2500"])[1]) * 1e6
    codec = MarianCodec(folder / "model")
    lines = sentences(articles)
    tokens = sum(len(codec.encode(line, source="ru", target="en")) for line in lines)
    d, inner, layers = transliterating.WIDTH, transliterating.INNER, transliterating.LAYERS
    encoder = layers * (4 * d * d + 2 * d * inner) + layers * 2 * d * d
    decoder = layers * (6 * d * d + 2 * d * inner) + transliterating.ENTRIES * d
    work = tokens * (encoder + beam * decoder)
    words = sum(len(line.split()) for line in lines)
    return words * min(2, len(os.sched_getaffinity(0))) * clock * each / work


def compare(options: argparse.Namespace) -> None:
    """Print the table."""
    team = [name for name in ("command", *TEAM) if not options.only or name in options.only]
    team = [name for name in team if name != "argos" or options.argos]
    with _workplace(options.words, options.beam, options.keep) as folder:
        results: dict[str, list[dict[str, Any]]] = {name: [] for name in team}
        for turn in range(options.rounds):
            for name in team[:: -1 if turn % 2 else 1]:
                python = options.argos if name == "argos" else sys.executable
                results[name].append(_measure(name, folder, options.beam, python))
                print(f"  round {turn + 1} {name}", file=sys.stderr, flush=True)
        _print(results, options, folder)
    if options.scale > 1:
        _print_scale(options)


def _print(
    results: dict[str, list[dict[str, Any]]], options: argparse.Namespace, folder: Path
) -> None:
    rates = {
        name: [run["words"] / run["seconds"] for run in runs] for name, runs in results.items()
    }
    articles = corpus(options.words)
    peak = roofline(articles, folder, options.beam)
    count = len(sentences(articles))
    print(f"{machine()}; {len(articles)} articles, {count} sentences, {options.words} words")
    print(f"beam {options.beam}, 2 threads, medians of {options.rounds} rounds")
    print("| system | words/s | tolmach is x times as fast | of int8 peak | peak MB | output |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for name, runs in results.items():
        # each round by itself: the machine may have been busier in one than in another
        ratio = statistics.median(map(float.__truediv__, rates["files"], rates[name]))
        rate = statistics.median(rates[name])
        memory = max(run["peak_mb"] for run in runs)
        right = {True: "right", False: "differs", None: ""}[runs[0]["right"]]
        cells = [MEANING[name], f"{rate:.0f}", f"{ratio:.2f}", f"{rate / peak:.0%}"]
        print("| " + " | ".join([*cells, f"{memory:.0f}" if memory else "", right]) + " |")
    for name in ("files", "argos"):
        times = sorted(second for run in results.get(name, []) for second in run["articles"])
        if times:
            middle, late = _part(times, 0.5), _part(times, 0.95)
            print(f"{name}: an article every {middle:.2f} s (p50), {late:.2f} s (p95)")
    shares = [run["shares"] for run in results["files"]]
    for stage in ("terms", "check"):
        spent = statistics.median(run[stage] / run["translate"] for run in shares)
        print(f"stage {stage}: {spent:.1%} of the time of translation")


def _part(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def _print_scale(options: argparse.Namespace) -> None:
    found = []
    for factor in (1, options.scale):
        with _workplace(options.words * factor, options.beam, options.keep) as folder:
            for path in (folder / "in").glob("*.txt"):
                path.unlink()
        with _workplace(options.words * factor, options.beam, options.keep) as folder:
            found.append(_measure("files", folder, options.beam, sys.executable))
    small, large = found
    time_ratio = (large["seconds"] / large["words"]) / (small["seconds"] / small["words"])
    print(
        f"{options.scale} times the corpus: {time_ratio:.3f} times the seconds per word, "
        f"{large['peak_mb'] / small['peak_mb']:.3f} times the peak memory "
        f"({small['peak_mb']:.0f} -> {large['peak_mb']:.0f} MB)"
    )


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--words", type=int, default=4000, help="size of the corpus")
    parser.add_argument("--beam", type=int, default=4, help="1 is greedy")
    parser.add_argument("--rounds", type=int, default=3, help="times that each system runs")
    parser.add_argument("--scale", type=int, default=1, help="also run so many times the corpus")
    parser.add_argument("--argos", metavar="PYTHON", help="a Python that has argostranslate")
    parser.add_argument("--only", nargs="+", choices=("command", *TEAM), help="not all systems")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep checkpoint and texts")
    parser.add_argument("--probe", choices=TEAM, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        print(json.dumps(probe(options.probe, options.folder, options.beam)))
    else:
        compare(options)


if __name__ == "__main__":
    main()
