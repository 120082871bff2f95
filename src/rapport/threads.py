"""One thread for small fits: threads that wait for each other cost more than they bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold what libraries compute with OpenMP to one thread, for the length of the block.

    Threads of OpenMP wait for each other by counting, not by sleeping: on a machine that does other
    work as well, fits of a few thousand rows took 126 seconds of the processor with two threads,
    and 7 with one. The libraries must have been imported before.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"):
        yield
