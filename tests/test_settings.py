"""Every fault of rapport.toml is reported at once, with its line and what is allowed."""

from __future__ import annotations

import pytest

from rapport.errors import Problem
from rapport.settings import FileMapping, parse_settings, read_settings
from rapport.workspace import Workspace


def _faults(text: str) -> list[str]:
    with pytest.raises(Problem) as caught:
        parse_settings(text)
    return [str(fault) for fault in caught.value.faults]


def test_all_faults_at_once_each_with_its_line() -> None:
    faults = _faults(
        'brand = "M"\n'
        'curency = "EUR"\n'
        'time_zone = "Europe/Pariss"\n'
        'languages = ["fr", "de"]\n'
        'engine = "duckbd"\n'
        "[value]\n"
        "discount_rate = 1.5\n"
        'margn = "0.4"\n'
    )
    assert faults[0].startswith("rapport.toml, line 2: There is no setting 'curency'. Did you mean")
    told = "\n".join(faults)
    assert "line 3: 'Europe/Pariss' is not a time zone. Did you mean Europe/Paris?" in told
    assert "line 4: languages.1 cannot be 'de'. Allowed: en, fr." in told
    assert "line 5: engine cannot be 'duckbd'. Allowed: duckdb, spark, or the address" in told
    assert "line 7: value.discount_rate" in told
    assert "line 8: There is no setting 'value.margn'. Did you mean margin?" in told
    assert len(faults) == 6


def test_a_text_that_is_no_toml_names_line_and_column() -> None:
    (fault,) = _faults("brand = Maison\n")
    assert fault.startswith("rapport.toml, line 1, column 9: ")


def test_a_missing_brand_is_asked_for() -> None:
    assert _faults('currency = "EUR"') == ["rapport.toml: 'brand' is missing. Add brand = …"]


def test_a_currency_is_three_letters() -> None:
    (fault,) = _faults('brand = "M"\ncurrency = "euro"')
    assert fault == (
        "rapport.toml, line 2: currency cannot be 'euro'. "
        "A currency is three capital letters, such as EUR."
    )


def test_faults_inside_a_mapping_point_at_their_line() -> None:
    (fault,) = _faults(
        'brand = "M"\n[mappings."shop"]\nfiles = "s*.csv"\ncolumns = {}\ndecimals = ","\n'
    )
    assert fault == (
        "rapport.toml, line 5: There is no setting 'mappings.shop.decimals'. Did you mean decimal?"
    )


def test_settings_that_are_not_utf8(tmp_path) -> None:
    path = tmp_path / "rapport.toml"
    path.write_bytes('brand = "Caf\xe9"'.encode("latin-1"))
    with pytest.raises(Problem, match="could not be read") as caught:
        read_settings(path)
    assert "UTF-8" in str(caught.value)


def test_a_new_workspace_reads_back(tmp_path) -> None:
    made = Workspace.create(tmp_path / "maison", currency="EUR", language="fr")
    assert made.settings.brand == "maison"
    assert made.settings.languages == ["fr"]
    assert Workspace.find(tmp_path / "maison" / "record").root == tmp_path / "maison"


def test_a_brand_with_quotes_is_kept_as_it_is(tmp_path) -> None:
    made = Workspace.create(tmp_path / "w", brand="L'\"Épi\" \\ d'or")
    assert made.settings.brand == "L'\"Épi\" \\ d'or"


def test_a_workspace_is_not_made_twice_nor_with_a_bad_setting(tmp_path) -> None:
    Workspace.create(tmp_path / "w")
    with pytest.raises(Problem, match="not made"):
        Workspace.create(tmp_path / "w")
    with pytest.raises(Problem, match="fault"):
        Workspace.create(tmp_path / "v", currency="euros")
    assert not (tmp_path / "v").exists()


def test_outside_a_workspace_the_way_out_is_told(tmp_path) -> None:
    with pytest.raises(Problem, match="No workspace was found") as caught:
        Workspace.find(tmp_path)
    assert "rapport new" in str(caught.value)


def test_adding_a_mapping_keeps_comments_and_reads_back(tmp_path) -> None:
    made = Workspace.create(tmp_path / "w")
    before = (tmp_path / "w" / "rapport.toml").read_text(encoding="utf-8")
    mapping = FileMapping(
        files="shop*.csv",
        columns={"purchase_id": "N° de commande", "ordered_on": 'Date "locale"'},
        decimal=",",
        confirmed=True,
    )
    made.add_mapping("shop.2024 été", mapping)
    after = (tmp_path / "w" / "rapport.toml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    assert made.settings.mappings["shop.2024 été"] == mapping


def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path) -> None:
    made = Workspace.create(tmp_path / "w")
    again = Workspace(tmp_path / "w")
    assert made.key == again.key
    assert len(made.key) == 32
    assert (tmp_path / "w" / ".rapport-key").stat().st_mode & 0o077 == 0
