"""Money as whole numbers of the record's smallest unit, for sums and shares that add up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_UNIT = 10_000  # the record keeps money to four decimals


def units(money: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return amounts as whole ten-thousandths; nothing is zero."""
    floats = pc.fill_null(pc.cast(money, pa.float64()), 0.0).to_numpy()
    whole: npt.NDArray[np.int64] = np.rint(floats * _UNIT).astype(np.int64)
    return whole


def money_of(amounts: npt.NDArray[np.int64]) -> pa.Array:
    """Return whole ten-thousandths as amounts of the record.

    Examples
    --------
    >>> import numpy as np
    >>> money_of(np.array([12345])).to_pylist()
    [Decimal('1.2345')]
    """
    # The 128 bits of a decimal are those of the integer, so the amounts only need their sign.
    words = np.empty((len(amounts), 2), np.int64)
    words[:, 0], words[:, 1] = amounts, amounts >> 63
    kind = pa.decimal128(18, 4)
    return pa.Array.from_buffers(kind, len(amounts), [None, pa.py_buffer(words.tobytes())])
