"""How the answers of two engines are compared, and which steps there are to compare."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pyarrow as pa


def relational_steps(*packages: ModuleType) -> set[Callable[..., Any]]:
    """Every public function of the packages that returns a frame."""
    return {
        function
        for package in packages
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.ispkg
        for _, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.isfunction
        )
        if function.__module__ == module.name
        and not function.__name__.startswith("_")
        and function.__annotations__.get("return") == "Frame"
    }


def assert_same_rows(duck: pa.Table, spark: pa.Table) -> None:
    """Two collected tables hold the same columns, types and rows, in whatever order."""
    assert spark.schema.names == duck.schema.names
    assert [_kind(t) for t in spark.schema.types] == [_kind(t) for t in duck.schema.types]
    assert _rows(spark) == _rows(duck)


def _kind(kind: pa.DataType) -> str:
    """Sums of money differ in how many digits an engine keeps room for."""
    return "money" if pa.types.is_decimal(kind) else str(kind)


def _rows(rows: pa.Table) -> list[tuple[Any, ...]]:
    made = [tuple(map(_plain, row.values())) for row in rows.to_pylist()]
    return sorted(made, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.9g}") + 0.0
    return value
