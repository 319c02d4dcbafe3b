"""The command line: `elders`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; what goes wrong on purpose is one line on standard error, not a traceback."""
    from api.cli.app import app
    from foundation.errors import GuildError, InvalidInput

    try:
        app()
    except GuildError as error:
        sys.stderr.write(f"elders: {error}\n")
        sys.exit(2 if isinstance(error, InvalidInput) else 1)
    except KeyboardInterrupt:
        sys.stderr.write("elders: interrupted; what was accepted is kept\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
