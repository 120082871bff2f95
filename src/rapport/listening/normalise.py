"""What a message looks like to the model: entities undone, links and names masked, words cut."""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST = 10_000  # characters that are read; a longer text is judged by its beginning
_LONGEST_WORD = 40

URL = "‹url›"
USER = "‹user›"
NUMBER = "‹0›"

_SMILEYS = {
    "🙂": r"[:=]-?[)\]]+|\([:=]|\^_?\^",
    "😀": r"[:=]-?D+|[xX]D+",
    "😉": r";-?\)+",
    "😛": r"[:=]-?[pP]",
    "😢": r"[:=]['’]-?\(+|;-?\(+",
    "🙁": r"[:=]-?[(\[]+|\)[:=]",
    "😕": r"[:=]-?[/\\]|-_+-",
    "😡": r">[:=]-?\(+",
    "😮": r"[:=]-?[oO]",
    "❤": r"<3+",
    "💔": r"</3",
}
_SMILEY = re.compile("|".join(f"(?P<s{n}>{shape})" for n, shape in enumerate(_SMILEYS.values())))
_EMOJI = "[\u2600-\u27bf\u2b50\u2b55\u2b06\u2b07\U0001f1e6-\U0001f3fa\U0001f400-\U0001faff]"
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\ufe0e\u200d]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CUT = re.compile(
    r"https?(?:://\S+|\b)|www\.\S+"
    r"|(?:[cdjlmnstCDJLMNST]|[Qq]u|[Jj]usqu|[Ll]orsqu|[Pp]uisqu)['’](?=\w)"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
    r"|@\w+|\d[\d.,:/]*"
    r"|[:=;](?:['’]?-?[()\[\]]+|-?(?:[DpPoO]+\b|[/\\](?![/\w])))|[()][:=]|\^_?\^|-_+-|</?3+|>[:=]-?\("
    rf"|{_EMOJI}|!+|\?[?!]*|\.\.+|[…\"«»“”€$£%]"
)
_QUOTES = dict.fromkeys("«»“”", '"')
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "ı": "i"})


def clean(text: object) -> str:
    """Return a text that is safe to read: NFC, entities undone, no markup, no broken characters.

    Parameters
    ----------
    text
        What somebody wrote; None and NaN count as nothing written.

    Examples
    --------
    >>> clean("L&#39;appli <b>plante</b>")
    "L'appli  plante "
    >>> clean("caf" + chr(0xD800) + "e" + chr(0x301))
    'caf?é'
    """
    if not isinstance(text, str):
        missing = text is None or text != text
        return "" if missing else clean(str(text))
    text = text[:LONGEST]
    if "&" in text:
        text = html.unescape(text)
    if "\\u" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if text.isascii():
        return text.replace("\0", " ") if "\0" in text else text
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return unicodedata.normalize("NFC", _SKIN.sub("", text))


def cut(text: object) -> list[str]:
    """Return the parts of a message in order, as they stand in the cleaned text.

    French elisions are parts of their own; commas and full stops are left out.
    """
    return _CUT.findall(clean(text))


def located(text: object) -> list[tuple[str, int, int]]:
    """Return each part with where it stands (start, end) in the cleaned text."""
    return [(match[0], match.start(), match.end()) for match in _CUT.finditer(clean(text))]


def token(part: str) -> str:
    """Return what a part counts as: links, names and numbers masked, smileys as emoji.

    Examples
    --------
    >>> [token(part) for part in cut("@shop J'adoooore :-) !!! https://x.org/1")]
    ['‹user›', "J'", 'adoooore', '🙂', '!!', '‹url›']
    >>> [token(part) for part in cut("I don't like it 👎🏽, 20 € lost...")]
    ['I', "don't", 'like', 'it', '👎', '‹0›', '€', 'lost', '…']
    """
    first = part[0]
    if first.isalpha():
        if part.startswith(("http", "www.")) and (":" in part or "." in part or len(part) <= 5):
            return URL
        return "😀" if part in {"xD", "XD", "xDD", "XDD"} else part[:_LONGEST_WORD]
    if first == "@":
        return USER
    if first.isdigit():
        return NUMBER
    if first in "!?":
        return part[:2]
    if first in ".…":
        return "…"
    smiley = _SMILEY.fullmatch(part)
    if smiley and smiley.lastgroup:
        return list(_SMILEYS)[int(smiley.lastgroup[1:])]
    return _QUOTES.get(part, part)


_LONG = re.compile(r"(.)\1{2,}")


def folded(word: str) -> str:
    """Return a word without case, accents and elongation: how it is looked up.

    Examples
    --------
    >>> folded("Génialissiiiime"), folded("Cœur"), folded("DON’T")
    ('genialissiime', 'coeur', "don't")
    """
    word = word.lower().replace("’", "'")
    if not word.isascii():
        parts = unicodedata.normalize("NFD", word.translate(_LIGATURES))
        word = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return _LONG.sub(r"\1\1", word)


def is_long(word: str) -> bool:
    """Return whether a letter is drawn out, as in "soooo"."""
    return _LONG.search(word) is not None


def is_loud(word: str) -> bool:
    """Return whether a word of three letters or more is all capitals."""
    return len(word) > 2 and word.isupper()
