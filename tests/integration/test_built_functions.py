"""The functions as they are built: each starts alone, with nothing but its code and the layers, on Python 3.13."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from daybook_local.deployment.template import REPOSITORY

from tests.support.api import FACTORIES, FUNCTIONS
from tests.support.aws.lambda_environment import ENVIRONMENT

DEPENDENCIES = REPOSITORY / "layers" / "dependencies"
QUEUES = {"FEEDBACK_QUEUE_URL": "https://queue", "DEAD_LETTERS_URL": "https://queue", "ARCHIVE_BUCKET": "archive"}
START = """
import json, sys
sys.path[:0] = sys.argv[2:]
import app
getattr(app, sys.argv[1])()
files = {module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
print(json.dumps([sorted(files), "boto3" in sys.modules]))
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The Python of the functions, or this one where it is not at hand, and the layer built for this machine."""
    python = runpy.run_path(str(REPOSITORY / "infra" / "precompile.py"))["find_python"]() or sys.executable
    target = tmp_path_factory.mktemp("layer")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*install, "-r", str(DEPENDENCIES / "requirements.txt")], check=True)
    runpy.run_path(str(DEPENDENCIES / "build.py"))["trim"](target)
    return python, target


@pytest.mark.slow
@pytest.mark.parametrize("function", FACTORIES)
def test_a_function_starts_alone(layer: tuple[str, Path], function: str) -> None:
    python, dependencies = layer
    own = [str(FUNCTIONS / function), str(REPOSITORY / "layers" / "daybook" / "python"), str(dependencies)]
    # Isolated, and without site-packages.
    command = [python, "-I", "-S", "-B", "-c", START, FACTORIES[function], *own]
    done = subprocess.run(command, env=ENVIRONMENT | QUEUES, capture_output=True, text=True, check=True)
    files, has_boto3 = json.loads(done.stdout.splitlines()[-1])
    assert not [file for file in files if "site-packages" in file]
    assert any(file.startswith(str(dependencies / "pynamodb")) for file in files)
    assert not has_boto3
