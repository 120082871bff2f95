from __future__ import annotations

from pathlib import Path

import numpy as np
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


def histories(days: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Frequency, recency and age in weeks on the day `end`, and purchases `later`."""
    seen = days[days["day"] <= end].groupby("person")["day"].agg(["min", "max", "size"])
    later = days[days["day"] > end].groupby("person").size().reindex(seen.index).fillna(0)
    return pd.DataFrame(
        {
            "frequency": seen["size"] - 1,
            "recency": (seen["max"] - seen["min"]).dt.days / 7,
            "age": (end - seen["min"]).dt.days / 7,
            "later": later,
        }
    )


@pytest.fixture(scope="session")
def cdnow_split(cdnow_days: pd.DataFrame) -> pd.DataFrame:
    """Exact histories on 1997-09-30 and the purchases of the 39 weeks after."""
    return histories(cdnow_days, pd.Timestamp("1997-09-30"))


@pytest.fixture(scope="session")
def apparel(shared_data: Path) -> pd.DataFrame:
    """600 customers after 104 weeks, with gender and channel."""
    days = pd.read_csv(shared_data / "orders/apparel/apparelTrans.csv", parse_dates=["Date"])
    days = days.rename(columns={"Id": "person", "Date": "day"})[["person", "day"]]
    days = days.drop_duplicates()
    table = histories(days, days["day"].min() + np.timedelta64(104, "W"))
    z = pd.read_csv(shared_data / "orders/apparel/apparelStaticCov.csv").set_index("Id")
    return table.join(z)


@pytest.fixture(scope="session")
def donations(shared_data: Path) -> pd.DataFrame:
    """The published donors' histories: frequency, recency, periods, weights."""
    return pd.read_csv(shared_data / "orders/cdnow/donations.csv")
