"""The handlers on moto, as Lambda runs them."""

from dataclasses import dataclass, field

import pytest
from daybook.aws.ses import EmailProvider, NoVerdictError, Verdict
from moto.dynamodb.models import DynamoDBBackend

from tests.support import api
from tests.support.aws import moto_partiql, moto_stores

QUEUES = {"FEEDBACK_QUEUE_URL": "feedback", "DEAD_LETTERS_URL": "dead-letters"}


@pytest.fixture(autouse=True)
def functions(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Empty stores and queues for each test; the functions stay warm, as in Lambda. Gives their environment."""
    # But for the one that remembers what it has written into the table, which is another one now.
    api.function("index").triggers.cache_clear()
    monkeypatch.setattr(DynamoDBBackend, "batch_execute_statement", moto_partiql.batch_execute_statement)
    monkeypatch.setattr(DynamoDBBackend, "execute_statement", moto_partiql.execute_statement)
    urls = {name: moto_stores.create_queue(queue) for name, queue in QUEUES.items()}
    for name, url in urls.items():
        monkeypatch.setenv(name, url)
    return aws | urls


@dataclass
class Ses:
    """What moto's SES cannot do: the account's suppression list, and the verification of addresses."""

    suppressed: set[str] = field(default_factory=set)
    verdicts: dict[str, Verdict | NoVerdictError] = field(default_factory=dict)
    busy: Exception | None = None

    def release(self, spelling: str) -> None:
        if self.busy:
            raise self.busy
        self.suppressed.discard(spelling)

    def verify(self, address: str) -> Verdict:
        verdict = self.verdicts[address]
        if isinstance(verdict, NoVerdictError):
            raise verdict
        return verdict


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Ses:
    made = Ses()
    monkeypatch.setattr(EmailProvider, "release", lambda _, spelling: made.release(spelling))
    monkeypatch.setattr(EmailProvider, "verify", lambda _, address: made.verify(address))
    return made
