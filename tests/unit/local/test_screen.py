"""What `make run` prints fits a terminal of 80 by 24, with the lines of its installation above."""

from pathlib import Path

import pytest
from daybook_local.stack import screen
from daybook_local.stack.screen import WIDTH, counting, lines
from daybook_local.stack.settings import Settings

MAX_LINES = 20
SHORT, LONG = Path("/srv/daybook"), Path("/home") / "/".join(["a-folder-of-a-folder"] * 5) / "daybook"


def printed(
    repository: Path = SHORT, *, port: int = 4580, folder: Path | None = None, venv: str = ".venv"
) -> list[str]:
    stack = {"console": f"http://127.0.0.1:{port}/console/", "api": f"http://127.0.0.1:{port}"}
    settings = Settings(port=port, keep=False, folder=folder or repository / ".local")
    return lines(stack, settings, repository, repository / venv)


@pytest.mark.parametrize("repository", [SHORT, LONG, Path("/srv/a folder of 'mine'")])
@pytest.mark.parametrize("port", [80, 65535])
def test_it_fits_80_by_24(repository: Path, port: int) -> None:
    shown = printed(repository, port=port)
    # A folder of its own costs one more.
    assert len(shown) < MAX_LINES
    assert max(map(len, shown)) <= WIDTH


def test_it_names_the_console_the_api_three_commands_the_tokens_and_how_to_stop() -> None:
    shown = "\n".join(printed())
    for part in ("http://127.0.0.1:4580/console/", "API       http://127.0.0.1:4580\n", "Ctrl-C stops", "stack.json"):
        assert part in shown
    assert "  .venv/bin/daybook token admin\n" in shown.replace("Tokens  ", "")
    assert len(screen.COMMANDS) == 3
    for command in screen.COMMANDS:
        assert f"\n  .venv/bin/daybook {command}\n" in shown
    assert "eyJ" not in shown


def test_the_commands_begin_in_the_folder_of_the_stack() -> None:
    assert "  cd /srv/daybook" in printed()
    assert "  cd '/srv/a b'" in printed(Path("/srv/a b"))
    shown = printed(LONG)
    assert "Try in another terminal, in this folder:" in shown
    assert not any("  cd " in line for line in shown)


def test_another_environment_and_another_folder_are_named() -> None:
    shown = printed(folder=Path("/tmp/stack"), venv=".local/python3.13")
    assert "  export DAYBOOK_LOCAL_FOLDER=/tmp/stack" in shown
    assert "  .local/python3.13/bin/daybook records nguyen" in shown
    assert "            All of them are in /tmp/stack/stack.json." in shown
    assert not any("DAYBOOK_LOCAL_FOLDER" in line for line in printed())


def test_progress_is_told_now_and_then() -> None:
    told: list[str] = []
    count = counting("loading", told.append)
    for done in (100, 200, 300, 2030):
        count(done, 2030)
    assert told == ["loading, 200 of 2,030", "loading, 2,030 of 2,030"]
