"""Pruning the vocabulary: which pieces belong together, and that nothing else changes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import checkpoints
import gemma
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.catalog import gguf
from tolmach.catalog.cards import load_card
from tolmach.catalog.pruning import close_merges, merge_path, prune, read_pieces, write_pieces
from tolmach.catalog.store import ModelStore
from tolmach.errors import ModelNotFound, PreparationError
from tolmach.inference.codecs import load_sentencepiece

pytest.importorskip("google.protobuf")

CONTROLS = ("<pad>", "<eos>", "<bos>", "<unk>", "\n")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
WORDS = [word for line in checkpoints.RUSSIAN + checkpoints.ENGLISH for word in line.split()]
LETTERS = {"a": -9.0, "b": -9.0, "c": -9.0, "ab": -1.0, "bc": -2.0, "abc": -3.0, "cc": -2.0}
# what a reader lets through: no controls, no surrogates, not SentencePiece's own space
TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="▁"))


@cache
def tiny() -> gguf.GemmaWeights:
    """A vocabulary that was really trained, and embeddings that tell their row."""
    names, scores, types = gemma.pieces()
    rows = np.arange(len(names), dtype=np.float32)
    tensors = {
        "token_embd.weight": np.stack([rows, -rows], axis=1),
        "output_norm.weight": np.ones(2, dtype=np.float32),
    }
    return gguf.GemmaWeights(tensors, {"gemma3.block_count": 0}, names, scores, types)


def mergeable() -> dict[str, float]:
    fixed = {*CONTROLS, *BYTES}
    pairs = zip(tiny().pieces, tiny().scores, strict=True)
    return {piece: score for piece, score in pairs if piece not in fixed}


def processor(weights: gguf.GemmaWeights, path: Path) -> Any:
    path.write_bytes(gguf._sentencepiece(weights))
    return load_sentencepiece(path)


def selection(words: Iterable[str]) -> frozenset[str]:
    """Whatever the words need, and what can never be missing."""
    scores = mergeable()
    needed = {part for word in words for part in merge_path(word, scores) if part in scores}
    return frozenset({*CONTROLS, *BYTES, "▁"} | close_merges(needed, scores))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return processor(tiny(), tmp_path_factory.mktemp("whole") / "tokenizer.model")


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Any:
    weights = prune(tiny(), selection(f"▁{word}" for word in WORDS[:25]))
    assert len(CONTROLS + BYTES) < len(weights.pieces) < len(tiny().pieces) - 50
    return processor(weights, tmp_path_factory.mktemp("pruned") / "tokenizer.model")


class TestMergePath:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("", []),
            ("a", ["a"]),
            ("abc", ["a", "b", "c", "ab", "abc"]),
            ("xbc", ["x", "b", "c", "bc"]),
            # of equals the leftmost
            ("ccc", ["c", "c", "c", "cc"]),
            # once ab is made, bc cannot be
            ("abcc", ["a", "b", "c", "c", "ab", "cc"]),
        ],
    )
    def test_by_hand(self, text: str, path: list[str]) -> None:
        assert list(merge_path(text, LETTERS)) == path

    @given(st.sampled_from(WORDS))
    def test_like_sentencepiece(self, word: str) -> None:
        text = f"▁{word}"
        made = set(merge_path(text, mergeable()))
        assert made.issuperset(_whole().encode(f" {word}", out_type=str))
        assert all(piece in text for piece in made)


@cache
def _whole() -> Any:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_proto=gguf._sentencepiece(tiny()))


class TestCloseMerges:
    @given(st.sets(st.sampled_from(sorted(mergeable())), max_size=40))
    def test_everything_can_be_made(self, keep: set[str]) -> None:
        scores = mergeable()
        closed = close_merges(keep, scores)
        assert keep <= closed <= scores.keys()
        assert close_merges(closed, scores) == closed
        few = {piece: scores[piece] for piece in closed}
        for piece in keep:
            # with the selection alone a piece is made as it is with all
            assert list(merge_path(piece, few)) == list(merge_path(piece, scores))
            for part in set(merge_path(piece, scores)) - set(piece):
                assert any(left + right == part for left, right in _halves(part, closed))

    def test_nothing(self) -> None:
        assert close_merges([], mergeable()) == frozenset()


def _halves(piece: str, among: frozenset[str]) -> list[tuple[str, str]]:
    cuts = ((piece[:at], piece[at:]) for at in range(1, len(piece)))
    return [(left, right) for left, right in cuts if left in among and right in among]


class TestPrune:
    def test_rows_stay_together(self) -> None:
        weights, keep = tiny(), selection(f"▁{word}" for word in WORDS[:9])
        small = prune(weights, keep)
        assert set(small.pieces) == keep
        assert small.tensors["token_embd.weight"].shape == (len(keep), 2)
        old = {piece: row for row, piece in enumerate(weights.pieces)}
        rows = [old[piece] for piece in small.pieces]
        assert all(first < second for first, second in pairwise(rows))
        assert small.tensors["token_embd.weight"][:, 0].tolist() == rows
        assert list(small.scores) == [weights.scores[row] for row in rows]
        assert list(small.types) == [weights.types[row] for row in rows]
        assert small.pieces[:4] == list(CONTROLS[:4])
        assert small.settings == weights.settings

    def test_argument_stays(self) -> None:
        weights = tiny()
        small = prune(weights, selection([]))
        small.tensors["token_embd.weight"][:] = 7
        assert weights.tensors["token_embd.weight"][:, 0].tolist() == list(
            range(len(weights.pieces))
        )
        assert len(weights.pieces) == len(weights.scores) == len(weights.types)

    def test_all_kept_is_the_same(self) -> None:
        same = prune(tiny(), tiny().pieces)
        assert same.pieces == tiny().pieces
        np.testing.assert_array_equal(
            same.tensors["token_embd.weight"], tiny().tensors["token_embd.weight"]
        )

    def test_unknown_piece(self) -> None:
        keep = {*tiny().pieces, *(f"nonsense{number}" for number in range(5))}
        with pytest.raises(PreparationError, match=r"no piece 'nonsense0'.* and 2 more"):
            prune(tiny(), keep)

    @pytest.mark.parametrize("lost", ["<0x00>", "<0xFF>", "<eos>", "<bos>", "<unk>", "<pad>"])
    def test_lost_piece(self, lost: str) -> None:
        with pytest.raises(PreparationError, match=f"lacks '{lost}'"):
            prune(tiny(), {*tiny().pieces} - {lost})

    def test_embeddings_do_not_fit(self) -> None:
        tensors = {"token_embd.weight": np.zeros((3, 2), dtype=np.float32)}
        with pytest.raises(PreparationError, match="but 3 embeddings"):
            prune(replace(tiny(), tensors=tensors), tiny().pieces)


class TestTokenizer:
    @given(TEXTS)
    def test_any_text_survives(self, pruned: Any, whole: Any, text: str) -> None:
        assert pruned.decode(pruned.encode(text)) == text
        assert whole.decode(whole.encode(text)) == text
        assert pruned.decode(pruned.encode(text, out_type=str)) == text

    @given(st.lists(st.sampled_from(WORDS), max_size=12))
    def test_kept_words_are_cut_as_before(self, pruned: Any, whole: Any, words: list[str]) -> None:
        text = "".join(f" {word}" for word in words)
        expected = whole.encode(text, out_type=str)
        few = {pruned.id_to_piece(index) for index in range(pruned.get_piece_size())}
        if few.issuperset(expected):
            assert pruned.encode(text, out_type=str) == expected

    def test_first_words_need_nothing_else(self, pruned: Any, whole: Any) -> None:
        for word in WORDS[:25]:
            text = f" {word}"
            assert pruned.encode(text, out_type=str) == whole.encode(text, out_type=str)


class TestFile:
    PIECES = ("▁б", '"', "\\", "#", "\n\n", "\u2028", "\x85", " ", "é", "<0x00>")

    def test_round_trip(self, tmp_path: Path) -> None:
        path = tmp_path / "list.gz"
        write_pieces(path, self.PIECES, notes=["a note", "another"])
        assert read_pieces(path) == tuple(sorted(self.PIECES))
        assert gzip.decompress(path.read_bytes()).startswith(b"# a note\n# another\n")

    def test_same_bytes(self, tmp_path: Path) -> None:
        for name, pieces in (("one", self.PIECES), ("two", reversed(self.PIECES))):
            write_pieces(tmp_path / name, pieces)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no gzip",
            gzip.compress(b'"a"\n' * 99, mtime=0)[:-9],
            gzip.compress(b'"a"\n' * 99, mtime=0)[:12] + b"\xff" * 20,
            gzip.compress(b"# only notes\n", mtime=0),
            gzip.compress(b"not quoted\n", mtime=0),
            gzip.compress(b"[1]\n", mtime=0),
            gzip.compress(b"\xff\xfe\n", mtime=0),
        ],
    )
    def test_damaged(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "list.gz"
        path.write_bytes(content)
        with pytest.raises(PreparationError, match=r"list\.gz"):
            read_pieces(path)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(PreparationError, match="cannot be read"):
            read_pieces(tmp_path / "nowhere.gz")


class TestShippedList:
    def test_what_no_text_can_do_without(self) -> None:
        kept = set(read_pieces(load_card("embedded").vocabulary_file()))
        assert kept.issuperset((*CONTROLS, *BYTES))
        assert kept.issuperset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")
        assert kept.issuperset("ăâđêôơưĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợ")
        assert kept.issuperset(map(chr, range(33, 127)))
        assert kept.issuperset("«»„“”‘’—–…№§°€%‰")
        assert kept.issuperset(["▁Việt", "▁Nam", "▁Hà", "▁Nội", "▁Vietnam", "▁Hanoi"])
        assert 40_000 < len(kept) < 80_000

    def test_decides_the_fingerprint(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        card = load_card("embedded")
        before = card.fingerprint()
        write_pieces(tmp_path / "other.gz", ["a"])
        monkeypatch.setattr(type(card), "vocabulary_file", lambda _: tmp_path / "other.gz")
        assert card.fingerprint() != before

    def test_missing_list(self) -> None:
        card = load_card("embedded")
        origin = card.origin.model_copy(update={"vocabulary": "embedded/nowhere.gz"})
        with pytest.raises(ModelNotFound, match="no vocabulary list"):
            card.model_copy(update={"origin": origin}).fingerprint()


@pytest.mark.embedded
class TestEmbedded:
    @pytest.fixture(scope="class")
    @staticmethod
    def both() -> tuple[Any, Any]:
        card, store = load_card("embedded"), ModelStore()
        if not store.has_package(card):
            pytest.skip(f"{card.origin.package} is not installed")
        origin = card.origin.model_copy(update={"vocabulary": ""})
        folders = (
            store.prepare(one, quantization="int8")
            for one in (card.model_copy(update={"origin": origin}), card)
        )
        whole, pruned = (load_sentencepiece(folder / "tokenizer.model") for folder in folders)
        return whole, pruned

    def test_closed(self, both: tuple[Any, Any]) -> None:
        whole, _ = both
        every = (
            (whole.id_to_piece(index), whole.get_score(index))
            for index in range(whole.get_piece_size())
            if not whole.is_control(index) and not whole.is_byte(index)
        )
        scores = dict(every)
        kept = set(read_pieces(load_card("embedded").vocabulary_file()))
        mergeable = {piece for piece in kept & scores.keys() if piece.strip("\n\t")}
        assert close_merges(mergeable, scores) == mergeable

    @settings(deadline=None)
    @given(TEXTS)
    def test_any_text_survives(self, both: tuple[Any, Any], text: str) -> None:
        for model in both:
            assert model.decode(model.encode(text)) == text

    def test_prompts_are_cut_as_before(self, both: tuple[Any, Any]) -> None:
        card = load_card("embedded")
        for prompt in (*card.prompts.values(), *card.summaries.values()):
            text = prompt.replace("{text}", " ")
            whole, pruned = (model.encode(text, out_type=str) for model in both)
            assert whole == pruned
