"""`make reset`: delete what the local stack has kept. Standard library only, so that it needs no environment."""

import shutil
import sys
from pathlib import Path

from daybook_local.stack.lock import AlreadyRunningError, locked

FOLDER = Path(__file__).resolve().parents[2] / ".local"


def main() -> int:
    try:
        with locked(FOLDER / "state"):
            shutil.rmtree(FOLDER / "state")
            (FOLDER / "stack.json").unlink(missing_ok=True)
    except AlreadyRunningError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
