from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def cdnow(shared_data: Path) -> pd.DataFrame:
    """The published summary: frequency, recency and age (T) in weeks of 2,357 customers."""
    return pd.read_csv(shared_data / "orders/cdnow/cdnow_customers_summary.csv")


@pytest.fixture(scope="session")
def cdnow_days(shared_data: Path) -> pd.DataFrame:
    """One row a customer and day with a purchase, in weeks since the customer's first."""
    table = pd.read_csv(
        shared_data / "orders/cdnow/CDNOW_sample.txt",
        sep=r"\s+",
        header=None,
        names=["master", "person", "day", "cds", "spend"],
    )
    table["day"] = pd.to_datetime(table["day"].astype(str))
    days = table.groupby(["person", "day"], as_index=False)["spend"].sum()
    days["first"] = days.groupby("person")["day"].transform("min")
    return days


@pytest.fixture(scope="session")
def cdnow_spend(cdnow_days: pd.DataFrame) -> pd.DataFrame:
    """Number and mean value of the repeat purchases up to 1997-09-30 of 946 repeaters."""
    repeats = cdnow_days[
        (cdnow_days["day"] > cdnow_days["first"]) & (cdnow_days["day"] <= "1997-09-30")
    ]
    return repeats.groupby("person")["spend"].agg(frequency="size", mean="mean").reset_index()
