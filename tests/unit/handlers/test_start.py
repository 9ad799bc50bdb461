"""What a function loads when it starts: performance target 2, and the settings that it insists on."""

import json
import subprocess
import sys

import msgspec
import pytest
from daybook.handlers import settings
from daybook.handlers.settings import IngestSettings

from tests.support.api import FACTORIES, FUNCTIONS
from tests.support.aws.lambda_environment import ENVIRONMENT

START = """
import app, gc, json, sys
app.{factory}()
connections = [each for each in gc.get_objects() if type(each).__name__ == "Connection"]
print(json.dumps([len(connections), sorted(sys.modules)]))
"""


@pytest.mark.parametrize("function", FACTORIES)
def test_a_start_loads_nothing_slow_and_makes_one_connection(function: str) -> None:
    command = [sys.executable, "-c", START.format(factory=FACTORIES[function])]
    environment = ENVIRONMENT | dict.fromkeys(("FEEDBACK_QUEUE_URL", "DEAD_LETTERS_URL", "ARCHIVE_BUCKET"), "none")
    done = subprocess.run(
        command, cwd=FUNCTIONS / function, env=environment, capture_output=True, text=True, check=True
    )
    connections, modules = json.loads(done.stdout)
    assert connections == 1
    slow = {"boto3", "pydantic", "aws_xray_sdk", "email_validator", "phonenumbers"}
    # Of Powertools the logger and the metrics only.
    slow |= {f"aws_lambda_powertools.{part}" for part in ("event_handler", "utilities.batch", "utilities.data_classes")}
    assert not slow & set(modules)


def test_a_start_does_not_read_the_openapi_document() -> None:
    code = "import app; app.gateway(); from daybook.api import openapi; print(openapi.document.cache_info().currsize)"
    command = [sys.executable, "-c", code]
    completed = subprocess.run(
        command, cwd=FUNCTIONS / "query", env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert completed.stdout.strip() == "0"


@pytest.mark.parametrize("name", ["TABLE_NAME", "CLAIM_ORG", "RETAIN_AUDIT", "ADDRESS_KEY"])
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=name):
        settings.read({key: value for key, value in ENVIRONMENT.items() if key != name}, IngestSettings)


def test_an_address_key_that_is_soon_guessed_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="ADDRESS_KEY"):
        settings.read(ENVIRONMENT | {"ADDRESS_KEY": "x" * 15}, IngestSettings)


@pytest.mark.parametrize("name", ["RETAIN_CONTENT", "RETENTION_GRACE"])
def test_what_cannot_be_for_ever_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="for ever"):
        _ = settings.read(ENVIRONMENT | {name: ""}, IngestSettings).policy
