"""Tiny checkpoints of real architectures, built deterministically in a fraction of a second.

Two MarianMT checkpoints in the layout in which such models are published:

* ``copying``: weights set by hand so that the output is exactly the source. What goes wrong with
  padding, masking, order or truncation shows as a wrong letter.
* ``random``: the same with so much noise on every weight that the output means nothing. It depends
  on every token of the source and on every computation, so two engines that agree on it compute
  the same; and most of its outputs end, which those of purely random weights never do.

How the copying network works: the token embeddings use the dimensions in which the sinusoids of
the positions are slow, the positions are recognised by the fast ones. All sublayers write nothing
to the residual stream but the cross-attention of the last decoder layer: its queries and keys read
the fast sinusoids with a large gain, so decoder position *t* attends to encoder position *t* alone,
and its values carry the token dimensions on, much larger than what was in the stream before. The
output embeddings are those of the input, so the best next token is the token at *t*. Embeddings
have a mean of zero and all the same norm, so the layer norms only scale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RUSSIAN = (
    "Утром над рекой стоял туман, и лодки вышли на лов позже обычного.",
    "В городской библиотеке открылась выставка старых карт и гравюр.",
    "Школьники посадили вдоль дороги двести молодых клёнов.",
    "Новый мост через канал свяжет два района и сократит путь на 12 километров.",
    "Жители просят вернуть автобусный маршрут, который отменили весной.",
    "Завод увеличил выпуск велосипедов на 15,5 процента по сравнению с прошлым годом.",
    "Министр принял делегацию и поблагодарил её за помощь после наводнения.",
    "Урожай кофе в этом сезоне ожидается выше среднего, считают эксперты.",
    "Оркестр из Дананга даст три концерта в Москве и Казани.",
    "На рынке подорожали рис, чай, сахар и растительное масло.",
    "Учёные нашли в пещере следы древнего очага и глиняную посуду.",
    "Поезд Ханой — Хюэ прибывает на станцию в 6:45 утра.",
    "Подробности можно узнать на сайте https://example.org или по почте.",
    "Совет утвердил бюджет, несмотря на возражения двух депутатов.",
    "Фермеры переходят на капельное орошение: воды стало меньше.",
    "Цены на жильё в столице снизились впервые за шесть лет.",
)
ENGLISH = (
    "Fog lay over the river in the morning, and the boats went out late.",
    "The city library has opened an exhibition of old maps and prints.",
    "Pupils planted two hundred young maples along the road.",
    "A new bridge over the canal will link two districts and save 12 kilometres.",
    "Residents ask for the bus route that was cancelled in spring.",
    "The plant made 15.5 percent more bicycles than in the year before.",
    "The minister received the delegation and thanked it for its help after the flood.",
    "Experts expect the coffee harvest of this season to be above average.",
    "The orchestra from Da Nang will play three concerts in Moscow and Kazan.",
    "Rice, tea, sugar and vegetable oil have become dearer at the market.",
    "In the cave scientists found an ancient hearth and pottery.",
    "The train from Hanoi to Hue arrives at the station at 6:45.",
    "See https://example.org for details, or write us a letter.",
    "The council passed the budget despite the objections of two members.",
    "Farmers turn to drip irrigation because there is less water.",
    "Housing in the capital became cheaper for the first time in six years.",
)
VIETNAMESE = (
    "Buổi sáng sương mù phủ trên sông, thuyền ra khơi muộn hơn thường lệ.",
    "Thư viện thành phố vừa mở triển lãm bản đồ và tranh khắc cổ.",
    "Học sinh đã trồng hai trăm cây phong non dọc theo con đường.",
    "Cây cầu mới qua kênh sẽ nối hai quận và rút ngắn 12 ki-lô-mét.",
    "Người dân đề nghị khôi phục tuyến xe buýt bị hủy hồi mùa xuân.",
    "Nhà máy sản xuất xe đạp nhiều hơn 15,5 phần trăm so với năm trước.",
    "Bộ trưởng tiếp đoàn và cảm ơn sự giúp đỡ sau trận lũ lụt.",
    "Các chuyên gia dự báo vụ cà phê năm nay cao hơn mức trung bình.",
    "Dàn nhạc Đà Nẵng sẽ biểu diễn ba buổi ở Mát-xcơ-va và Ca-dan.",
    "Gạo, chè, đường và dầu ăn tăng giá ngoài chợ.",
    "Trong hang, các nhà khoa học tìm thấy bếp lửa cổ và đồ gốm.",
    "Tàu Hà Nội — Huế đến ga lúc 6 giờ 45 phút sáng.",
)

# so that no letter is unknown to the copying checkpoint
ALPHABET = (
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ",
    "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ",
    "! \" # $ % & ' ( ) * + , - . / : ; < = > ? @ [ ] ^ _ { | } ~ « » “ ” ‘ ’ „ — – № § €",
)

_PIECES = 420
_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"
LANGUAGE_TOKENS = {"en": ">>eng<<", "vi": ">>vie<<"}
# left out of the random checkpoint's vocabulary although its source.spm has them
_MISSING_PIECES = 3

# the copying network: width, heads, and which of the width / 2 frequencies do what
_WIDTH, _HEADS = 128, 4
_FAST = range(16)
_SLOW = range(32, 60)
# sines that are nearly zero: what stands there after a layer norm is what its mean took away
_LEVEL = range(60, 64)
# the size of a token embedding against that of a sinusoid, which is 1
_TOKEN_SIZE = 6.0
# how sharply the cross-attention looks, and how much it outweighs the residual stream
_SHARPNESS, _LOUDNESS = 400.0, 1000.0
# how sure the network is of its choice
_CERTAINTY = 4.0
_NOISE, _NOISY_LOUDNESS, _NOISY_CERTAINTY = 0.03, 4.0, 0.5


def left_in(store: Any) -> list[str]:
    """Return what lies among the prepared models of a store, locks left out."""
    folder = store.root / "models"
    return sorted(path.name for path in folder.glob("*") if path.suffix != ".lock")


def train_pieces(sentences: Sequence[str], path: Path, *, size: int = _PIECES) -> list[str]:
    """Train a SentencePiece model, write it to ``path`` and return its pieces."""
    import io

    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    path.write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())]


def write_vocabulary(folder: Path, pieces: Sequence[str]) -> dict[str, int]:
    """Write ``vocab.json`` as published: the end first, the padding last."""
    special = (_END, _UNKNOWN, *LANGUAGE_TOKENS.values())
    ordinary = [piece for piece in dict.fromkeys(pieces) if piece not in {_UNKNOWN, _END, "<s>"}]
    vocabulary = {piece: index for index, piece in enumerate((*special, *ordinary, _PAD))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    return vocabulary


def write_card(folder: Path, name: str, **changes: Any) -> Path:
    """Write a ``tolmach-card.yaml`` for a checkpoint; ``changes`` replace whole keys."""
    card: dict[str, Any] = {
        "name": name,
        "summary": "a checkpoint of the tests",
        "family": "marian",
        "origin": {"path": "."},
        "licence": {"name": "MIT", "commercial": True},
        "pairs": ["ru-en", "ru-vi"],
        # their outputs are no translations; the vocabularies have tokens that they can do without
        "canary": {},
        "language_tokens": {},
        "normalise_punctuation": False,
        "limits": {"source_tokens": 64, "batch_tokens": 512},
        "decoding": {"beam": 1},
    }
    path = folder / "tolmach-card.yaml"
    # JSON is YAML
    path.write_text(json.dumps(card | changes, indent=1), encoding="utf-8")
    return path


def _new_model(vocabulary: Mapping[str, int], *, positions: int = 512) -> Any:
    import transformers

    config = transformers.MarianConfig(
        vocab_size=len(vocabulary),
        decoder_vocab_size=len(vocabulary),
        d_model=_WIDTH,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=_HEADS,
        decoder_attention_heads=_HEADS,
        encoder_ffn_dim=2 * _WIDTH,
        decoder_ffn_dim=2 * _WIDTH,
        activation_function="swish",
        max_position_embeddings=positions,
        scale_embedding=True,
        static_position_embeddings=True,
        normalize_before=False,
        normalize_embedding=False,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        dropout=0.0,
        pad_token_id=vocabulary[_PAD],
        eos_token_id=vocabulary[_END],
        bos_token_id=vocabulary[_END],
        decoder_start_token_id=vocabulary[_PAD],
    )
    return transformers.MarianMTModel(config).eval()


def _save(model: Any, folder: Path, vocabulary: Mapping[str, int]) -> None:
    model.generation_config.update(
        bad_words_ids=[[vocabulary[_PAD]]],
        decoder_start_token_id=vocabulary[_PAD],
        pad_token_id=vocabulary[_PAD],
        eos_token_id=vocabulary[_END],
        # what published checkpoints say besides
        bos_token_id=vocabulary[_END],
        forced_eos_token_id=vocabulary[_END],
        max_length=512,
        num_beams=6,
        renormalize_logits=True,
    )
    model.save_pretrained(folder, safe_serialization=True)
    settings = {"source_lang": "rus", "target_lang": "eng", "model_max_length": 512}
    settings |= {"tokenizer_class": "MarianTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def build_copying(folder: Path, *, name: str = "copying", **card: Any) -> Path:
    """Build the checkpoint that returns its source; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sentences = (*RUSSIAN, *ENGLISH, *VIETNAMESE, *ALPHABET)
    pieces = train_pieces(sentences, folder / "source.spm", size=900)
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    vocabulary = write_vocabulary(folder, pieces)
    model = _new_model(vocabulary)
    _set_copying_weights(model, vocabulary[_PAD])
    _save(model, folder, vocabulary)
    write_card(folder, name, **card)
    return folder


def build_random(folder: Path, *, name: str = "random", seed: int = 7, **card: Any) -> Path:
    """Build the checkpoint whose output means nothing; return its folder."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    source = train_pieces(RUSSIAN, folder / "source.spm", size=260)
    target = train_pieces((*ENGLISH, *VIETNAMESE), folder / "target.spm", size=360)
    lacking = set(source[-_MISSING_PIECES:])
    vocabulary = write_vocabulary(folder, [p for p in (*source, *target) if p not in lacking])
    model = _new_model(vocabulary)
    _set_copying_weights(
        model, vocabulary[_PAD], certainty=_NOISY_CERTAINTY, loudness=_NOISY_LOUDNESS
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter_name, weight in model.named_parameters():
            if "embed_positions" not in parameter_name:
                weight.add_(torch.randn(weight.shape, generator=generator) * _NOISE)
        bias = torch.randn(model.final_logits_bias.shape, generator=generator)
        model.final_logits_bias.copy_(bias * _NOISE)
        model.model.shared.weight[vocabulary[_PAD]] = 0.0
    _save(model, folder, vocabulary)
    write_card(folder, name, **card)
    return folder


def _set_copying_weights(
    model: Any, pad: int, *, certainty: float = _CERTAINTY, loudness: float = _LOUDNESS
) -> None:
    import torch

    with torch.no_grad():
        for parameter_name, weight in model.named_parameters():
            if weight.dim() > 1 and "embed_positions" not in parameter_name:
                weight.zero_()
        codes = torch.tensor(_codes(len(model.model.shared.weight)))
        model.model.shared.weight.copy_(codes * _TOKEN_SIZE / _WIDTH**0.5)
        model.model.shared.weight[pad] = 0.0
        model.final_logits_bias.zero_()
        last = model.model.decoder.layers[-1]
        _attend_to_same_place(last.encoder_attn, loudness)
        last.final_layer_norm.weight.fill_(certainty)


def _codes(count: int) -> list[list[float]]:
    """One row of +1 and -1 for each token, balanced within the sines and within the cosines."""
    import random

    generator = random.Random(11)
    half = [1.0, -1.0] * (len(_SLOW) // 2)
    rows = []
    for _ in range(count):
        row = [0.0] * _WIDTH
        for start in (0, _WIDTH // 2):  # sines stand before cosines
            generator.shuffle(half)
            for place, value in zip(_SLOW, half, strict=True):
                row[start + place] = value
        rows.append(row)
    return rows


def _attend_to_same_place(attention: Any, loudness: float) -> None:
    fast = [start + place for start in (0, _WIDTH // 2) for place in _FAST]
    slow = [start + place for start in (0, _WIDTH // 2) for place in _SLOW]
    size = _WIDTH // _HEADS
    for head in range(_HEADS):
        for row, column in enumerate(fast[:size]):
            for projection, gain in ((attention.q_proj, _SHARPNESS), (attention.k_proj, 1.0)):
                projection.weight[head * size + row, column] = gain
                for level in _LEVEL:
                    projection.weight[head * size + row, level] = -gain / len(_LEVEL)
    for place in slow:
        attention.v_proj.weight[place, place] = 1.0
        attention.out_proj.weight[place, place] = loudness
