"""What a post is for, where the brand did not say: to win, to keep, to serve, or the brand itself.

Words count for the goal they usually serve; the goal with most of them holds, and a tie says
nothing. Like all rules of words it is wrong at times: how often is in docs/content-and-counts.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

GOALS = ("acquire", "keep", "serve", "brand")
UNSURE = "unsure"

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "acquire": (
            r"-\d+ ?%|\d+ ?% (off|de remise)|promo|soldes?\b|\bsale\b|black friday|offert"
            r"|gratuit|free (delivery|shipping|sample|coffee|tea|this|gift)|livraison offerte"
            r"|premiere commande|first (order|one)|\bcode\b|parrain|filleul|refer\b"
            r"|nouveau(te)?x?\b|nouvelle (boutique|collection|gamme)"
            r"|new (shop|store|in|collection|range)|arrive|lands?\b|disponible en|a partir de"
            r"|from [£$€]|des \d|launch|lancement|essayez|decouvrez|never tried|jamais goute"
        ),
        "keep": (
            r"fidel|habitue|membres?\b|club|member|regulars|loyal|double points|points de"
            r"|vente privee|private sale|avant-premiere|early access|recette|recipe|astuce"
            r"|\btips?\b|facons de|ways to|votre prefere|your favou?rite|comment preparez"
            r"|how do you|votez|\bvot(e|er|ed)\b|anniversaire|merci a (nos|vous|tous)"
            r"|thank you to|concours|giveaway|partagez"
        ),
        "serve": (
            r"livraison(s)? (a|cette|en retard)|retards?\b|perturbation|delays?\b|trouble with"
            r"|horaires?\b|\bhours\b|ouvert|ferme\b|closed|\bopens?\b|allerg|ingredients"
            r"|mode d'emploi|comment (utiliser|entretenir)|how to (use|clean|brew)"
            r"|bien infuser|brewing|infus|minutes, \d|site (est|sera)|website|maintenance"
            r"|incident|panne|outage|retours?\b|returns?\b|remboursement|refund|service client"
            r"|customer (care|service)|\bfaq\b|vos questions|your questions|rappel de produit"
            r"|recall"
        ),
        "brand": (
            r"atelier|workshop|laborato|plantation|coulisses|behind the scenes|histoire|story"
            r"|heritage|depuis \d|since \d|for \d+ years|ans de maison|years old|producteurs?"
            r"|growers|famille|d'ou vient|where does|cooperative|savoir-faire|craft|artisan"
            r"|engage|durable|sustain|planete|planet|plastique|plastic|consigne|returnable"
            r"|recycl|equitable|fair ?trade|mieux pay|better paid|rencontre avec|meet\b"
            r"|portrait|equipe|our team|valeurs|values|promesse|promise"
        ),
    }
)
_RULES = {goal: re.compile(_WORDS[goal]) for goal in GOALS}


def goal_of(text: str | None) -> str:
    """Return what a post seems to be for: one of `GOALS`, or "unsure".

    Examples
    --------
    >>> goal_of("Bonne nouvelle : -20 % sur votre première commande")
    'acquire'
    >>> goal_of("A cloud over the sea")
    'unsure'
    """
    small = unicodedata.normalize("NFKD", (text or "").lower().replace("\u2019", "'"))
    plain = "".join(sign for sign in small if not unicodedata.combining(sign))
    found = {goal: len(set(rule.findall(plain))) for goal, rule in _RULES.items()}
    most = max(found.values())
    best = [goal for goal, many in found.items() if many == most]
    return best[0] if most and len(best) == 1 else UNSURE
