"""The OpenAPI document against the running stack, by schemathesis with its checks on.

No 500, no status, header or shape that the document does not name, nothing valid refused, nothing wrong taken, no call
without its token, and what it says of methods. Two kinds of requests need a word beside the document:

- what it cannot say of a valid one is made right before it is sent (`tests.support.local_stack.contract_hooks`);
- POST /entries and /deliveries and PUT /blacklist answer 207 where an item is wrong, as each stands or falls alone.

`object_level_authorization` does nothing without tokens of two users; `tests/functional/access` tries each route.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_stack.calls import make_org
from tests.support.properties import is_fuzz

# Examples of each operation, and seconds for all of them; and those of `make fuzz`.
USUAL, FUZZ = (20, 900), (100, 1_800)
ORG = "contract"
ROOT = Path(__file__).resolve().parents[3]
CONFIGURATION = """
hooks = "tests.support.local_stack.contract_hooks"

[[operations]]
include-name = "POST /v1/orgs/{org}/entries"
checks.negative_data_rejection.expected-statuses = ["207", "400", "401", "403", "404", "413", "422"]

[[operations]]
include-name = "POST /v1/orgs/{org}/deliveries"
checks.negative_data_rejection.expected-statuses = ["207", "400", "401", "403", "404", "413", "422"]

[[operations]]
include-name = "PUT /v1/orgs/{org}/blacklist"
checks.negative_data_rejection.expected-statuses = ["207", "400", "401", "403", "404", "413", "422"]
"""


@pytest.mark.slow
@pytest.mark.fuzz
def test_the_api_does_what_its_document_says(stack: dict[str, Any], tmp_path: Path) -> None:
    make_org(stack, ORG)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{stack['api']}/v1/openapi.json"]
    command += ["--url", stack["api"], "--header", f"Authorization: Bearer {stack['tokens']['platform']}"]
    examples, seconds = FUZZ if is_fuzz() else USUAL
    command += ["--checks", "all", "--max-examples", f"{examples}", "--workers", "1", "--no-color"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CONTRACT_ORG": ORG}
    # In a file, so that nothing of it is lost where it takes too long.
    output = tmp_path / "output.txt"
    with output.open("w") as file:
        try:
            code: int | str = subprocess.run(
                command,
                check=False,
                cwd=tmp_path,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=seconds,
            ).returncode
        except subprocess.TimeoutExpired:
            code = f"none after {seconds} seconds"
    written = output.read_text()
    # Its failures come first; the last lines have the seed, with which `schemathesis run --seed` repeats it.
    assert code == 0, f"exit code {code}:\n{written[:60_000]}\n...\n{written[-2_000:]}"
    passed = [int(count) for count in re.findall(r"(\d+) passed", written)]
    assert passed, written
    assert 0 not in passed, written
