"""Suites: what YAML may say, and the texts that are read for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach import resources
from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.corpus import Example, Selection, checked, narrowed, text_of
from tolmach.evaluation.loading import load_corpus
from tolmach.evaluation.sources import from_lines, read_lines
from tolmach.evaluation.suites import DATA, Suite, load_suite

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    {"id": "a", "ru": "Первая.", "en": "First.", "vi": "Một.", "doc": "x"},
    {"id": "b", "ru": "Вторая.", "en": "Second.", "vi": "Hai.", "doc": "x"},
    {"id": "c", "ru": "Третья.", "en": "Third.", "vi": "Ba.", "doc": "y"},
]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def suite(folder: Path, data: str, rest: str = "") -> Suite:
    return load_suite(write(folder, "suite.yaml", f"data: {data}\n{rest}\n"))


def json_file(folder: Path, rows: list[dict[str, object]], name: str = "rows.jsonl") -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write(folder, name, lines)


# --- shipped ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", resources.names("eval"))
def test_shipped_suites_are_right_and_documented(name: str) -> None:
    found = load_suite(name)
    assert found.name == name
    assert found.summary
    assert f"| `{name}` |" in (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_snippets_cover_all_genres() -> None:
    corpus = load_corpus(load_suite("snippets"))
    assert len(corpus.examples) >= 200
    assert len(corpus.documents) == 11
    small = load_corpus(load_suite("snippets-small"))
    assert small.documents == corpus.documents
    assert {item.id for item in small.examples} < {item.id for item in corpus.examples}


def test_summaries_have_their_articles() -> None:
    corpus = load_corpus(load_suite("summaries"))
    assert all(len(item.source) > len(item.references["en"][0]) for item in corpus.examples)
    assert "\n\n" in corpus.examples[0].source


def test_every_key_is_documented() -> None:
    import re

    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+)`", text))
    assert set(Suite.model_fields) - {"folder"} <= named
    for kind, options in DATA.items():
        assert kind in named
        assert set(options.model_fields) - {"kind"} <= named


# --- mistakes in suites -------------------------------------------------------------------------


def test_all_mistakes_are_reported_with_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "bad.yaml",
        "sumary: x\ndata:\n  kind: snippets\n  pth: a\nto: [de]\nmetrics: [bleu]\nevery: 0\n",
    )
    with pytest.raises(ConfigError) as raised:
        load_suite(path)
    text = str(raised.value)
    for expected in (
        f"{path}:1: unknown key 'sumary'; did you mean 'summary'?",
        f"{path}:4: unknown key 'pth'",
        "key 'path' is missing",
        f"{path}:5: to.0",
        f"{path}:6: metrics: no metric bleu; known: chrF2, BLEU",
        f"{path}:7: every",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "must be a mapping"),
        ("summary: x\n", "key 'data' is missing"),
        ("data: {kind: spam}\n", "data.kind must be one of snippets"),
        ("data: {kind: datasets, repository: a/b}\n", "revision is missing"),
        ("data: {kind: datasets}\n", "either repository or path"),
        ("data: {kind: lines, source: a, references: {en: b}}\n", "no references in 'vi'"),
        ("data: {kind: snippets, path: a}\nlines: [4, 2]\n", "counted from 1"),
        ("data: {kind: snippets, path: a}\nstages: [spell]\n", "no stage 'spell'"),
        ("data: {kind: snippets, path: a}\nname: ../x\n", "name of a folder"),
        ("data: {kind: snippets, path: a}\nfolder: /\n", "unknown key 'folder'"),
        ("data: {kind: snippets, path: a}\nto: []\n", "at least one language"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        load_suite(write(tmp_path, "bad.yaml", text))


def test_an_unknown_suite_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no eval named 'nothing'; known: .*snippets"):
        load_suite("nothing")


def test_suites_can_be_made_in_python(tmp_path: Path) -> None:
    json_file(tmp_path, list(ROWS))
    made = load_suite(
        Suite(name="mine", data={"kind": "snippets", "path": "rows.jsonl"}, folder=tmp_path)
    )
    assert len(load_corpus(made).examples) == 3
    with pytest.raises(ConfigError, match=r"data\.kind"):
        load_suite(Suite(name="mine", data={}))


# --- data ---------------------------------------------------------------------------------------


def test_snippets(tmp_path: Path) -> None:
    json_file(tmp_path, list(ROWS))
    corpus = load_corpus(suite(tmp_path, "{kind: snippets, path: rows.jsonl}"))
    assert [item.id for item in corpus.examples] == ["a", "b", "c"]
    assert corpus.documents == ("x", "y")
    assert corpus.references("vi")[1] == ("Hai.",)


def test_lines_with_several_references_and_documents(tmp_path: Path) -> None:
    write(tmp_path, "ru.txt", "Раз\u2028два\r\nТри\r\n")
    write(tmp_path, "a.txt", "One two\nThree\n")
    write(tmp_path, "b.txt", "One and two\n3\n")
    write(tmp_path, "docs.txt", "p\nq\n")
    data = "{kind: lines, source: ru.txt, references: {en: [a.txt, b.txt]}, documents: docs.txt}"
    corpus = load_corpus(suite(tmp_path, data, "to: [en]"))
    assert corpus.sources() == ("Раз два", "Три")
    assert corpus.references("en") == (("One two", "One and two"), ("Three", "3"))
    assert corpus.documents == ("p", "q")


def test_tables(tmp_path: Path) -> None:
    write(tmp_path, "a.tsv", 'key\tsource\ten\n1\t"Да"\t"Yes"\n2\tНет\tNo\n')
    data = "{kind: tsv, path: a.tsv, columns: {id: key, ru: source}}"
    corpus = load_corpus(suite(tmp_path, data, "to: [en]"))
    # a quotation mark is a quotation mark
    assert corpus.examples[0].source == '"Да"'
    write(tmp_path, "b.tsv", "Да\tYes\nНет\tNo\n")
    data = "{kind: tsv, path: b.tsv, header: false, columns: {ru: '1', en: '2'}}"
    assert load_corpus(suite(tmp_path, data, "to: [en]")).references("en")[1] == ("No",)
    json_file(tmp_path, [{"text": "Да", "refs": ["Yes", "Yeah"]}])
    data = "{kind: jsonl, path: rows.jsonl, columns: {ru: text, en: refs}}"
    assert load_corpus(suite(tmp_path, data, "to: [en]")).references("en") == (("Yes", "Yeah"),)


def test_tmx(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.tmx",
        """<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/passwd">]>
        <tmx version="1.4"><header/><body>
        <tu tuid="7"><tuv xml:lang="ru-RU"><seg>Он <bpt i="1">&lt;b&gt;</bpt>сказал<ept
        i="1"/> <hi>да</hi>.</seg></tuv>
        <tuv xml:lang="EN"><seg>He said yes.</seg></tuv>
        <tuv xml:lang="en-GB"><seg>Yes, he said.</seg></tuv></tu>
        <tu><tuv xml:lang="ru"><seg>&x;</seg></tuv><tuv xml:lang="en"><seg>x</seg></tuv></tu>
        <tu><tuv xml:lang="ru"><seg>Нет</seg></tuv><tuv xml:lang="vi"><seg>Không</seg></tuv></tu>
        </body></tmx>""",
    )
    corpus = load_corpus(suite(tmp_path, "{kind: tmx, path: a.tmx}", "to: [en]"))
    (only,) = corpus.examples
    assert (only.id, only.source) == ("7", "Он сказал да.")
    assert only.references["en"] == ("He said yes.", "Yes, he said.")
    write(tmp_path, "a.tmx", "<html/>")
    with pytest.raises(InputError, match="not TMX: the root element is html"):
        load_corpus(suite(tmp_path, "{kind: tmx, path: a.tmx}", "to: [en]"))
    write(tmp_path, "a.tmx", "<tmx>")
    with pytest.raises(InputError, match="not TMX"):
        load_corpus(suite(tmp_path, "{kind: tmx, path: a.tmx}", "to: [en]"))


def test_data_sets_of_a_local_folder(tmp_path: Path) -> None:
    json_file(tmp_path, [{"russian": "Да", "english": "Yes"}], "set/test.jsonl")
    data = "{kind: datasets, path: set, columns: {ru: russian, en: english}}"
    corpus = load_corpus(suite(tmp_path, data, "to: [en]"), offline=True)
    assert corpus.examples[0].references["en"] == ("Yes",)


def configured(folder: Path, english: int = 2) -> None:
    for name, texts in (("ru", ["Да", "Нет"]), ("en", ["Yes", "No", "Maybe"][:english])):
        json_file(folder, [{"text": text} for text in texts], f"set/{name}/test.jsonl")
    write(
        folder,
        "set/README.md",
        "---\nconfigs:\n- config_name: rus_Cyrl\n  data_files:\n  - split: test\n"
        "    path: ru/test.jsonl\n- config_name: eng_Latn\n  data_files:\n  - split: test\n"
        "    path: en/test.jsonl\n---\n",
    )


def test_data_sets_with_a_configuration_for_each_language(tmp_path: Path) -> None:
    configured(tmp_path)
    data = "{kind: datasets, path: set, configs: {ru: rus_Cyrl, en: eng_Latn}}"
    corpus = load_corpus(suite(tmp_path, data, "to: [en]"))
    assert [(item.source, item.references["en"]) for item in corpus.examples] == [
        ("Да", ("Yes",)),
        ("Нет", ("No",)),
    ]


def test_data_sets_whose_languages_do_not_fit(tmp_path: Path) -> None:
    configured(tmp_path, english=3)
    data = "{kind: datasets, path: set, configs: {ru: rus_Cyrl, en: eng_Latn}}"
    with pytest.raises(InputError, match=r"different numbers of rows: \{'ru': 2, 'en': 3\}"):
        load_corpus(suite(tmp_path, data, "to: [en]"))
    with pytest.raises(InputError, match="configs lacks vi"):
        load_corpus(suite(tmp_path, data, "to: [vi]"))
    with pytest.raises(InputError, match="cannot be loaded"):
        load_corpus(suite(tmp_path, "{kind: datasets, path: none}", "to: [en]"))
    column = "{kind: datasets, path: set, configs: {ru: rus_Cyrl, en: eng_Latn}, columns: {en: x}}"
    with pytest.raises(InputError, match="no column 'x'; columns: text"):
        load_corpus(suite(tmp_path, column, "to: [en]"))


def test_the_cache_must_hold_the_pinned_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it lies in the cache of the library after a download."""
    import datasets

    json_file(tmp_path, [{"ru": "Да", "en": "Yes"}], "set/test.jsonl")
    cache = tmp_path / "cache"
    datasets.load_dataset(str(tmp_path / "set"), split="test", cache_dir=str(cache))
    (made,) = (path.parent for path in cache.rglob("*.arrow"))
    commit = "0123456789" * 4
    there = cache / "our___set" / "default" / "0.0.0" / commit
    there.parent.mkdir(parents=True)
    made.rename(there)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", cache)
    data = "{kind: datasets, repository: our/set, revision: %s}"
    found = load_corpus(suite(tmp_path, data % commit, "to: [en]"), offline=True)
    assert found.sources() == ("Да",)
    with pytest.raises(InputError, match="in another revision than aaaa"):
        load_corpus(suite(tmp_path, data % ("a" * 40), "to: [en]"), offline=True)


def test_articles(tmp_path: Path) -> None:
    write(tmp_path, "src/a.txt", "Заголовок\n\nТекст.\n")
    write(tmp_path, "ref/a.txt", "Title\n\nText.\n")
    data = "{kind: articles, sources: src, references: {en: ref}}"
    (only,) = load_corpus(suite(tmp_path, data, "to: [en]")).examples
    assert (only.id, only.references["en"]) == ("a.txt", ("Title Text.",))
    assert only.source.startswith("Заголовок\n\n")


def test_approved_texts_of_a_memory(tmp_path: Path) -> None:
    memory = pytest.importorskip("tolmach.memory")
    file = memory.MemoryFile(tmp_path / "memory.sqlite3")
    file.approve([memory.Approved("Да.", "Yes."), memory.Approved("Нет.", "No.")], ("ru", "en"))
    file.approve([memory.Approved("Нет.", "Không.")], ("ru", "vi"))
    file.close()
    data = "{kind: memory, path: memory.sqlite3}"
    both = load_corpus(suite(tmp_path, data))
    assert [(item.source, dict(item.references)) for item in both.examples] == [
        ("Нет.", {"en": ("No.",), "vi": ("Không.",)})
    ]
    assert len(load_corpus(suite(tmp_path, data, "to: [en]")).examples) == 2
    with pytest.raises(InputError, match="no translation memory"):
        load_corpus(suite(tmp_path, "{kind: memory, path: none}"))


# --- never a wrong score in silence -------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "a"}, r"rows.jsonl:2: the id 'a' was there before .*rows.jsonl:1"),
        ({"en": None}, r"rows.jsonl:2: the reference in 'en' is missing"),
        ({"en": float("nan")}, r"rows.jsonl:2: the reference in 'en' is NaN"),
        ({"en": "  "}, r"rows.jsonl:2: the reference in 'en' is empty"),
        ({"en": 7}, r"rows.jsonl:2: the reference in 'en' is int instead of a text"),
        ({"en": []}, r"rows.jsonl:2: the reference in 'en' is missing"),
        ({"en": ["x", None]}, r"rows.jsonl:2: the reference in 'en' is missing"),
        ({"ru": ""}, r"rows.jsonl:2: the source is empty"),
        ({"ru": "\ud800"}, r"rows.jsonl:2: the source holds half a character"),
        ({"ru": "a\x00b"}, r"rows.jsonl:2: the source holds a NUL"),
    ],
)
def test_damaged_rows(tmp_path: Path, change: dict[str, object], message: str) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1].update(change)  # type: ignore[arg-type]
    lines = "\n".join(json.dumps(row) for row in rows)
    write(tmp_path, "rows.jsonl", lines)
    with pytest.raises(InputError, match=message):
        load_corpus(suite(tmp_path, "{kind: snippets, path: rows.jsonl}"))


def test_damaged_files(tmp_path: Path) -> None:
    source = write(tmp_path, "ru.txt", "Раз\nДва\n")
    short = write(tmp_path, "en.txt", "One\n")
    with pytest.raises(InputError, match=r"en.txt: 1 lines, but .*ru.txt has 2"):
        from_lines(source, {"en": [short]})
    coded = tmp_path / "cp1251.txt"
    coded.write_bytes("Раз\nДва\n".encode("cp1251"))
    with pytest.raises(InputError, match=r"cp1251.txt:1: not UTF-8 \(byte 0xd0\)"):
        read_lines(coded)
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / "nothing")
    write(tmp_path, "rows.jsonl", "{}\n[1]\n")
    with pytest.raises(InputError, match=r"rows.jsonl:1: the reference"):
        load_corpus(suite(tmp_path, "{kind: snippets, path: rows.jsonl}"))
    write(tmp_path, "rows.jsonl", "[1]\n")
    with pytest.raises(InputError, match=r"rows.jsonl:1: must be a JSON object"):
        load_corpus(suite(tmp_path, "{kind: snippets, path: rows.jsonl}"))
    write(tmp_path, "a.tsv", "ru\ten\nДа\n")
    with pytest.raises(InputError, match=r"a.tsv:2: 1 columns instead of 2"):
        load_corpus(suite(tmp_path, "{kind: tsv, path: a.tsv}", "to: [en]"))
    write(tmp_path, "empty.jsonl", "\n")
    with pytest.raises(InputError, match="nothing to evaluate on"):
        load_corpus(suite(tmp_path, "{kind: snippets, path: empty.jsonl}"))


def test_selections_that_the_data_do_not_have(tmp_path: Path) -> None:
    json_file(tmp_path, list(ROWS))
    data = "{kind: snippets, path: rows.jsonl}"
    with pytest.raises(InputError, match="there are 3 lines, but the suite asks for lines up to 9"):
        load_corpus(suite(tmp_path, data, "lines: [1, 9]"))
    with pytest.raises(InputError, match="no document z"):
        load_corpus(suite(tmp_path, data, "documents: [x, z]"))
    chosen = load_corpus(suite(tmp_path, data, "documents: [y]"))
    assert [item.id for item in chosen.examples] == ["c"]
    ranged = load_corpus(suite(tmp_path, data, "lines: [2, 3]\nlimit: 1"))
    assert [item.id for item in ranged.examples] == ["b"]


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 40), first=st.integers(1, 40), every=st.integers(1, 7),
    limit=st.integers(0, 9),
)  # fmt: skip
def test_what_is_selected_keeps_its_order(size: int, first: int, every: int, limit: int) -> None:
    examples = [Example(str(number), "x") for number in range(size)]
    found = narrowed(examples, Selection(first, 0, every, limit), where="x")
    numbers = [int(item.id) for item in found]
    assert numbers == sorted(set(numbers))
    assert all((number - first + 1) % every == 0 and number >= first - 1 for number in numbers)
    assert not limit or len(found) <= limit


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1))
def test_texts_are_one_line_or_refused(text: str) -> None:
    try:
        found = text_of(text, "x", "the text")
    except InputError:
        assert not text.strip() or "\x00" in text
    else:
        assert found == " ".join(text.split())
        assert "\n" not in found


def test_texts_without_references_are_refused() -> None:
    with pytest.raises(InputError, match="'1' has no reference in 'vi'"):
        checked([Example("1", "x", {"en": ("y",)})], to=["en", "vi"], where="x")


def test_an_external_entity_in_a_long_file_is_not_read(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    write(tmp_path, "a.tmx", f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{bomb}]><tmx><tu>&l8;</tu></tmx>')
    with pytest.raises(InputError):
        load_corpus(suite(tmp_path, "{kind: tmx, path: a.tmx}", "to: [en]"))
