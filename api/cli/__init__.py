"""The command line: `elders`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Final, NoReturn, TextIO

_FAILED: Final = 1
_WRONG: Final = 2
_SOFTWARE: Final = 70
"""As in sysexits.h: a fault of this program, not of its caller."""

_SIGNALLED: Final = 128
_SOON_SECONDS: Final = 0.02


def main() -> None:
    """Run a command; what goes wrong is one line on standard error, not a traceback.

    Exit status: 0 well; 1 something failed; 2 wrong usage or input; 70 a fault of the program;
    130 or 143 stopped by a signal.
    """
    from api.cli.app import app
    from foundation.errors import GuildError, InvalidInput

    for stream in (sys.stdout, sys.stderr):
        _write_anything(stream)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    sys.unraisablehook = _stop_again
    try:
        app()
    except GuildError as error:
        _fail(str(error), _WRONG if isinstance(error, InvalidInput) else _FAILED)
    except SystemExit as end:
        if isinstance(end.code, int) and end.code > _SIGNALLED:
            _fail("stopped; what was accepted is kept", end.code)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(_FAILED)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or 'the system refused'}", _FAILED)
    except Exception as error:  # noqa: BLE001 - the outermost edge: no traceback for users
        _fail(_report(error), _SOFTWARE)


def _fail(message: str, status: int) -> NoReturn:
    from api.cli.printing import harmless
    from foundation.security.redaction.redacting import harmless as without_secrets

    sys.stderr.write(f"elders: {harmless(without_secrets(message))}\n")
    sys.exit(status)


def _report(error: Exception) -> str:
    """Log a fault for its makers, and say in a line what the caller can do."""
    import structlog

    structlog.get_logger(__name__).debug("command.failed", exc_info=error)
    return (
        f"a fault of this program, nothing of what was accepted is lost: {type(error).__name__}:"
        f" {error}; with ELDERS_LOG_LEVEL=debug it shows where"
    )


def _stop(number: int, _frame: FrameType | None) -> None:
    """End in order: followers stop, files are closed, the home is given back."""
    sys.exit(_SIGNALLED + number)


def _stop_again(ignored: sys.UnraisableHookArgs) -> None:
    """Send the signal once more where Python had to ignore its exception.

    That happens where the handler runs within a destructor or a weak reference's callback.
    """
    end = ignored.exc_value
    if isinstance(end, SystemExit) and isinstance(end.code, int) and end.code > _SIGNALLED:
        again = threading.Timer(_SOON_SECONDS, os.kill, (os.getpid(), end.code - _SIGNALLED))
        again.daemon = True
        again.start()
        return
    sys.__unraisablehook__(ignored)


def _write_anything(stream: TextIO) -> None:
    """Let names that are no text, or that the terminal's encoding lacks, be printed escaped."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")
