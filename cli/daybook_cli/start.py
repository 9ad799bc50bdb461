"""What the command `daybook` starts: Ctrl-C and SIGTERM end it in order, also while its modules are read."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    # What a scheduler ends stops as after Ctrl-C: an export is cancelled.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # This takes a second on a busy machine.
        from daybook_cli.main import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        # As a shell says it; `runtime` cannot be read for it.
        sys.exit(128 + signal.SIGINT)
    run()
