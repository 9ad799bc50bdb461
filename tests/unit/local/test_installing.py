"""The installation behind `make run`: what is told of it, pip's settings for uv, and what to do about a failure."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from daybook_local.installing import __main__ as installing
from daybook_local.installing import pip_settings
from daybook_local.installing.advice import advice
from daybook_local.installing.tools import SHOWN_LINES, Log, ToolError, run_tool, told_of

LISTED = """\
:env:.cert='/etc/ssl/own.crt'
:env:.disable-pip-version-check='1'
global.index-url='https://mirror.example/simple'
install.find-links='/opt/a\\n/opt/b'
WARNING: something else
"""


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "new" / "install.log")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_tool_writes_to_the_log_and_tells_how_far_it_is(log: Log) -> None:
    told: list[str] = []
    output = run_tool(python("print('Collecting boto3==1.43'); print('other')"), log, show=told.append)
    assert output == "Collecting boto3==1.43\nother\n"
    assert log.path.read_text().endswith(output)
    assert told == ["boto3"]


def test_a_tool_that_fails_is_an_error_with_its_last_lines(log: Log) -> None:
    code = "import sys; [print(n) for n in range(40)]; print('No space left on device', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ToolError, match=r"failed with status 3: .*-c") as raised:
        run_tool(python(code), log)
    assert raised.value.last_lines.splitlines()[0] == str(40 - SHOWN_LINES + 1)
    assert "The disk is full" in advice(raised.value.output)


def test_a_quiet_pip_is_made_to_speak(log: Log) -> None:
    environment = {"PIP_QUIET": "1", "PIP_CERT": "own.crt"}
    names = run_tool(python("import os; print(*sorted(os.environ))"), log, environment=environment).split()
    assert "PIP_CERT" in names
    assert "PIP_QUIET" not in names


def test_pip_installs_into_the_environment_whatever_the_users_settings(log: Log) -> None:
    environment = {"PIP_USER": "1", "PIP_TARGET": "elsewhere", "PIP_PREFIX": "elsewhere", "PIP_ROOT": "elsewhere"}
    code = "import os; print({name: value for name, value in os.environ.items() if name.startswith('PIP_')})"
    assert run_tool(python(code), log, environment=environment) == "{'PIP_USER': '0'}\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  Collecting aws-lambda-powertools==3.37.0 (from daybook)\n", "aws-lambda-powertools"),
        ("Resolved 57 packages in 7.71s\n", "downloading 57 packages"),
        ("Downloading botocore (15.2MiB)\n", "downloading botocore (15.2MiB)"),
        ("Prepared 1 package in 3ms\n", "unpacking"),
        ("Installing collected packages: a, b\n", "unpacking"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken\n",
            "the package index does not answer",
        ),
        (" + boto3==1.43.106\n", ""),
        ("Requirement already satisfied: boto3\n", ""),
    ],
)
def test_what_is_told_of_a_line(line: str, told: str) -> None:
    assert told_of(line) == told


def test_pips_settings_become_those_of_uv() -> None:
    assert pip_settings.for_uv(pip_settings.read(LISTED)) == {
        "SSL_CERT_FILE": "/etc/ssl/own.crt",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_FIND_LINKS": "/opt/a,/opt/b",
    }
    assert pip_settings.for_uv(pip_settings.read("")) == {}


def test_of_several_indexes_the_best_version_is_taken() -> None:
    variables = pip_settings.for_uv({"extra-index-url": "https://a.example https://b.example"})
    assert variables["UV_INDEX"] == "https://a.example https://b.example"
    assert variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("Failed to establish a new connection: NewConnectionError", "cannot be reached"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "PIP_CERT"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("PermissionError: [Errno 13] Permission denied: '.venv'", "may not write"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("something new", "Nothing is known"),
    ],
)
def test_what_to_do_about_a_failure(output: str, words: str) -> None:
    assert words in advice(output)


Answer = Callable[[list[str]], str]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that an installation runs; those in `failing` fail."""
    done: list[list[str]] = []

    def run(command: list[str], log: Log, **_: object) -> str:
        done.append([Path(command[0]).name, *command[1:]])
        if failure := FAILING.get(done[-1][0]):
            raise ToolError(command, 1, failure)
        return ""

    FAILING.clear()
    monkeypatch.setattr(installing, "run_tool", run)
    return done


FAILING: dict[str, str] = {}


def venv(folder: Path) -> Path:
    (folder / ".venv").mkdir()
    (folder / ".venv" / "created.stamp").touch()
    return folder / ".venv"


def test_uv_installs_into_the_environment(tmp_path: Path, log: Log, commands: list[list[str]]) -> None:
    installing.install(venv(tmp_path), "local", log, lambda _: None)
    assert [command[0] for command in commands] == ["python", "python", "uv"]
    assert commands[-1][1:3] == ["pip", "install"]
    assert commands[-1][-1].endswith("[local]")


def test_an_environment_that_is_not_complete_is_made_anew(tmp_path: Path, log: Log, commands: list[list[str]]) -> None:
    (tmp_path / ".venv").mkdir()
    installing.install(tmp_path / ".venv", "dev", log, lambda _: None)
    assert commands[0][1:4] == ["-m", "venv", "--clear"]
    assert (tmp_path / ".venv" / "created.stamp").exists()


def test_a_folder_with_something_else_than_an_environment_is_not_emptied(
    tmp_path: Path, log: Log, commands: list[list[str]]
) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(installing.NoEnvironmentError, match="VENV="):
        installing.install(tmp_path, "local", log, lambda _: None)
    assert commands == []
    (tmp_path / "pyvenv.cfg").touch()
    installing.install(tmp_path, "local", log, lambda _: None)
    assert commands[0][1:4] == ["-m", "venv", "--clear"]


def test_where_uv_fails_pip_installs(tmp_path: Path, log: Log, commands: list[list[str]]) -> None:
    FAILING["uv"] = "invalid peer certificate"
    told: list[str] = []
    installing.install(venv(tmp_path), "local", log, told.append)
    assert commands[-1][:4] == ["python", "-m", "pip", "install"]
    assert commands[-1][-1].endswith("[local]")
    assert "uv cannot install here, so pip does" in told


def test_without_a_network_it_ends_at_once(tmp_path: Path, log: Log, commands: list[list[str]]) -> None:
    FAILING["python"] = "Temporary failure in name resolution"
    with pytest.raises(ToolError):
        installing.install(venv(tmp_path), "local", log, lambda _: None)
    assert len(commands) == 1


def quietly(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "daybook_local.quietly", "Building", "Built it", "logs/build.log", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_command_runs_quietly_and_shows_its_output_when_it_fails(tmp_path: Path) -> None:
    done = quietly(tmp_path, "echo", "hello")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Building ...\nBuilt it in ")
    assert (tmp_path / "logs" / "build.log").read_text() == "hello\n"
    failed = quietly(tmp_path, "sh", "-c", "echo wrong; exit 3")
    assert failed.returncode == 3
    assert failed.stderr == "wrong\n\nBuilding failed. What it printed is in logs/build.log.\n"
