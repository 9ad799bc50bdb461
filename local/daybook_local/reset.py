"""`make reset`: forget all that the local stack has kept. Standard library only, so that it needs no environment."""

import shutil
import sys
from pathlib import Path

from daybook_local.stack import lock

FOLDER = Path(__file__).resolve().parents[2] / ".local"


def main() -> int:
    try:
        with lock.held(FOLDER / "state"):
            shutil.rmtree(FOLDER / "state")
            (FOLDER / "stack.json").unlink(missing_ok=True)
    except lock.RunningError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
