"""Which characters the bytes of a text file stand for, decided from all of its bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from rapport.sources.opening import CHUNK

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPOKEN = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
NOT_TEXT = "\0"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text: the codec, the length of the byte order mark, and why."""

    codec: str
    mark: int = 0
    why: str = ""

    @property
    def spoken(self) -> str:
        """The name that people know."""
        return _SPOKEN.get(self.codec, self.codec)


def decide_encoding(stream: IO[bytes]) -> Encoding:
    """Decide the encoding from the whole stream.

    A byte order mark decides; then the zeros of UTF-16; then whether all bytes are valid UTF-8.
    Where most of the accented characters are not, the text is taken as Windows-1252, which holds
    all of Latin-1 that people write.

    Examples
    --------
    >>> import io
    >>> decide_encoding(io.BytesIO("prénom".encode("cp1252"))).spoken
    'Windows-1252'
    >>> decide_encoding(io.BytesIO("prénom".encode("utf-16"))).spoken
    'UTF-16'
    """
    start = stream.read(CHUNK)
    for mark, codec in _BOMS:
        if start.startswith(mark):
            return Encoding(codec, len(mark), "it says so in its first bytes")
    head = start[:4096]
    zeros = (head[0::2].count(0), head[1::2].count(0))
    half = len(head) // 2
    if half >= 4 and max(zeros) > 0.6 * half and min(zeros) < 0.1 * half:
        return Encoding(
            "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be", 0, "every second byte is zero"
        )
    valid, invalid = _utf8_evidence(start, stream)
    if invalid > valid / 5:
        why = f"{invalid:,} of its characters cannot be UTF-8"
        return Encoding("cp1252", 0, why)
    return Encoding("utf-8")


def _utf8_evidence(start: bytes, stream: IO[bytes]) -> tuple[int, int]:
    """Return how many characters beyond ASCII are valid UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    valid = invalid = 0
    chunk, pending = start, False
    while chunk:
        if pending or not chunk.isascii():
            text = decoder.decode(chunk)
            pending = bool(decoder.getstate()[0])
            bad = text.count("\ufffd")
            valid += len(text) - len(text.encode("ascii", "ignore")) - bad
            invalid += bad
        chunk = stream.read(CHUNK)
    return valid, invalid + decoder.decode(b"", True).count("\ufffd")


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return NOT_TEXT, error.end


codecs.register_error("rapport-not-text", _mark_undecodable)


def utf8_chunks(stream: IO[bytes], encoding: Encoding, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the text as UTF-8 bytes; what cannot be decoded becomes a zero byte.

    Bytes of UTF-8 files pass as they are: they are checked where their row is known.
    """
    stream.read(encoding.mark)
    if encoding.codec == "utf-8":
        while chunk := stream.read(size):
            yield chunk
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)("rapport-not-text")
    while chunk := stream.read(size):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")
