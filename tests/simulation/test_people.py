"""People of a simulated world: plausible, repeatable, reachable by nobody, spelled differently."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rapport.simulation.people import (
    NETWORKS,
    SYSTEMS,
    display_names,
    handles,
    people,
    spelled,
)
from rapport.simulation.people.names import letters, without_accents

N = 20_000
RESERVED = re.compile(r"(\.example|@example\.(com|net|org))$")
FICTION = re.compile(
    r"\+33(19900|26191|35301|46571|53649|63998)\d{4}"
    r"|\+44(7700900\d{3}|(113|114|115|116|117|118|121|131|141|151|161)4960\d{3}|1914980\d{3}"
    r"|2079460\d{3}|28964960\d{2}|2896496\d{3}|2920180\d{3}|1632960\d{3}|3069990\d{3})"
)
HANDLE = {
    "x": r"[A-Za-z0-9_]{1,15}", "linkedin": r"[a-z0-9-]{1,64}", "facebook": r"[a-z0-9._]{1,44}",
    "bluesky": r"[a-z0-9-]{1,22}\.bsky\.example", "mastodon": r"[a-z0-9_]{1,24}@masto\.example",
    "instagram": r"[a-z0-9._]{1,30}",
}  # fmt: skip


@pytest.fixture(scope="module")
def crowd() -> dict[str, np.ndarray]:
    return people(np.random.default_rng(7), N, 0.55)


def _given(column: np.ndarray) -> np.ndarray:
    return np.array([value is not None for value in column])


def test_the_same_generator_gives_the_same_people() -> None:
    again, other = (people(np.random.default_rng(seed), 500, 0.5) for seed in (3, 4))
    first = people(np.random.default_rng(3), 500, 0.5)
    assert all((first[name] == again[name]).all() for name in first)
    assert (first["email"] != other["email"]).mean() > 0.95


@pytest.mark.parametrize(("n", "share"), [(0, 0.5), (1, 0.0), (3, 1.0)])
def test_few_people_and_one_language(n, share) -> None:
    made = people(np.random.default_rng(1), n, share)
    assert {len(column) for column in made.values()} == {n}
    assert set(made["language"]) <= {"en" if share == 0 else "fr"} or share == 0.5


@pytest.mark.parametrize(("n", "share"), [(-1, 0.5), (5, 1.2)])
def test_impossible_people_are_refused(n, share) -> None:
    with pytest.raises(ValueError, match="french_share"):
        people(np.random.default_rng(1), n, share)


def test_nobody_can_be_reached(crowd) -> None:
    addresses = [*crowd["email"], *crowd["second_email"][_given(crowd["second_email"])]]
    assert [a for a in addresses if not RESERVED.search(a)] == []
    phones = crowd["phone"][_given(crowd["phone"])]
    assert [phone for phone in phones if not FICTION.fullmatch(phone)] == []


def test_no_address_and_no_number_belongs_to_two(crowd) -> None:
    second = crowd["second_email"][_given(crowd["second_email"])]
    addresses = [*crowd["email"], *second]
    assert len(set(addresses)) == len(addresses)
    phones = crowd["phone"][_given(crowd["phone"])]
    assert len(set(phones)) == len(phones)
    assert 0.6 < len(phones) / N < 0.8
    assert 0.15 < len(second) / N < 0.25


def test_when_the_numbers_kept_for_fiction_run_out_people_have_none() -> None:
    made = people(np.random.default_rng(1), 120_000, 1.0)["phone"]
    phones = made[_given(made)]
    assert len(set(phones)) == len(phones) <= 78_000


def test_homes_are_where_their_postcodes_say(crowd) -> None:
    french = crowd["country"] == "FR"
    assert all(re.fullmatch(r"\d{5}", code) for code in crowd["postcode"][french])
    british = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}")
    assert all(british.fullmatch(code) for code in crowd["postcode"][~french])
    paris = crowd["city"] == "Paris"
    assert 0.05 < paris.mean() < 0.2
    assert {code[:2] for code in crowd["postcode"][paris]} == {"75"}
    assert set(crowd["region"][paris]) == {"Île-de-France"}


def test_languages_and_countries_go_together_but_not_always(crowd) -> None:
    french = crowd["language"] == "fr"
    assert abs(french.mean() - 0.55) < 0.02
    abroad = (french & (crowd["country"] == "GB")).sum() / french.sum()
    assert 0.01 < abroad < 0.05


def test_names_have_what_matching_stumbles_over(crowd) -> None:
    last, first = " ".join(crowd["last_name"]), " ".join(crowd["first_name"])
    for part in ("O'", "d'", "de ", "-", "Le ", "è", "ü"):
        assert part in last, part
    for part in ("Jean-", "Anne-", "É", "ë", "ç"):
        assert part in first, part


def test_first_names_are_of_their_time(crowd) -> None:
    def born(name: str) -> float:
        return float(np.median(crowd["birth_year"][crowd["first_name"] == name]))

    assert born("Françoise") < 1962 < born("Nathalie") < 1980 < born("Manon")
    assert not set(crowd["first_name"][crowd["female"]]) & {"Philippe", "Keith", "Kévin"}


@pytest.mark.parametrize("network", NETWORKS)
def test_handles_are_valid_and_unique(crowd, network) -> None:
    made = handles(np.random.default_rng(2), crowd["first_name"], crowd["last_name"], network)
    assert len(set(made)) == len(made) == N
    pattern = re.compile(HANDLE.get(network, r"[a-z0-9._-]{1,40}"))
    assert [handle for handle in made if not pattern.fullmatch(handle)] == []
    assert made == handles(
        np.random.default_rng(2), crowd["first_name"], crowd["last_name"], network
    )


def test_some_handles_hold_a_name_and_some_do_not(crowd) -> None:
    def named(network: str) -> float:
        made = handles(np.random.default_rng(2), crowd["first_name"], crowd["last_name"], network)
        return float(
            np.mean(
                [
                    letters(first)[:4] in handle or letters(last)[:4] in handle
                    for first, last, handle in zip(
                        crowd["first_name"], crowd["last_name"], made, strict=True
                    )
                ]
            )
        )

    assert named("linkedin") > 0.9
    assert 0.1 < named("tiktok") < named("instagram") < named("facebook")


def test_people_show_their_name_or_another(crowd) -> None:
    first, last = crowd["first_name"], crowd["last_name"]
    shown = display_names(np.random.default_rng(2), first, last, "instagram")
    whole = np.mean([a == f"{f} {b}" for a, f, b in zip(shown, first, last, strict=True)])
    assert 0.3 < whole < 0.7


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_keeps_the_order_and_repeats(crowd, system) -> None:
    made, again = (spelled(np.random.default_rng(5), crowd, system) for _ in range(2))
    assert all((made[name] == again[name]).all() for name in made)
    assert {len(column) for column in made.values()} == {N}
    plain = [
        letters(a) == letters(b) for a, b in zip(made["last_name"], crowd["last_name"], strict=True)
    ]
    assert np.mean(plain) > 0.75
    given = _given(made["email"])
    kept = made["email"][given] == crowd["email"][given]
    assert 0.3 < kept.mean() < 1 if given.any() else True


def test_each_way_to_spell_happens(crowd) -> None:
    till = spelled(np.random.default_rng(5), crowd, "pos")
    desk = spelled(np.random.default_rng(5), crowd, "callcentre")
    sales = spelled(np.random.default_rng(5), crowd, "hubspot")
    assert np.mean([name.isupper() for name in till["last_name"]]) > 0.7
    assert all(name == without_accents(name) for name in till["last_name"])
    chat = spelled(np.random.default_rng(5), crowd, "chatwoot")
    assert {"JB", "jb"} & set(chat["first_name"])
    assert {"Liz", "Beth", "Lizzie"} & set(sales["first_name"])
    maiden = _given(crowd["maiden_name"])
    born = [
        letters(a) == letters(b)
        for a, b in zip(till["last_name"][maiden], crowd["maiden_name"][maiden], strict=True)
    ]
    assert 0.25 < np.mean(born) < 0.45
    swapped = [
        letters(a) == letters(b)
        for a, b in zip(desk["first_name"], crowd["last_name"], strict=True)
    ]
    assert 0.01 < np.mean(swapped) < 0.06
    assert any("+" in email for email in sales["email"])
    second = _given(crowd["second_email"])
    assert 0.2 < (sales["email"][second] == crowd["second_email"][second]).mean() < 0.5


def test_a_typed_phone_is_the_same_phone(crowd) -> None:
    typed = spelled(np.random.default_rng(5), crowd, "pos")["phone"]
    given = _given(typed)

    def bare(phone: str) -> str:
        digits = re.sub(r"\D", "", phone.replace("(0)", ""))
        return digits[-9:] if digits.startswith(("33", "0033")) else digits.lstrip("0")

    def core(phone: str) -> str:
        return re.sub(r"^(0*)(33|44)?0?", "", bare(phone))

    same = [
        re.sub(r"\D", "", real)[2:] == core(phone)
        for phone, real in zip(typed[given], crowd["phone"][given], strict=True)
    ]
    assert np.mean(same) > 0.99
    assert len({re.sub(r"\d+", "9", phone) for phone in typed[given]}) > 8


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: spelled(np.random.default_rng(1), t, "shopifi"), "Did you mean shopify"),
        (
            lambda t: handles(np.random.default_rng(1), t["first_name"], t["last_name"], "insta"),
            "Did you mean instagram|Allowed",
        ),
    ],
)
def test_an_unknown_system_or_network_is_told_with_the_nearest(crowd, call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call(crowd)
