"""`python -m daybook_local.quietly DOING DONE LOG COMMAND...`: a command behind a status line, its output in a log.

Where it fails, what it printed is shown, and this ends with its exit status. Standard library only.
"""

import subprocess
import sys
from pathlib import Path

from daybook_local.status_line import INTERRUPTED, status_line


def main() -> int:
    doing, done, log, *command = sys.argv[1:]
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with status_line(doing, done), path.open("w") as output:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True)
    except subprocess.CalledProcessError as error:
        print(path.read_text(errors="replace").rstrip(), file=sys.stderr)
        print(f"\n{doing} failed. What it printed is in {path}.", file=sys.stderr)
        return error.returncode
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
