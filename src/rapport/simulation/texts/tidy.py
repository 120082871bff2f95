"""What a grammar of pieces leaves behind: contractions, articles, double spaces."""

from __future__ import annotations

import re

SPACES = re.compile(r" {2,}")
BEFORE_STOP = re.compile(r" +([,.…])")
CONTRACTED = {
    "à le ": "au ",
    "À le ": "Au ",
    "à les ": "aux ",
    "de le ": "du ",
    "de les ": "des ",
}
FRENCH = re.compile(r"(?<![\w'’])(?:" + "|".join(CONTRACTED) + ")")
ELIDED = re.compile(r"(?<![\w'’])([Dd]|[Qq]u)e (?=[aeiouéAEIOUÉ]|h[oô]|H[oô])")
ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIO])(?!(?:one|uni|use|usual|euro))")


def tidy(text: str, language: str) -> str:
    """Return the text as somebody would say it who does not put it together from pieces.

    Examples
    --------
    >>> tidy("allez à le magasin , vite", "fr"), tidy("a orange  tea", "en")
    ('allez au magasin, vite', 'an orange tea')
    """
    if language == "fr":
        text = FRENCH.sub(lambda found: CONTRACTED[found[0]], text)
        text = ELIDED.sub(r"\1'", text)
    else:
        text = ARTICLE.sub(r"\1n ", text)
    if "  " in text:
        text = SPACES.sub(" ", text)
    return BEFORE_STOP.sub(r"\1", text).strip()
