"""Which tests pytest-xdist gives to one process."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

FOLDERS_OF_STACKS = "tests/e2e/"


class StackScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Each test by itself, but those of a folder of tests/e2e together, as they share a local stack.

    What `--dist loadgroup` is for does not work with pytest 9.2 and pytest-xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return str(PurePosixPath(path).parent) if path.startswith(FOLDERS_OF_STACKS) else nodeid
