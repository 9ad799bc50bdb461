"""Clients that two generators make of the OpenAPI document, by the commands of docs/clients.md, on the running stack.

The tools are installed in `.local/clients`, and stay there. They come from PyPI and npm: without these the tests fail.
"""

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_stack.calls import make_org

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "clients.md"
PROGRAMS = ROOT / "tests" / "support" / "clients"
TOOLS = ROOT / ".local" / "clients"
ORG = "clients"
SECONDS = 300
WITHOUT_REGISTRIES = "The tools of docs/clients.md come from PyPI and npm. Make both reachable, and run it again."


def blocks(language: str) -> list[str]:
    """The guide's code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


class CommandRunner:
    """Runs the guide's commands in a folder as at the root of the repository, with an environment of Python."""

    def __init__(self, folder: Path, stack: dict[str, Any]) -> None:
        self.folder = folder
        self.python = TOOLS / "venv" / "bin" / "python"
        self._environment = os.environ | {
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
            "DENO_DIR": str(TOOLS / "deno"),
            "DENO_NO_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
            "DAYBOOK_URL": stack["api"],
            "DAYBOOK_TOKEN": stack["tokens"]["platform"],
            "ORG": ORG,
        }
        (folder / "docs").symlink_to(ROOT / "docs")

    def run(self, *command: str, **environment: str) -> str:
        """The standard output of a command that succeeds."""
        try:
            completed = subprocess.run(
                command,
                check=False,
                cwd=self.folder,
                env=self._environment | environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{' '.join(command)}: over {SECONDS} seconds. {WITHOUT_REGISTRIES}") from error
        output = completed.stdout + completed.stderr
        assert completed.returncode == 0, f"{' '.join(command)}:\n{output[-8000:]}\n{WITHOUT_REGISTRIES}"
        return completed.stdout

    def run_typed(self, name: str, program: str, **environment: str) -> str:
        """The standard output of a program once its types, and all of the client that it uses, were checked."""
        (self.folder / name).write_text(program)
        if name.endswith(".ts"):
            self.run("deno", "check", name)
            return self.run("deno", "run", "--allow-env", "--allow-net", name, **environment)
        mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", str(self.python))
        self.run(*mypy, name, "daybook-client/daybook_client")
        return self.run(str(self.python), name, **environment)


@pytest.fixture(scope="module")
def runner(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> CommandRunner:
    """With the clients that the guide's commands make."""
    make_org(stack, ORG)
    runner = CommandRunner(tmp_path_factory.mktemp("clients"), stack)
    # pip comes last.
    if not (runner.python.exists() and runner.python.with_name("pip").exists()):
        runner.run(sys.executable, "-m", "venv", "--clear", str(TOOLS / "venv"))
    for commands in blocks("sh"):
        runner.run("bash", "-euc", commands)
    return runner


def test_the_generator_of_python_warns_of_nothing(runner: CommandRunner) -> None:
    generate = ("openapi-python-client", "generate", "--path", "docs/openapi.json", "--output-path", "again")
    runner.run(*generate, "--fail-on-warning")


@pytest.mark.parametrize(("language", "name"), [("python", "guide.py"), ("ts", "guide.ts")])
def test_the_programs_of_the_guide_work(runner: CommandRunner, language: str, name: str) -> None:
    (program,) = blocks(language)
    posted, listed = runner.run_typed(name, program).splitlines()
    assert "created" in posted
    assert "Your statement" in listed
    assert "queued" in listed


@pytest.mark.parametrize("name", ["use_client.py", "use_client.ts"])
def test_a_client_works_as_it_comes(runner: CommandRunner, name: str) -> None:
    # It stands in no entry of another program.
    word = f"w{uuid.uuid4().hex}"
    seen = json.loads(runner.run_typed(name, (PROGRAMS / name).read_text(), WORD=word))
    assert seen == {
        "posted": ["created"] * 8,
        "rejected": [207, "invalid_entry", "record.type"],
        "reported": ["applied"],
        "emails": [["jane@x.example bounced"], ["joe@x.example sent"]],
        "sms": ["+14155550124"],
        "timeline": ["activity", "audit", "email", "email", "email", "push", "sms", "sms"],
        "details": [{"a": [1]}],
        "audit": [[f"Changed {word}", ["Smith"]]],
        "understood": [[word, "word"], ["smith", "word"]],
        "unauthorized": [401, "Unauthorized"],
        "gateway": ["Not today"] * 4,
        "wrong": [422, "invalid_request", "limit"],
    }
