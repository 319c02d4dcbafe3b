"""Loops over numbers, compiled where that can be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Kernel = Callable[..., Any]


def compiled(loop: Kernel) -> Kernel:
    """Compile a loop, and keep what came of it where a folder can be written.

    Where there is no numba, it runs as it stands.
    """
    try:
        import numba
    except ImportError:
        return loop
    try:
        kernel: Kernel = numba.njit(cache=True, nogil=True)(loop)
    except (RuntimeError, OSError):  # neither the package's folder nor the user's can be written
        kernel = numba.njit(nogil=True)(loop)
    return kernel
