"""What every test can ask for."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A busy machine is slow: time is measured in benchmarks/, never by a test.
hypothesis.settings.register_profile("rapport", deadline=None)
hypothesis.settings.load_profile("rapport")

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]  # for what several tests share


# Small data: Spark's time goes into making plans and code, not into rows.
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together, and all that need Spark: one session is slow enough."""
    for item in items:
        spark = "spark" in getattr(item, "fixturenames", ())
        if spark:
            item.add_marker(pytest.mark.spark)
        item.add_marker(pytest.mark.xdist_group("spark" if spark else item.path.name))


_looked_at: set[Path] = set()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before each file, set apart what lives already: the collector need not look at it again.

    An engine collects when it closes, hundreds of times, and libraries are most of what there is.
    """
    if item.path not in _looked_at:
        _looked_at.add(item.path)
        gc.collect()
        gc.freeze()


def pytest_sessionfinish() -> None:
    """Let Python take everything down as it always does."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The public data sets, which stand beside the checkout and are never part of it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data sets are not beside this checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One local Spark session for the whole run."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("Java is missing, and in CI the Spark half must run")
        pytest.skip("Java is missing: Spark needs Java 17 or newer")
    from rapport.record.engines import start_spark

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = start_spark("local[2]", **QUICK)
    yield session
    session.stop()
