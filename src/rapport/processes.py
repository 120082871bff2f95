"""Processes of our own beside this one: started anew, told to end, and said to have been ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from rapport.errors import Fault, Problem

_LOOK = 2.0  # seconds between two looks whether the starter is still there
_ALONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def cores() -> int:
    """Return how many cores there are for us."""
    from joblib import cpu_count

    return int(cpu_count())


def only(many: int) -> None:
    """Count so many cores as ours from here on: the others are another process's."""
    os.environ["LOKY_MAX_CPU_COUNT"] = str(many)


@contextmanager
def processes(many: int, summary: str, ended: Fault) -> Iterator[Executor]:
    """Give so many processes; they end with the block, when it fails and when it is broken off.

    They are started anew (never forked), import nothing of the program that started this one, and
    compute with one thread each.

    Parameters
    ----------
    summary, ended
        What is said when one of them is ended from outside.

    Raises
    ------
    Problem
        If a process is ended from outside.

    Examples
    --------
    >>> with processes(1, "Nothing was added.", Fault("A process was ended.")) as pool:
    ...     pool.submit(sum, [1, 2]).result()
    3
    """
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(many, initializer=_begin, env=_ALONE)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise Problem(summary, [ended]) from error
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _begin() -> None:
    """Leave it to the starter to say that the work was broken off, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(starter: int) -> None:
    while os.getppid() == starter:
        time.sleep(_LOOK)
    os._exit(1)  # it may wait for ever to hand over what nobody takes
