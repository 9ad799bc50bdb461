"""Nobody sees another business; no answer holds a key of the table; no log line holds an address, a body or a token."""

from typing import Any

import pytest

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE


def test_the_answer_does_not_tell_whether_a_record_exists() -> None:
    api.post(api.push())
    answers = [api.read("pushes", record, claims=api.OTHER_ADMIN) for record in ("family/1", "family/none", "fax/1")]
    assert len({answer.text for answer in answers}) == 1


def test_what_one_org_writes_no_other_reads() -> None:
    api.post(api.email(message_id="m", body={"text": "x"}), api.push(), api.activity(), api.audit())
    for log in ("emails", "sms", "pushes", "activity", "audit"):
        assert api.read(log, org="hilltop", claims=api.OTHER_ADMIN).body == {
            "entries": [],
            "next": None,
            "understood": [],
        }


def test_no_answer_holds_a_key_of_the_table_and_no_line_of_the_log_a_secret(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ["smith@mail.example", "+14155550123", "topsecretbody", "topsecretsubject"]
    entries = [
        api.email(
            subject=secrets[3], message_id="m", body={"text": secrets[2]}, key="k", occurred_at="2026-05-01T00:00:00Z"
        ),
        api.email(recipient="not an address smith@mail.example"),
        api.sms(text=secrets[2]),
        api.push(),
        api.activity(),
        api.audit(),
        api.audit(affected=[]),
    ]
    answers = [api.post(*entries), api.post(*entries)]
    for log in ("emails", "sms", "pushes", "activity", "audit"):
        answers += [api.read(log, limit=1), api.read(log, limit=0), api.read(log, cursor="x")]
    answers += [api.read("emails", limit=1, sort=sort) for sort in ("recipient", "status")]
    answers += [api.read("emails", q=secrets[0]), api.read("emails/nonsense/content"), api.call("GET", "/nowhere")]
    entry_id = answers[0].body["results"][0]["id"]
    answers.append(api.read(f"emails/{entry_id}/content"))
    keys = {
        value["S"]
        for item in client("dynamodb").scan(TableName=TABLE)["Items"]
        for name, value in item.items()
        if name in ("pk", "sk", "at", "entry") or name.endswith(("_key", "_status", "_staff", "_source"))
    }
    assert len(keys) > 30
    assert not [key for key in keys for answer in answers if key in answer.text]
    logged = str([vars(record) for record in caplog.records]) + str(capsys.readouterr())
    assert [record.msg for record in caplog.records] == ["answered"] * len(answers)
    assert not [secret for secret in secrets if secret in logged]


CALLS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/blacklist", None),
    ("POST", "/entries", {"entries": [api.push()]}),
    ("POST", "/deliveries", {"events": [api.delivery()]}),
    ("PUT", "/settings", {}),
    ("GET", "/nowhere", None),
    ("GET", "", None),
)


@pytest.mark.parametrize("org", ["kim.lee@post.example", "+14155550123", "northside", "RIVERSIDE"])
@pytest.mark.parametrize("claims", [api.ADMIN, api.STAFF, api.SERVICE, api.PLATFORM, None])
def test_an_org_in_a_path_is_not_logged_before_it_was_checked(
    org: str, claims: dict[str, Any] | None, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for method, path, body in CALLS:
        api.call(method, f"/v1/orgs/{org}{path}", claims=claims, body=body)
    lines = [vars(record) for record in caplog.records]
    assert [line["org"] for line in lines] == [None] * len(CALLS)
    assert org not in str(lines) + str(capsys.readouterr())


@pytest.mark.parametrize(
    ("claims", "logged"), [(api.ADMIN, 0), (api.SERVICE, 5), (api.PLATFORM, 5), (api.OTHER_ADMIN, 4), (None, 0)]
)
def test_an_org_that_the_caller_was_admitted_to_is_logged(
    claims: dict[str, Any] | None, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    """That of `$default` never is, and that of a call of the platform where it was answered."""
    for method, path, body in CALLS:
        api.call(method, f"/v1/orgs/hilltop{path}", claims=claims, body=body)
    assert [vars(record)["org"] for record in caplog.records if vars(record)["org"]] == ["hilltop"] * logged
