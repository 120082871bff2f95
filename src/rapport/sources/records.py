"""Where one record of a text table ends and the next begins, in large blocks of bytes.

A quote opens a field only at the field's start, and a line end inside quotes belongs to the text
(RFC 4180); a quote in the middle of a field is a character like any other. A line longer than
`LONGEST`, or a quote that is never closed, becomes a mark in its own row, so that no other row is
swallowed and rows keep the numbers that a spreadsheet shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

LONGEST = 4 << 20
TOO_LONG = b"\0too long\0"
NOT_CLOSED = b"\0not closed\0"
_QUOTED_REST = re.compile(rb'(?:[^"]++|"")*+"')
_QUOTE, _NEWLINE, _RETURN = 0x22, 0x0A, 0x0D


def blocks(chunks: Iterable[bytes], delimiter: bytes, *, quoting: bool) -> Iterator[bytes]:
    """Yield blocks of whole records, each ended by a newline (the last one perhaps not)."""
    carry = b""
    for lines in _short_lines(chunks):
        carry += lines
        while True:
            end = record_end(carry, delimiter) if quoting else len(carry)
            if end:
                yield carry[:end]
                carry = carry[end:]
            if len(carry) <= LONGEST:
                break
            carry = _broken_first_line(carry)
    while carry:
        end = record_end(carry + b"\n", delimiter) if quoting else len(carry)
        if end:
            yield carry[:end]
            carry = carry[end:]
        else:
            carry = _broken_first_line(carry)


def _broken_first_line(text: bytes) -> bytes:
    line, newline, rest = text.partition(b"\n")
    return NOT_CLOSED + line[:200].replace(b'"', b"'") + newline + rest


def _short_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines, each too long one replaced by a mark."""
    tail, skipping = b"", False
    for chunk in chunks:
        piece = chunk
        if skipping:
            newline = chunk.find(b"\n")
            if newline < 0:
                continue
            piece, skipping = chunk[newline:], False
        text = tail + piece
        end = text.rfind(b"\n") + 1
        whole, tail = text[:end], text[end:]
        if len(whole) > LONGEST:
            whole = _marked(whole)
        if len(tail) > LONGEST:
            whole, tail, skipping = whole + _mark(tail), b"", True
        yield whole
    if tail:
        yield tail


def _mark(line: bytes) -> bytes:
    return TOO_LONG + line[:200].replace(b'"', b"'")


def _marked(text: bytes) -> bytes:
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    long = np.flatnonzero(ends - starts > LONGEST)
    if not long.size:
        return text
    parts, done = [], 0
    for index in long:
        start, end = int(starts[index]), int(ends[index])
        parts += [text[done:start], _mark(text[start:end])]
        done = end
    return b"".join([*parts, text[done:]])


def record_end(text: bytes, delimiter: bytes) -> int:
    r"""Return the position after the last record that is whole, 0 when there is none.

    `text` begins at the start of a record.

    Examples
    --------
    >>> record_end(b'a,"b\nc"\nd,"e\nf', b",")
    8
    >>> record_end(b'5" pipe,1\n6" pipe,2\n', b",")
    20
    """
    last = text.rfind(b"\n") + 1
    if not last or text.find(b'"') < 0:
        return last
    octets = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    if not _paired(octets, quotes, delimiter[0]):
        return _record_end_exactly(text, delimiter)
    if quotes.size % 2 == 0:
        return last
    return _before(text, quotes)


def _paired(octets: np.ndarray, quotes: np.ndarray, delimiter: int) -> bool:
    """Say whether taking quotes as opening, closing in turn is what a parser would do."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = octets[opening - 1]
    fits = np.isin(before, np.array([delimiter, _NEWLINE, _RETURN, _QUOTE], np.uint8)) | (
        opening == 0
    )
    # An opening quote after a closing one is the second half of a doubled quote.
    fits[1:] &= (before[1:] != _QUOTE) | (opening[1:] - 1 == closing[: opening.size - 1])
    if before.size and opening[0] > 0 and before[0] == _QUOTE:
        return False
    after = octets[np.minimum(closing + 1, octets.size - 1)]
    ends = np.isin(after, np.array([delimiter, _NEWLINE, _RETURN, _QUOTE], np.uint8))
    return bool(fits.all() and (ends | (closing + 1 >= octets.size)).all())


def _before(text: bytes, quotes: np.ndarray) -> int:
    """Return the end of the last record before the quote that stays open."""
    position = int(quotes[-1])
    while True:
        newline = text.rfind(b"\n", 0, position)
        if newline < 0:
            return 0
        inside = int(np.searchsorted(quotes, newline))
        if inside % 2 == 0:
            return newline + 1
        position = int(quotes[inside - 1])


def _record_end_exactly(text: bytes, delimiter: bytes) -> int:
    starts = delimiter + b"\n\r"
    position, end = 0, len(text)
    whole = 0
    while (quote := text.find(b'"', position)) >= 0:
        newline = text.rfind(b"\n", position, quote)
        if newline >= 0:
            whole = newline + 1
        if quote > 0 and text[quote - 1] not in starts:
            position = quote + 1
            continue
        closed = _QUOTED_REST.match(text, quote + 1)
        if closed is None:
            return whole
        position = closed.end()
    return max(whole, text.rfind(b"\n", position, end) + 1)


def end_of_first(text: bytes, count: int, delimiter: bytes) -> int:
    """Return the position after the first `count` records."""
    position = 0
    for _ in range(count):
        line = text.find(b"\n", position)
        while line >= 0 and record_end(text[position : line + 1], delimiter) == 0:
            line = text.find(b"\n", line + 1)
        if line < 0:
            return len(text)
        position = line + 1
    return position
