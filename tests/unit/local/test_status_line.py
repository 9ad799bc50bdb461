"""The one line that shows what `make run` is doing."""

import io
import re

import pytest
from daybook_local import status_line as module
from daybook_local.status_line import drawn, status_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def steps() -> None:
    with status_line("Building", "Built it") as show:
        show("one")
        show("one")
        show("two")


def fail() -> None:
    with status_line("Building", "Built it") as show:
        show("one")
        raise ValueError


def test_without_a_terminal_each_thing_is_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    steps()
    assert capsys.readouterr().out == "Building ...\n  one\n  two\nBuilt it in 0 s.\n"


def test_on_a_terminal_one_line_is_redrawn_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(module, "REDRAW_SECONDS", 0.001)
    with status_line("Building", "Built it") as show:
        show("one")
        while "one" not in terminal.getvalue():
            pass
    shown = terminal.getvalue()
    assert re.fullmatch(r"(\r\x1b\[KBuilding ?[^\r\n]*)+\r\x1b\[KBuilt it in \d s\.\n", shown)


def test_a_terminal_that_cannot_redraw_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "dumb")
    steps()
    assert "\x1b" not in terminal.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_what_fails_is_not_said_to_be_done(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stream()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert "Built it" not in terminal.getvalue()
    assert terminal.getvalue().endswith(("  one\n", "\r\x1b[K"))


@pytest.mark.parametrize("width", [80, 40, 12, 3])
def test_the_line_fits_and_keeps_the_seconds(width: int) -> None:
    line = drawn("Installing what Daybook needs", "downloading 57 packages" * 4, 61.4, width)
    assert len(line) <= max(width, len(" 61 s"))
    assert line.endswith(" 61 s")


def test_the_line_says_what_is_being_done() -> None:
    assert drawn("Starting", "", 0.2, 80) == "Starting ... 0 s"
    assert drawn("Starting", "orgs", 1.2, 80) == "Starting: orgs 1 s"
    assert drawn("Starting", "x" * 100, 1.2, 30) == "Starting: " + "x" * 13 + "..." + " 1 s"
