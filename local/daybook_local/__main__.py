"""`python -m daybook_local`: the process of `make run`."""

import errno
import os
import signal
import sys
from contextlib import ExitStack
from typing import Any, NoReturn

from daybook_cli.connection.aws import AwsError
from daybook_cli.connection.problems import ApiError

from daybook_local.deployment.cloudformation import DeploymentError
from daybook_local.emulator.server import EmulatorError
from daybook_local.stack.lifecycle import ApiNotReadyError, Stack
from daybook_local.stack.lock import AlreadyRunningError, locked
from daybook_local.stack.ports import PortBusyError
from daybook_local.stack.screen import print_text
from daybook_local.stack.settings import SettingError, Settings, settings_from
from daybook_local.stack.snapshot import SnapshotError
from daybook_local.status_line import status_line

EXPECTED_ERRORS = (
    AlreadyRunningError,
    ApiError,
    ApiNotReadyError,
    AwsError,
    DeploymentError,
    EmulatorError,
    PortBusyError,
    SettingError,
    SnapshotError,
)
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    # SIGINT as well: a shell script starts its background jobs with it ignored. SIGHUP not under nohup.
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        settings = settings_from(os.environ)
        with locked(settings.state):
            run(settings)
    except EXPECTED_ERRORS as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        print(f"\nThe disk is full ({error.filename}). Free some of it, and start again.", file=sys.stderr)
        return 1
    return 0


def run(settings: Settings) -> None:
    with ExitStack() as cleanup:
        stack = Stack(settings)
        try:
            with status_line("Starting", "Started") as show:
                stack.start(cleanup, show)
            stack.print_screen()
            stack.wait()
            raise EmulatorError(f"The emulator has stopped by itself; {settings.state}/emulator.log says why.")
        except KeyboardInterrupt:
            print_text("\nStopping ...")
        finally:
            # A second Ctrl-C must not interrupt the cleanup.
            ignore_signals()
        stack.save()
    print_text("Stopped.")


def stop(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def ignore_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
