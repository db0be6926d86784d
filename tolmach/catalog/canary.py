"""A sentence that every model must translate sensibly before it is used.

A model can be whole, load without a word and still write nonsense: a forgotten language token, a
wrong scale of the output layer, a vocabulary that is shifted by one. What is written then is
fluent often enough that no number gives it away, but it is in the wrong language, empty, repeats
itself or is the source again; the guards of translation find that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tolmach.catalog.cards import Card
from tolmach.document import Severity
from tolmach.errors import ModelError
from tolmach.inference.base import ChainModel, Hypothesis, TextModel
from tolmach.languages import NAMES, language_of, words
from tolmach.translation.guards import inspect, loop_start

__all__ = ["PASSAGES", "SENTENCES", "check", "sentences"]

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ru": "Вчера министр иностранных дел провёл в столице переговоры с делегацией соседней "
        "страны и рассказал журналистам об их итогах.",
        "en": "Yesterday the foreign minister held talks in the capital with a delegation from the "
        "neighbouring country and told journalists about the results.",
        "vi": "Hôm qua, bộ trưởng ngoại giao đã hội đàm tại thủ đô với phái đoàn của nước láng "
        "giềng và thông báo kết quả cho các nhà báo.",
    }
)
"""The same sentence in each language: what is translated, and what could come out."""

PASSAGES: Mapping[str, str] = MappingProxyType(
    {
        "ru": "Городской совет утвердил во вторник план ремонта старого моста через реку. Работы "
        "начнутся весной и продлятся восемь месяцев. На это время движение направят по "
        "соседней улице, а для пешеходов откроют временный переход. Мост построили в 1961 году, "
        "и с тех пор его ни разу не чинили. Жители давно просили город заняться им.",
        "en": "The city council approved a plan on Tuesday to repair the old bridge over the "
        "river. Work will begin in spring and last eight months. Traffic will be sent along the "
        "next street during that time, and a temporary crossing will open for pedestrians. The "
        "bridge was built in 1961 and has not been repaired since. Residents had long asked the "
        "city to attend to it.",
        "vi": "Hôm thứ Ba, hội đồng thành phố đã thông qua kế hoạch sửa chữa cây cầu cũ bắc qua "
        "sông. Công việc sẽ bắt đầu vào mùa xuân và kéo dài tám tháng. Trong thời gian đó, xe cộ "
        "sẽ đi theo con phố bên cạnh, còn người đi bộ có lối qua tạm. Cây cầu được xây năm 1961 "
        "và từ đó chưa từng được sửa. Người dân từ lâu đã đề nghị thành phố quan tâm đến nó.",
    }
)
"""The same short text in each language, for models that summarise."""

_FEWEST_WORDS = 4
# an abstract of a text is made of its words for the most part, whatever their forms
_SHARED_WORDS = 0.3
# a translation shares its names and numbers with the source, but hardly whole runs of words
_COPIED_WORDS = 0.6
_MAX_SHOWN = 120


def sentences(card: Card) -> dict[str, str]:
    """Return the sentence to translate for each direction; empty if the card wants no check."""
    if card.canary is not None:
        return dict(card.canary)
    return {
        pair: (PASSAGES if pair[:2] == pair[3:] else SENTENCES)[pair[:2]] for pair in card.pairs
    }


def check(model: TextModel | ChainModel, card: Card) -> None:
    """Translate, or summarise, the canary of each direction and look at what comes out.

    Args:
        model: the loaded model.
        card: says which sentences, see :func:`sentences`.

    Raises:
        ModelError: an output cannot be a translation; the message names the model, the direction,
            the output and the reason.
    """
    for pair, text in sentences(card).items():
        source, _, target = pair.partition("-")
        if source == target:
            _check_summary(model, card, text, source)
            continue
        found = _translate(model, text, source=source, target=target)
        reason = _reason(text, found, to=target)
        if reason:
            shown = found.text[:_MAX_SHOWN] + ("..." if len(found.text) > _MAX_SHOWN else "")
            raise ModelError(
                f"model {card.name} does not translate {NAMES[source]} to {NAMES[target]}: "
                f"{reason}. For {text!r} it writes {shown!r}"
            )


def _check_summary(model: TextModel | ChainModel, card: Card, text: str, language: str) -> None:
    found = _translate(model, text, source=language, target=language)
    reason = _unlike_summary(text, found, language)
    if reason:
        shown = found.text[:_MAX_SHOWN] + ("..." if len(found.text) > _MAX_SHOWN else "")
        raise ModelError(
            f"model {card.name} does not summarise {NAMES[language]}: {reason}. "
            f"For {text[:_MAX_SHOWN]!r}... it writes {shown!r}"
        )


def _unlike_summary(text: str, found: Hypothesis, language: str) -> str:
    """Return why an output cannot be a summary, empty if it can; a copied sentence may be one."""
    if len(words(found.text)) < _FEWEST_WORDS:
        return "it says next to nothing"
    if language_of(found.text) != language:
        return "it is in the wrong language"
    if loop_start(found.text) is not None:
        return "the same words are repeated"
    if len(found.text) > len(text):
        return "it is longer than the text"
    known = {word.lower() for word in words(text)}
    shared = sum(word.lower() in known for word in words(found.text))
    if shared < _SHARED_WORDS * len(words(found.text)):
        return "it has next to nothing in common with the text"
    return ""


def _translate(model: TextModel | ChainModel, text: str, *, source: str, target: str) -> Hypothesis:
    if isinstance(model, ChainModel):
        found = Hypothesis(text, 0.0, True)
        for stage, reads, writes in model.stages:
            found = _translate(stage, found.text, source=reads, target=writes)
        return found
    ((best, *_),) = model.generate([model.encode(text, source=source, target=target)])
    return best


def _reason(text: str, found: Hypothesis, *, to: str) -> str:
    """Return what is wrong with an output, empty if nothing is."""
    # a copy is in the wrong language as well, but this says it better
    if _copied(text, found.text):
        return "it repeats the source"
    wrong = [
        warning.message
        for warning in inspect(text, found.text, to=to, finished=found.finished)
        if warning.severity is Severity.ERROR
    ]
    return "; ".join(wrong)


def _copied(text: str, output: str) -> bool:
    source, target = text.lower().split(), output.lower().split()
    if not target:
        return False
    return sum(word in source for word in target) > _COPIED_WORDS * len(target)
