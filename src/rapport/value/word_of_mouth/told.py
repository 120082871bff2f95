"""What people say brought them: their own words in a few kinds of answer.

The words are ours, chosen for answers of a line in English and French (and the plain words of
German and Spanish); an answer that names several things is of the first kind that fits, friends
first.
"""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, row_number

INSTRUMENT = "how did you hear"
FRIEND, UNSURE, OTHER, PASSING = "friend", "unsure", "other", "passing"

# In order: the first that is found is taken.
WORDS: dict[str, str] = {
    UNSURE: (
        r"don.?t (remember|know|recall)|not sure|no idea|forg[eo]t|can.?t remember|"
        r"sais pas|sais plus|souviens (pas|plus)|aucune id|oubli|wei(ß|ss) nicht|no (lo )?s[eé]"
    ),
    FRIEND: (
        r"\bfriends?\b|relative|family|\bmum\b|\bmom\b|mother|father|sister|brother|daughter|"
        r"\bson\b|\bwife\b|husband|aunt|uncle|cousin|colleague|co-?worker|neighbou?r|partner\b|"
        r"word of mouth|recommend|told me|someone|somebody|\bgift\b|"
        r"\bamie?s?\b|proches?\b|famille|m[eè]re\b|p[eè]re\b|s[oœ]e?ur\b|fr[eè]re\b|\bfille\b|"
        r"\bfils\b|\bmari\b|femme\b|tante\b|oncle\b|coll[eè]gue|voisine?\b|copine?\b|"
        r"bouche.[aà].oreille|conseill|recommand|m.en a parl|quelqu.un|cadeau|offert|"
        r"freund|familie|amig[oa]s?\b|familia"
    ),
    "social": (
        r"social|instagram|\binsta\b|facebook|tik ?tok|twitter|youtube|pinterest|linkedin|"
        r"threads|bluesky|mastodon|influenc|r[eé]seaux|redes|soziale"
    ),
    "search": r"search|google|\bbing\b|recherche|moteur|internet|\bweb\b|suche|buscador|chatgpt",
    "press": (
        r"press|magazine|newspaper|article|journal|journaux|blog|zeitung|prensa|revista|podcast"
    ),
    "tv": r"\btv\b|televis|t[eé]l[eé](vision|vis[eé]e)?\b|fernseh",
    "radio": r"radio",
    "ad": r"\bads?\b|advert|publicit|\bpub\b|affiche|billboard|poster|flyer|prospectus|werbung|"
    r"anuncio|banner|newsletter|e-?mail",
    PASSING: (
        r"store|shop|boutique|magasin|walk|pass(ed|ing|ant|é)|window|vitrine|street|\brue\b|"
        r"march[eé]|laden|tienda|\bevent|salon|d[eé]gustation"
    ),
}
KINDS = (*WORDS, OTHER)


def answers(answer: Frame, links: Frame, item: str = INSTRUMENT) -> Frame:
    """Return everybody's first answer to how they heard of the brand.

    Parameters
    ----------
    answer
        The table of the record.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id (null for an answer that names nobody), number (day), told (one of `KINDS`).
    """
    asked = answer.filter((nw.col("instrument") == item) & ~nw.col("text").is_null())
    who = links.select("source", respondent=nw.col("account_id"), person_id=nw.col("person_id"))
    named = asked.select(
        "source",
        "respondent",
        number=day_number(nw.col("answered_on")),
        told=told(nw.col("text")),
    ).join(who, on=["source", "respondent"], how="left")
    one = nw.when(nw.col("person_id").is_null()).then(
        nw.concat_str(nw.col("source"), nw.col("respondent"), separator=":")
    )
    keyed = named.with_columns(key=one.otherwise(nw.col("person_id")))
    ranked = keyed.with_columns(
        place=row_number(["key"], ["number", "told", "source", "respondent"])
    )
    return ranked.filter(nw.col("place") == 1).select("person_id", "number", "told")


def told(text: nw.Expr) -> nw.Expr:
    """Return the kind of an answer in words."""
    plain = text.str.to_lowercase()
    kind: nw.Expr = nw.lit(OTHER)
    for name, pattern in reversed(WORDS.items()):
        kind = nw.when(plain.str.contains(pattern)).then(nw.lit(name)).otherwise(kind)
    return kind
