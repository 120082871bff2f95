"""Two kinds of accounts in one audience: the share of bought ones, and each one's probability.

A latent class model (Lazarsfeld & Henry 1968; by EM, Dempster, Laird & Rubin 1977): real and bought
accounts show each sign at a rate of their own. The rates start from the published ones and move
with the user's own audience, held by as many imagined accounts as `STRENGTH` says. Only accounts
of whose profile three signs or more are known move rates and share: two kinds cannot be told apart
from fewer (Goodman 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rapport.people.authenticity_signs import SIGNS, UNKNOWN, Codes, Numbers, Sign

STRENGTH = 300.0  # imagined accounts of each kind behind the published rates
DOUBT = 40.0  # how many behind them when it is asked how wrong they may be
SHARE_BEFORE = (1.0, 9.0)  # Beta prior of the share of bought accounts
LEAST_SIGNS = 3  # of a profile; with fewer an account says nothing of rates and share
DEEDS = ("did", "bought_goods", "arrival")  # no part of a profile, and known of some only
_ROUNDS = 200
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Mixture:
    """What is common among real and among bought accounts, and how many are bought.

    Parameters
    ----------
    signs
        The signs, in the order of the columns of codes.
    real, bought
        For each sign the rate of each of its steps.
    share
        Of accounts that did not follow in a burst, how many are bought.
    telling
        How many accounts of each kind the share was fitted to, those imagined before included.
    """

    signs: tuple[Sign, ...]
    real: tuple[Numbers, ...]
    bought: tuple[Numbers, ...]
    share: float
    telling: tuple[float, float] = SHARE_BEFORE

    def weights(self, codes: Codes) -> Numbers:
        """Return the log likelihood ratio of each account and sign; 0 where it is unknown."""
        parts = [
            np.where(codes[:, k] == UNKNOWN, 0.0, np.log(b / r)[codes[:, k]])
            for k, (r, b) in enumerate(zip(self.real, self.bought, strict=True))
        ]
        return np.stack(parts, axis=1) if parts else np.zeros((len(codes), 0))

    def probability(self, codes: Codes, burst: Numbers | None = None) -> Numbers:
        """Return for each account the probability that it is bought.

        Parameters
        ----------
        codes
            One row for each account, one column for each sign.
        burst
            Share of the accounts that followed on the same day and were more than expected.
        """
        from scipy.special import expit, logit

        extra = np.zeros(len(codes)) if burst is None else burst
        before = np.clip(1 - (1 - self.share) * (1 - extra), _EDGE, 1 - _EDGE)
        found: Numbers = expit(logit(before) + self.weights(codes).sum(axis=1))
        return found


def published(names: Sequence[str]) -> Mixture:
    """Return the published rates of these signs, before any audience was seen."""
    signs = tuple(SIGNS[name] for name in names)
    a, b = SHARE_BEFORE
    real = tuple(np.array(sign.real) for sign in signs)
    bought = tuple(np.array(sign.bought) for sign in signs)
    return Mixture(signs, real, bought, a / (a + b))


def fitted(
    names: Sequence[str], codes: Codes, people: Numbers, burst: Numbers | None = None
) -> Mixture:
    """Return the mixture that fits an audience, counted by pattern.

    Parameters
    ----------
    names
        Signs, one for each column of codes.
    codes
        Patterns: one row each, the step of every sign, UNKNOWN where it is not known.
    people
        How many accounts show each pattern.
    burst
        As in `Mixture.probability`.

    Examples
    --------
    >>> few = np.array([[0, 0, 3], [3, 3, 0]])
    >>> fit = fitted(["posts", "followers", "ratio"], few, np.array([40.0, 160.0]))
    >>> round(fit.share, 2), fit.probability(few).round(2).tolist()
    (0.2, [1.0, 0.0])
    """
    start = published(names)
    return _climb(start, codes, people, burst, STRENGTH)


def drawn(
    fit: Mixture,
    codes: Codes,
    people: Numbers,
    burst: Numbers | None,
    *,
    draws: int,
    seed: int = 0,
) -> Numbers:
    """Return possible probabilities of each pattern: shape (draws, patterns).

    The rates are drawn around the fitted ones as if DOUBT accounts of each kind stood behind them,
    the share is fitted anew to each and drawn from what is then known of it (a Beta distribution).
    """
    rng = np.random.default_rng(seed)
    made = np.empty((draws, len(codes)))
    for number in range(draws):
        real = tuple(rng.dirichlet(DOUBT * rate + 0.5) for rate in fit.real)
        bought = tuple(rng.dirichlet(DOUBT * rate + 0.5) for rate in fit.bought)
        floor = tuple(np.maximum(rate, _EDGE) for rate in real)
        other = replace(fit, real=floor, bought=tuple(np.maximum(r, _EDGE) for r in bought))
        refit = _climb(other, codes, people, burst, None)
        share = float(np.clip(rng.beta(*refit.telling), _EDGE, 1 - _EDGE))
        made[number] = replace(refit, share=share).probability(codes, burst)
    return made


def _climb(
    start: Mixture, codes: Codes, people: Numbers, burst: Numbers | None, strength: float | None
) -> Mixture:
    """Climb to the likeliest share and, unless `strength` is None, rates."""
    now = start
    a, b = SHARE_BEFORE
    calm = informative(now.signs, codes)
    told = np.where(calm, people, 0.0)
    if burst is not None:
        calm = calm & (burst < 0.5)
    for _ in range(_ROUNDS if strength is not None else 40):
        chance = now.probability(codes, burst)
        found = float((people * chance)[calm].sum()) + a
        others = float((people * (1 - chance))[calm].sum()) + b
        moved = replace(now, share=found / (found + others), telling=(found, others))
        if strength is not None:
            moved = replace(
                moved,
                real=_rates(start.real, codes, told * (1 - chance), strength),
                bought=_rates(start.bought, codes, told * chance, strength),
            )
        settled = abs(moved.share - now.share) < 1e-6
        now = moved
        if settled:
            break
    return now


def informative(signs: Sequence[Sign], codes: Codes) -> NDArray[np.bool_]:
    """Return which accounts show enough of a profile to say something of rates and share."""
    profile = [k for k, sign in enumerate(signs) if sign.name not in DEEDS]
    known: NDArray[np.bool_] = (codes[:, profile] != UNKNOWN).sum(axis=1) >= LEAST_SIGNS
    return known


def _rates(
    before: tuple[Numbers, ...], codes: Codes, people: Numbers, strength: float
) -> tuple[Numbers, ...]:
    rates = []
    for k, rate in enumerate(before):
        known = codes[:, k] != UNKNOWN
        seen = np.bincount(codes[known, k], people[known], len(rate))
        rates.append((seen + strength * rate) / (seen.sum() + strength))
    return tuple(rates)
