"""Text to tokens and back, for each family of models.

No tokenizer of ``transformers`` is needed at run time: importing it costs seconds, and a
SentencePiece processor may be used from several threads at once. BART, which has no SentencePiece
model, uses the library ``tokenizers``, of which the same is true.
"""

from tolmach.inference.codecs.bart import BartCodec
from tolmach.inference.codecs.marian import MarianCodec
from tolmach.inference.codecs.mbart import MBartCodec
from tolmach.inference.codecs.nllb import NllbCodec
from tolmach.inference.codecs.pieces import VocabularyCodec, added_tokens, load_sentencepiece
from tolmach.inference.codecs.prompt import PromptCodec
from tolmach.inference.codecs.t5 import T5Codec

__all__ = [
    "BartCodec",
    "MBartCodec",
    "MarianCodec",
    "NllbCodec",
    "PromptCodec",
    "T5Codec",
    "VocabularyCodec",
    "added_tokens",
    "load_sentencepiece",
]
