"""The characters of a text file, and the way back to its bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tolmach.document import EditorWarning
from tolmach.errors import InputError
from tolmach.readers.encoding import decode

__all__ = ["RawText", "raw_text"]

_MARKS: Final = MappingProxyType(
    {
        "utf-8": codecs.BOM_UTF8,
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE,
        "utf-32-be": codecs.BOM_UTF32_BE,
    }
)
_SAMPLE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class RawText:
    """A decoded file.

    Attributes:
        data: its bytes.
        text: its characters, without a byte order mark, line ends as they are.
        encoding: the name of the encoding.
        doubt: why the encoding is doubtful; empty if it is not.
    """

    data: bytes
    text: str
    encoding: str
    doubt: str = ""

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text that takes the place of this one.

        The same text gives the same bytes. Another one keeps a Unicode encoding and its byte
        order mark; from an encoding that lacks the letters of the target it goes to UTF-8.
        """
        if text == self.text:
            return self.data
        mark = _MARKS.get(self.encoding)
        if mark is None:
            return text.encode("utf-8", "replace")
        encoded = text.encode(self.encoding, "replace")
        return mark + encoded if self.data.startswith(mark) else encoded

    def warnings(self) -> tuple[EditorWarning, ...]:
        """Return what is doubtful about the decoding."""
        found = []
        if self.doubt:
            found.append(EditorWarning("encoding", f"Read as {self.encoding}, but {self.doubt}."))
        damaged = self.text.count("\ufffd")
        if damaged:
            found.append(
                EditorWarning(
                    "encoding",
                    f"Read as {self.encoding}, with damaged characters (\ufffd): {damaged}.",
                )
            )
        return tuple(found)


def raw_text(data: bytes, *, name: str, path: Path | None) -> RawText:
    """Decode a text file of any form.

    Args:
        data: its bytes.
        name: the name of the document.
        path: the file, for messages.

    Raises:
        InputError: it is empty, or no text file.
    """
    shown = path or name
    decoded = decode(data)
    if not decoded.text.strip():
        raise InputError(f"{shown} is empty")
    if "\x00" in decoded.text[:_SAMPLE]:
        raise InputError(
            f"{shown} is not a text file (there are NUL characters in it); save it again from the "
            "program it was made with"
        )
    return RawText(data, decoded.text, decoded.encoding, decoded.doubt)
