"""The questionnaire: how people stand to a brand, and what they come to it for.

Satisfaction, coming back and recommending are asked first; then two statements each on trust,
fairness, pride and attachment, the four feelings that a tie to a brand grows through (in the order
of McEwen 2005); then the motives, several to choose from. The words are our own. Whatever tool asks
it, the answers are recognised by them.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

INSTRUMENT = "rapport"
_AGREE = {
    "en": (
        *("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree"),
        "Strongly agree",
    ),
    "fr": (
        *("Pas du tout d’accord", "Plutôt pas d’accord", "Ni d’accord ni pas d’accord"),
        *("Plutôt d’accord", "Tout à fait d’accord"),
    ),
}
_SATISFIED = {
    "en": ("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"),
    "fr": ("Très faible", "Faible", "Moyenne", "Grande", "Très grande"),
}
_LIKELY = {
    "en": ("Certainly not", "Probably not", "Perhaps", "Probably", "Certainly"),
    "fr": ("Certainement pas", "Probablement pas", "Peut-être", "Probablement", "Certainement"),
}
_ENDS = {
    "en": ("Not at all likely", "Extremely likely"),
    "fr": ("Pas du tout probable", "Tout à fait probable"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One question or statement.

    Parameters
    ----------
    code
        What the record calls it in `item`.
    facet
        What it measures.
    low, high
        The ends of its scale; both 0 for an open question, or one with answers to choose from.
    wording
        Its words by language, with `{brand}` where the brand's name stands.
    labels
        The words of its scale by language: one for each step, or for its two ends; or the answers
        to choose from, in the order of `CHOICES`.
    also
        Other names of its column, as plain tables use them.
    """

    code: str
    facet: str
    low: int
    high: int
    wording: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    also: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        """Whether several answers may be chosen."""
        return self.low == self.high and any(self.labels.values())

    def asked(self, language: str, brand: str) -> str:
        """Return its words for one brand."""
        return self.wording[language].replace("{brand}", brand)


# What each motive is called where several may be chosen: no sign in it that tools put between them.
_CHOICES = {
    "motive_help": ("Help and advice", "De l’aide et des conseils"),
    "motive_information": ("News and information", "Des nouvelles et des informations"),
    "motive_belonging": ("Being among people like me", "La compagnie de gens comme moi"),
    "motive_saving": ("Saving money", "Des économies"),
    "motive_self_expression": (
        *("Showing who I am and what I like", "Une façon de montrer qui je suis et ce que j’aime"),
    ),
    "motive_being_heard": (
        *("Having my say and being heard", "Une écoute quand j’ai quelque chose à dire"),
    ),
    "motive_doing_good": (
        *("Doing some good for people or the planet", "Une façon d’agir pour une bonne cause"),
    ),
    "motive_none": ("None of these", "Rien de tout cela"),
}
CHOICES = tuple(_CHOICES)
"""The codes of the motives to choose from, in the order of the labels of the item `motives`."""


def _statement(number: int, facet: str, nth: int, en: str, fr: str) -> Item:
    also = (f"statement {number}", f"statement_{number}", f"affirmation {number}")
    return Item(f"{facet}_{nth}", facet, 1, 5, {"en": en, "fr": fr}, _AGREE, also)


ITEMS = (
    Item(
        *("satisfaction", "satisfaction", 1, 5),
        {
            "en": "Overall, how satisfied are you with {brand}?",
            "fr": "Dans l’ensemble, quelle est votre satisfaction avec {brand} ?",
        },
        _SATISFIED,
        ("satisfaction", "csat", "satisfaction globale", "overall satisfaction"),
    ),
    Item(
        *("return", "return", 1, 5),
        {
            "en": "How likely are you to buy from {brand} again?",
            "fr": "Achèterez-vous de nouveau chez {brand} ?",
        },
        _LIKELY,
        ("return", "repurchase", "reviendrez-vous ?", "reviendrez-vous", "likelihood to return"),
    ),
    Item(
        *("recommend", "recommend", 0, 10),
        {
            "en": "How likely are you to recommend {brand} to a friend?",
            "fr": "Recommanderiez-vous {brand} à un ami ?",
        },
        _ENDS,
        ("recommend", "nps", "recommandation", "recommanderiez-vous ?", "recommanderiez-vous"),
    ),
    _statement(1, "confidence", 1, "{brand} keeps its promises.", "{brand} tient ses promesses."),
    _statement(
        *(2, "confidence", 2),
        "I can trust {brand} with a problem.",
        "Je peux confier un problème à {brand}.",
    ),
    _statement(
        *(3, "integrity", 1),
        "{brand} treats its customers fairly.",
        "{brand} traite ses clients équitablement.",
    ),
    _statement(
        *(4, "integrity", 2),
        "When something goes wrong, {brand} puts it right.",
        "Quand quelque chose ne va pas, {brand} y remédie.",
    ),
    _statement(
        *(5, "pride", 1),
        "I am proud to be a customer of {brand}.",
        "C’est avec fierté que j’achète chez {brand}.",
    ),
    _statement(
        *(6, "pride", 2),
        "{brand} respects people like me.",
        "{brand} respecte les gens comme moi.",
    ),
    _statement(
        *(7, "passion", 1),
        "I would miss {brand} if it were gone.",
        "{brand} me manquerait.",
    ),
    _statement(
        *(8, "passion", 2),
        "{brand} is just right for somebody like me.",
        "{brand} convient tout à fait à quelqu’un comme moi.",
    ),
    Item(
        *("motives", "motives", 0, 0),
        {
            "en": "What do you come to {brand} for? (choose all that apply)",
            "fr": "Que venez-vous chercher chez {brand} ? (plusieurs réponses possibles)",
        },
        {
            language: tuple(labels[place] for labels in _CHOICES.values())
            for place, language in enumerate(("en", "fr"))
        },
        ("motives", "motifs", "motivations"),
    ),
    Item(
        *("comment", "comment", 0, 0),
        {
            "en": "What would you like to tell us?",
            "fr": "Que souhaitez-vous nous dire ?",
        },
        {"en": (), "fr": ()},
        ("comment", "comments", "commentaire", "commentaires", "remarques"),
    ),
)
BY_CODE: Mapping[str, Item] = {item.code: item for item in ITEMS}
INTRODUCTION = {
    "en": "How much do you agree with each of these statements?",
    "fr": "Dans quelle mesure êtes-vous d’accord avec ces affirmations ?",
}
_HEADER = {
    "en": ("code", "question", "lowest", "highest", "answers"),
    "fr": ("code", "question", "minimum", "maximum", "réponses"),
}
_NOBODY = {"en": "[our brand]", "fr": "[notre marque]"}


def plain(text: str) -> str:
    """Return words as they are compared: one case and kind of blank, no accents, no punctuation.

    Examples
    --------
    >>> plain("  Que  souhaitez-vous nous dire ?")
    'que souhaitez vous nous dire'
    """
    bare = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w%]+", " ", letters).split())


def _pattern(wording: str) -> re.Pattern[str]:
    """Return the pattern of a wording in any frame that survey tools put around it.

    A matrix stands before its statements ("… - statement", "… [statement]"), a scale behind. What
    stands in brackets at its end tools word in their own way.
    """
    wording, hint = _without_hint(wording)
    parts = [re.escape(plain(part)) for part in wording.split("{brand}")]
    body = r"(?:\w.*?)".join(rf"\s*{part}\s*" for part in parts).strip()
    behind = r"(?: (?:choose|select|check|tick|pick|mark|several|plusieurs)\b.*)?" if hint else ""
    return re.compile(rf"(?:.* )?{body}{behind}")


def _without_hint(wording: str) -> tuple[str, bool]:
    found = re.sub(r"\s*\([^)]*\)$", "", wording)
    return found, found != wording


def header_patterns(item: Item) -> tuple[re.Pattern[str], ...]:
    """Return patterns for the column of an item, whichever brand and survey tool.

    Examples
    --------
    >>> promises, _ = header_patterns(BY_CODE["confidence_1"])
    >>> bool(promises.fullmatch("Do you agree? [Maison Alizé keeps its promises.]"))
    True
    """
    found = []
    for wording in item.wording.values():
        asked, hint = _without_hint(wording)
        parts = [
            r"\W+".join(re.escape(word) for word in re.findall(r"\w+", part))
            for part in asked.split("{brand}")
        ]
        body = r"\W*\w.*?\W*".join(parts)
        behind = r"(?:\W.*)?" if hint else r"(?:\W\d+\W.*\d+\W*)?"
        found.append(re.compile(rf"(?i)(?:.*\W)?{body}\W*{behind}"))
    return tuple(found)


_PATTERNS = tuple((item.code, _pattern(words)) for item in ITEMS for words in item.wording.values())
_NAMES = {plain(name): item.code for item in ITEMS for name in (item.code, *item.also)}
_SCALE_BEHIND = re.compile(r"\s*[(\[]\s*\d+[^)\]]*\d+\s*[)\]]\s*$")


@lru_cache(maxsize=10_000)
def item_of(question: str) -> str | None:
    """Return the code of the item that a question is, in any language; None when it is none.

    Examples
    --------
    >>> item_of("To what extent do you agree? - Alizé keeps its promises.")
    'confidence_1'
    >>> item_of("Recommanderiez-vous Alizé à un ami ? (0-10)"), item_of("Affirmation 4 (1-5)")
    ('recommend', 'integrity_2')
    >>> item_of("How old are you?") is None
    True
    """
    words = plain(_SCALE_BEHIND.sub("", question))[:2000]
    if words in _NAMES:
        return _NAMES[words]
    return next((code for code, pattern in _PATTERNS if pattern.fullmatch(words)), None)


@lru_cache(maxsize=10_000)
def score_of(code: str, answer: str) -> float | None:
    """Return the score that an answer stands for, a number or the words of its scale.

    None when it is off the scale, or the item has none.

    Examples
    --------
    >>> score_of("confidence_1", "Plutôt d'accord"), score_of("recommend", "10 - Extremely likely")
    (4.0, 10.0)
    >>> score_of("satisfaction", "7") is None, score_of("comment", "3") is None
    (True, True)
    """
    item = BY_CODE[code]
    if item.low == item.high:
        return None
    words = plain(answer)
    for labels in item.labels.values():
        known = [plain(label) for label in labels]
        if words in known:
            place = known.index(words)
            return float(item.high if len(known) == 2 and place else item.low + place)
    found = re.match(r"^(\d{1,2})([.,]\d+)?(?!\d)", answer.strip())
    if not found or (found[2] and float(found[2].replace(",", ".")) != 0):
        return None
    score = float(found[1])
    return score if item.low <= score <= item.high else None


def as_csv(language: str, brand: str = "") -> str:
    """Return the questionnaire as a table: a row for each item, with the words of its scale."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER[language])
    for item in ITEMS:
        scale = [item.low, item.high] if item.high else ["", ""]
        words = item.asked(language, brand or _NOBODY[language])
        writer.writerow([item.code, words, *scale, " | ".join(item.labels[language])])
    return out.getvalue()


def as_text(language: str, brand: str = "") -> str:
    """Return the questionnaire as lines to paste into a survey tool, a blank line between items."""
    name = brand or _NOBODY[language]
    parts = []
    for item in ITEMS:
        if item.code == "confidence_1":
            parts.append(INTRODUCTION[language])
        parts.append("\n".join([item.asked(language, name), *_steps(item, language)]))
    return "\n\n".join(parts) + "\n"


def _steps(item: Item, language: str) -> list[str]:
    labels = item.labels[language]
    if item.several:
        return [f"[ ] {label}" for label in labels]
    if not item.high:
        return []
    if len(labels) == 2:
        ends = {item.low: labels[0], item.high: labels[1]}
        steps = range(item.low, item.high + 1)
        return [f"{n} - {ends[n]}" if n in ends else str(n) for n in steps]
    return [f"{n} - {label}" for n, label in enumerate(labels, start=item.low)]


def as_html(language: str, brand: str = "") -> str:
    """Return the questionnaire as a page of its own, to print or to paste from."""
    name = brand or _NOBODY[language]
    parts = [
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">',
        f"<title>{escape(name)}</title></head>\n<body>\n<ol>",
    ]
    for item in ITEMS:
        if item.code == "confidence_1":
            parts.append(f"</ol>\n<p>{escape(INTRODUCTION[language])}</p>\n<ol start=4>")
        field = _fields(item, language)
        field = field or f'<textarea name="{item.code}" rows="4" cols="60"></textarea>'
        parts.append(f"<li><p>{escape(item.asked(language, name))}</p>{field}</li>")
    return "\n".join([*parts, "</ol>\n</body>\n</html>\n"])


def _fields(item: Item, language: str) -> str:
    if item.several:
        named = zip(CHOICES, item.labels[language], strict=True)
        inputs = [("checkbox", code, label) for code, label in named]
    else:
        inputs = [("radio", step.split(" ")[0], step) for step in _steps(item, language)]
    return " ".join(
        f'<label><input type="{kind}" name="{item.code}" value="{value}">{escape(text)}</label>'
        for kind, value, text in inputs
    )
