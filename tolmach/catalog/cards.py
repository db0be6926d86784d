"""Model cards: what a model is, where it comes from, what it may be used for, how to run it."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tolmach import resources
from tolmach.config.schema import Options, parse
from tolmach.config.yamlfile import load_yaml
from tolmach.errors import ConfigError, ModelNotFound
from tolmach.inference.base import Decoding

__all__ = ["Card", "Licence", "Limits", "Origin", "load_card", "shipped_cards"]

_CHECKPOINT_SUFFIXES = {".json", ".safetensors", ".bin", ".spm", ".model"}
Language = Literal["ru", "en", "vi"]
_SUMMARISING = frozenset({"t5", "bart", "mbart"})


class Origin(Options):
    """Where the weights come from: exactly one of a hub repository, a package or a folder.

    Attributes:
        repository: name on a model hub, ``owner/name``.
        revision: commit, tag or branch of the repository.
        package: Python package that carries the weights.
        adapter: folder beside the cards with a LoRA adapter in PEFT's format.
        vocabulary: file beside the cards with the pieces of the vocabulary that are kept, see
            :mod:`tolmach.catalog.pruning`; empty to keep all.
        path: local directory with a checkpoint.
        size_mb: how much is downloaded or read, in megabytes.
    """

    repository: str = ""
    revision: str = "main"
    package: str = ""
    adapter: str = ""
    vocabulary: str = ""
    path: str = ""
    size_mb: int = 0

    @model_validator(mode="after")
    def _one_source(self) -> Origin:
        given = [name for name in ("repository", "package", "path") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError("exactly one of repository, package and path is needed")
        return self


class Licence(Options):
    """The terms of the weights.

    Attributes:
        name: of the licence.
        url: its text.
        commercial: whether commercial use is allowed.
        attribution: what must be said where the output is published, if anything.
    """

    name: str
    url: str = ""
    commercial: bool
    attribution: str = ""


class Limits(Options):
    """What the network can take.

    Attributes:
        source_tokens: longest segment that is given to it, in tokens; longer ones are cut.
        context_tokens: longest input with its prompt, and output, in tokens; 0 if only
            ``source_tokens`` matters.
        output_tokens: longest output it can write, in tokens; MarianMT knows 512 positions.
        batch_tokens: padded tokens in a batch that suit it.
    """

    source_tokens: int = Field(default=256, ge=8)
    output_tokens: int = Field(default=512, ge=8)
    context_tokens: int = Field(default=0, ge=0)
    batch_tokens: int = Field(default=2048, ge=8)


class Card(Options):
    """One model.

    Attributes:
        name: what the user calls it.
        summary: one line for lists.
        family: decides the codec and the conversion; a ``chain`` is made of other models.
        origin: where the weights come from; a chain has none.
        licence: their terms.
        pairs: directions, as ``ru-en``; a language to itself, as ``ru-ru``, is summarising.
        prompts: for the family ``prompt``: by direction, with ``{text}``.
        summaries: for the family ``prompt``: prompts that condense a passage, by language.
        end_tokens: for the family ``prompt``: what ends an answer.
        language_tokens: for multilingual models: ``marian``, first token of the source by target;
            ``nllb`` and ``mbart``, code by language, for sources and targets; ``t5``, prefix by
            target. Empty says that none is needed, None that it is not known.
        chain: for the family ``chain``: names of models that translate one after the other.
        canary: sentence by direction that is translated once when the model is prepared, see
            :mod:`tolmach.catalog.canary`; None for the built-in ones, empty for no such check.
        normalise_punctuation: write the source with the punctuation of OPUS-MT's training data;
            None: for Marian models.
        quality: ``draft`` output is labelled as such wherever it is shown.
        names_in_source: give it the names that were found in the form of the target language, see
            :mod:`tolmach.terms.mixing`.
        unsure_below: log probability per token below which a translation gets the warning
            ``unsure``, see ``benchmarks/scores.py``; None for never.
        alignment: for the family ``marian``: whether the first head of the last layer's
            cross-attention was trained as a word alignment (``transformer-align`` of OPUS-MT).
        limits: what the network can take.
        decoding: how to search.
        figures: published or measured scores, each with its source.
        notes: what a user should know.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    summary: str
    family: Literal["marian", "nllb", "t5", "bart", "mbart", "prompt", "chain"]
    # a chain has none: every way to look for weights is empty
    origin: Origin = Origin.model_construct()
    licence: Licence
    pairs: tuple[str, ...] = Field(min_length=1)
    prompts: dict[str, str] = Field(default_factory=dict)
    summaries: dict[str, str] = Field(default_factory=dict)
    end_tokens: tuple[str, ...] = ()
    language_tokens: dict[str, str] | None = None
    chain: tuple[str, ...] = ()
    canary: dict[str, str] | None = None
    normalise_punctuation: bool | None = None
    quality: Literal["draft", "standard"] = "standard"
    names_in_source: bool = False
    unsure_below: float | None = Field(default=None, lt=0)
    alignment: bool = False
    limits: Limits = Limits()
    decoding: Decoding = Decoding()
    figures: tuple[str, ...] = ()
    notes: str = ""

    # prompts begin and end where they say, white space included
    model_config = Options.model_config | {"str_strip_whitespace": False}

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        for pair in self.pairs:
            source, _, target = pair.partition("-")
            if {source, target} - {"ru", "en", "vi"}:
                raise ValueError(f"pairs: {pair!r} is no direction between ru, en and vi")
            if source == target and self.family not in _SUMMARISING:
                raise ValueError(
                    f"pairs: {pair!r} is no direction of the family {self.family}; families that "
                    f"summarise: {', '.join(sorted(_SUMMARISING))}, and prompt with 'summaries'"
                )
        for name, prompt in (self.prompts | self.summaries).items():
            if prompt.count("{text}") != 1:
                raise ValueError(f"the prompt for {name} must contain {{text}} once")
        self._check_family()
        self._check_languages()
        return self

    def _check_family(self) -> None:
        if self.family == "chain":
            if len(self.chain) < 2 or len(self.pairs) != 1:
                raise ValueError("chain: the family chain needs two models or more, and one pair")
            if self.model_fields_set & {"origin"}:
                raise ValueError("origin: a chain has no weights of its own")
            if self.alignment:
                raise ValueError("alignment: say it in the cards of the chain's members")
            return
        if self.alignment and self.family != "marian":
            raise ValueError("alignment: only models of the family marian have such attention")
        if self.chain:
            raise ValueError("chain: only the family chain is made of other models")
        if "origin" not in self.model_fields_set:
            raise ValueError("origin: exactly one of repository, package and path is needed")
        if self.family == "prompt":
            missing = [pair for pair in self.pairs if pair not in self.prompts]
            if missing:
                raise ValueError(f"prompts: none for {', '.join(missing)}")
            if not self.end_tokens:
                raise ValueError("end_tokens: the family prompt needs at least one")

    def _check_languages(self) -> None:
        tokens = self.language_tokens or {}
        if self.family in {"nllb", "mbart"}:
            spoken = dict.fromkeys(code for pair in self.pairs for code in pair.split("-"))
            missing = [code for code in spoken if code not in tokens]
            if missing:
                example = {"nllb": "rus_Cyrl", "mbart": "ru_RU"}[self.family]
                raise ValueError(f"language_tokens: no code such as {example} for {missing[0]}")
        if self.family == "t5" and tokens:
            missing = [pair for pair in self.pairs if pair[3:] not in tokens]
            if missing:
                raise ValueError(f"language_tokens: no prefix for {missing[0][3:]}")
        unknown = [name for name in self.canary or {} if name not in self.pairs]
        if unknown:
            raise ValueError(f"canary: {unknown[0]} is none of the pairs")

    @property
    def normalises(self) -> bool:
        """Whether the punctuation of the source is normalised."""
        said = self.normalise_punctuation
        return self.family == "marian" if said is None else said

    @cached_property
    def directions(self) -> frozenset[tuple[str, str]]:
        """The pairs as ``(source, target)``; a language to itself is condensing."""
        condensing = {(language, language) for language in self.summaries}
        return frozenset((pair[:2], pair[3:]) for pair in self.pairs) | condensing

    def fingerprint(self) -> str:
        """Return a short hash of all that decides the prepared weights (not the decoding)."""
        deciding = self.model_dump(include={"family", "origin"}, mode="json")
        if self.origin.adapter:
            deciding["adapter"] = _folder_hash(self.adapter_folder())
        if self.origin.vocabulary:
            deciding["vocabulary"] = hashlib.sha256(self.vocabulary_file().read_bytes()).hexdigest()
        if self.origin.path:
            deciding["files"] = _files(Path(self.origin.path))
        text = json.dumps(deciding, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def adapter_folder(self) -> Path:
        """Return the folder of the adapter.

        Raises:
            ModelNotFound: it is not there.
        """
        folder = resources.folder("models") / self.origin.adapter
        if not (folder / "adapter_model.safetensors").is_file():
            raise ModelNotFound(f"model {self.name}: there is no adapter in {folder}")
        return folder

    def vocabulary_file(self) -> Path:
        """Return the file with the kept pieces of the vocabulary.

        Raises:
            ModelNotFound: it is not there.
        """
        path = resources.folder("models") / self.origin.vocabulary
        if not path.is_file():
            raise ModelNotFound(f"model {self.name}: there is no vocabulary list {path}")
        return path


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of a checkpoint's files: hashing gigabytes would take minutes."""
    paths = [path for path in folder.glob("*") if path.suffix in _CHECKPOINT_SUFFIXES]
    found = [(path.name, path.stat()) for path in sorted(paths)]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]


def _folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("adapter_*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load_card(name: str) -> Card:
    """Load a card by its name, by the path of its YAML file, or for a checkpoint directory.

    Args:
        name: ``"embedded"``, ``./my-card.yaml`` or a directory with ``tolmach-card.yaml``, or with
            a checkpoint that says itself what it is.

    Raises:
        ConfigError: the card is wrong.
        ModelNotFound: there is no such card.
    """
    path = Path(name)
    if path.is_dir():
        path = path / "tolmach-card.yaml"
        if not path.is_file():
            from tolmach.catalog.uncarded import infer_card

            return infer_card(Path(name))
    elif path.suffix not in {".yaml", ".yml"}:
        try:
            path = resources.named_file("models", name)
        except ConfigError as error:
            raise ModelNotFound(str(error)) from None
    file = load_yaml(path)
    card = parse(Card, file)
    if card.origin.path and not Path(card.origin.path).is_absolute():
        # a relative path is meant from where the card lies
        folder = (path.parent / card.origin.path).resolve()
        origin = card.origin.model_copy(update={"path": str(folder)})
        card = card.model_copy(update={"origin": origin})
    return card


def shipped_cards() -> tuple[Card, ...]:
    """Load every card in ``models/``, by name."""
    return tuple(load_card(name) for name in resources.names("models"))
