"""The handlers on moto, as Lambda runs them."""

from collections.abc import Iterator

import pytest
from daybook.aws.ses import EmailProvider

from tests.support import api
from tests.support.aws import moto_stores
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.functions.log_lines import NamedFunctions, named_functions
from tests.support.functions.ses_stand_in import Ses
from tests.support.functions.stored import ARCHIVE

QUEUES = {"FEEDBACK_QUEUE_URL": "feedback", "DEAD_LETTERS_URL": "dead-letters", "EXPORT_QUEUE_URL": "exports"}


@pytest.fixture(autouse=True)
def functions(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Empty stores and queues for each test; the functions stay warm, as in Lambda. Gives their environment."""
    # But for the one that remembers what it has written into the table, which is another one now.
    api.function("index").triggers.cache_clear()
    moto_stores.create_orgs(TABLE)
    urls = {name: moto_stores.create_queue(queue) for name, queue in QUEUES.items()}
    for name, url in urls.items():
        monkeypatch.setenv(name, url)
    return aws | urls


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Ses:
    made = Ses()
    monkeypatch.setattr(EmailProvider, "release", lambda _, spelling: made.release(spelling))
    monkeypatch.setattr(EmailProvider, "verify", lambda _, address: made.verify(address))
    return made


@pytest.fixture
def named(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[NamedFunctions]:
    """The functions under their own names, made anew, with all that they write."""
    with named_functions(monkeypatch) as made:
        yield made


@pytest.fixture
def archive(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket of what has expired."""
    client("s3").create_bucket(Bucket=ARCHIVE)
    monkeypatch.setenv("ARCHIVE_BUCKET", ARCHIVE)


@pytest.fixture
def cold() -> Iterator[None]:
    """The retention function is made anew, and so is the next one."""
    api.function("retention").triggers.cache_clear()
    yield
    api.function("retention").triggers.cache_clear()
