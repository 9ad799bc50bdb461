"""The events in events/, delivered to the functions' real handlers: each as the trigger of the template that it is of.

AWS may deliver an event twice, and a batch in any order: so are all but those that only read.
"""

import json
import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
from daybook.aws.ses import Verdict
from daybook.core import entry_ids
from daybook.storage.keys import org_keys
from daybook_local.deployment.template import REPOSITORY, function_environment, resources_of_type

from tests.support import api
from tests.support.aws.clients import client
from tests.support.aws.lambda_environment import TABLE
from tests.support.faults.stores import take_messages
from tests.support.functions import console, exports, stored
from tests.support.functions.events import NONE_FAILED, Context
from tests.support.functions.log_lines import NamedFunctions
from tests.support.functions.ses_stand_in import Ses
from tests.support.golden.stage import Stage, forget_functions, staged
from tests.support.memory import streams
from tests.support.template import FUNCTIONS, TEMPLATE

FOLDER = REPOSITORY / "events"
FILES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.json"))
ORG = "/v1/orgs/riverside"
RECORD = f"{ORG}/records/family/101"
JANE, JOE, CLOSED = (f"{name}@example.com" for name in ("jane.smith", "joe.miller", "closed.account"))
INVOICE, MOVED, WELCOME = "Your November invoice", "Class moved to Tuesday", "Welcome to Tumbling 2"

# What invokes a function beside the triggers of the template: `daybook reindex` and `daybook retention`.
COMMANDS = {"index/command-reindex", "retention/command-apply", "retention/command-preview"}

# What an answer to a request that reads must hold.
READS = {
    "query/GetOrgs": "Hilltop Music School",
    "query/GetOrg": "Riverside Gymnastics",
    "query/GetEmails": INVOICE,
    "query/GetSms": "+14155550123",
    "query/GetPushes": "Class moved (APNS)",
    "query/GetActivity": "signed in",
    "query/GetAudit": "moved enrollment",
    "query/GetTimeline": MOVED,
    "query/GetEmailEntry": INVOICE,
    "query/GetSmsEntry": "Gym is closed today.",
    "query/GetPushEntry": "Class moved (APNS)",
    "query/GetActivityEntry": "signed in",
    "query/GetEmailContent": "Dear Jane, your invoice is ready.",
    "query/GetEmailEvents": '"click"',
    "query/GetSmsEvents": "Message has been accepted by phone carrier",
    "query/GetRecordBlacklist": JOE,
    "query/GetBlacklist": JOE,
    "query/GetBlacklistEntry": "550 5.1.1 user unknown",
    "query/PostBlacklistCheck": f'{{"blocked":{{"{JOE}":"bounce"}}}}',
    "query/GetRecords": "Smith, Madison",
    "query/GetRecord": "Smith, Jane",
    "query/GetMessages": MOVED,
    "query/GetMessageCounts": '{"day":"2026-11-20","class":"bounced","count":1}',
    "query/GetOrgAudit": "moved enrollment",
    "query/GetAuditStaff": "alex.admin",
    "query/GetAuditEntry": "Tumbling 2",
    "query/GetAccess": '"groups"',
    "query/GetOwnAccess": "Alex Admin",
    "query/GetSettings": "America/Chicago",
    "query/GetHolds": "A claim for damages",
    "query/GetErasure": '"running"',
    "query/GetExports": "records/family/101/emails",
    "query/GetExport": "records/family/101/emails",
    "query/GetOpenapi": "/v1/orgs/{org}/entries",
}

State: TypeAlias = tuple[str, str, str]
# Of a message, the status that comes of an event: the log, what its entry has, and the status.
STATES: dict[str, list[State]] = {
    "feedback/FromQueue-sns-envelope": [("emails", INVOICE, "delivered")],
    "feedback/FromQueue": [("emails", INVOICE, "clicked"), ("emails", MOVED, "bounced")],
    "feedback/FromQueue-eventbridge": [("sms", "+14155550123", "delivered")],
    "feedback/FromQueue-tagged-send": [("emails", WELCOME, "sent")],
    "feedback/SmsFailures": [("sms", "+14155550199", "not_delivered")],
    "feedback/ApnsSuccesses": [("pushes", "9655abe4-6ed6-5734-89f7-e6a6a42de02a", "sent")],
    "feedback/ApnsFailures": [("pushes", "c3ad79b0-8996-550a-8bfa-24f05989898f", "failed")],
    "feedback/FcmSuccesses": [("pushes", "0f1e2d3c-4b5a-5697-8877-665544332211", "sent")],
    "feedback/FcmFailures": [("pushes", "a1b2c3d4-e5f6-5a7b-8c9d-0e1f2a3b4c5d", "failed")],
}
OTHER_LOGS = {"feedback/SmsSuccesses": [("sms", "+14155550123", "delivered")]}
# Until a client is registered at the identity provider, the console's settings are answered 503.
CONSOLE = {"console/GetRoot": 302, "console/GetConsole": 302, "console/GetConsoleFile": 503, "console/Preflight": 204}


def event(name: str) -> dict[str, Any]:
    """The content of a file of events/."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return content


def records(*names: str) -> list[dict[str, Any]]:
    return [record for name in names for record in event(name)["Records"]]


def folder_of(function: dict[str, Any]) -> str:
    folder: str = function["Properties"]["CodeUri"].rpartition("/")[2]
    return folder


def triggers() -> dict[str, dict[str, Any]]:
    """All triggers of the template, by the names of their files: of functions, and subscriptions of logs."""
    found = {
        f"{folder_of(function)}/{name}": trigger
        for function in FUNCTIONS.values()
        for name, trigger in function["Properties"]["Events"].items()
    }
    for name, subscription in resources_of_type(TEMPLATE, "AWS::Logs::SubscriptionFilter").items():
        (function_name, _) = subscription["Properties"]["DestinationArn"]["Fn::GetAtt"]
        found[f"{folder_of(FUNCTIONS[function_name])}/{name}"] = subscription
    return found


def trigger_of(name: str) -> str:
    """The name of the trigger; a file may add to it, as in `AuditEntries-late-content`."""
    return name.partition("-")[0]


def twice(name: str) -> list[dict[str, Any]]:
    """The event and its repetition, each with its records in an order of its own."""
    drawn = random.Random(name)
    found = [event(name), event(name)]
    for each in found:
        drawn.shuffle(each.get("Records", []))
    return found


def deliver(name: str) -> Any:
    """Deliver an event twice to its function; the last answer."""
    function = api.function(name.partition("/")[0])
    for each in twice(name):
        answer = function.handler(each, Context())
        if {"eventSource", "body"} <= each.get("Records", [{}])[0].keys() and not name.startswith("export"):
            assert answer == NONE_FAILED, name
    return answer


def answered(name: str) -> list[api.Answer]:
    return [api.sent(each) for each in twice(name)]


def with_known_ids(name: str, stage: Stage, moment: str) -> api.Answer:
    """Deliver a request so that what it makes has the ids that other events name."""
    stage.at(moment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry_ids, "os", SimpleNamespace(urandom=bytes))
        return api.sent(event(name))


def get(path: str, **query: Any) -> Any:
    answer = api.call("GET", path, **query)
    assert answer.status == 200, answer.text
    return answer.body


def found(line: str) -> int:
    """How many entries of the org a search finds."""
    return len(get(f"{ORG}/audit", q=line)["entries"])


def states() -> set[State]:
    """Each message of the family, by whatever it may be known by."""
    return {
        (log, str(row[field]), row["status"])
        for log in ("emails", "sms", "pushes")
        for row in get(f"{RECORD}/{log}")["entries"]
        for field in ("subject", "recipient", "message_id")
        if field in row
    }


@pytest.fixture
def stage(functions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for made in staged(monkeypatch):
        made.at("2026-11-22T12:00:00Z")
        yield made


@pytest.fixture
def posted(stage: Stage) -> Stage:
    """The org, with the entries of `PostEntries`."""
    assert api.sent(event("manage/PutOrg")).status == 200
    answer = with_known_ids("ingest/PostEntries", stage, "2026-11-22T12:00:01Z")
    assert {result["status"] for result in answer.body["results"]} == {"created"}
    return stage


def test_every_trigger_of_the_template_has_an_event_and_every_event_a_trigger() -> None:
    known = triggers()
    assert set(known) - set(FILES) == set(), "without a file in events/"
    assert [name for name in FILES if trigger_of(name) not in known] == sorted(COMMANDS)


def test_every_event_is_delivered_by_a_test() -> None:
    others = {
        *CHANGES, *COMMANDS, *CONSOLE, "query/AnythingElse", "query/PostExports", "ingest/PostEntries", "manage/PutOrg",
        "ingest/PostEntries-late-content", "feedback/FromQueue-validation", "export/FromQueue", "index/AuditEntries",
        "index/AuditEntries-late-content", "index/Backfills", "retention/TakenByTtl", "retention/TakenByTtl-erasure",
        "retention/Erasures", "retention/Check",
    }  # fmt: skip
    assert {*READS, *STATES, *OTHER_LOGS, *others} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_an_event_is_of_its_trigger(name: str) -> None:
    if name in COMMANDS:
        return
    trigger, content = triggers()[trigger_of(name)], event(name)
    properties = trigger["Properties"]
    match trigger["Type"]:
        case "HttpApi":
            route = f"{properties['Method']} {properties['Path']}" if "Path" in properties else "$default"
            assert content["routeKey"] == content["requestContext"]["routeKey"] == route
            is_open = properties.get("Auth") == {"Authorizer": "NONE"}
            assert ("authorizer" in content["requestContext"]) is not is_open
            # A token is a credential, even one that has expired.
            assert "authorization" not in content["headers"]
        case "Schedule":
            assert content == json.loads(properties["Input"])
        case "SQS":
            assert {record["eventSource"] for record in content["Records"]} == {"aws:sqs"}
        case "DynamoDB":
            function = name.partition("/")[0]
            assert [each for each in content["Records"] if not streams.hears(function, each)] == []
        case "AWS::Logs::SubscriptionFilter":
            assert content.keys() == {"awslogs"}
        case other:
            raise AssertionError(f"{other} is not known here")


@pytest.mark.parametrize("function", ["index", "retention"])
def test_every_filter_of_the_stream_lets_a_record_through(function: str) -> None:
    told = records(*(name for name in FILES if name.startswith(f"{function}/") and "Records" in event(name)))
    for pattern in streams._patterns(function):
        assert any(streams._matches(pattern, each) for each in told), pattern


def test_requests_that_read_are_answered_with_what_the_other_events_have_brought(posted: Stage, ses: Ses) -> None:
    answered("manage/PutHold")
    deliver("index/AuditEntries")
    posted.settle()
    for name in ("feedback/FromQueue", "feedback/SmsSuccesses"):
        deliver(name)
    with_known_ids("query/PostExports", posted, "2026-11-22T12:00:10Z")
    with_known_ids("manage/PostErase", posted, "2026-11-22T12:00:20Z")
    for name, text in READS.items():
        answer = api.sent(event(name))
        assert (answer.status, text in answer.text) == (200, True), f"{name}: {answer.status} {answer.text[:500]}"
    assert api.sent(event("query/AnythingElse")).status == 404


Effect: TypeAlias = Callable[[], Any]
# What requests that change something are answered, first and again, and what is to be seen then.
CHANGES: dict[str, tuple[list[int], Effect]] = {
    "manage/PutSettings": ([200, 200], lambda: get(f"{ORG}/settings")["time_zone"] == "Europe/London"),
    "manage/PutAccess": ([200, 200], lambda: "Front Desk" in get(f"{ORG}/access")["groups"]),
    "manage/PutGroupAccess": ([200, 200], lambda: "front_desk" in get(f"{ORG}/access")["groups"]),
    "manage/PutStaffAccess": ([200, 200], lambda: get(f"{ORG}/access")["staff"] == {"nora.new": ["audit_log"]}),
    "manage/PutBlacklist": ([200, 200], lambda: get(f"{ORG}/blacklist/{CLOSED}")["status"] == "manual"),
    "manage/PostBlacklistEntryValidate": ([202, 202], lambda: JOE in "".join(take_messages("feedback"))),
    "manage/PostBlacklistValidate": ([202, 202], lambda: JOE in "".join(take_messages("feedback"))),
    "manage/PostBlacklistReset": ([200, 404], lambda: is_reset(JOE)),
    "manage/DeleteBlacklistEntry": ([200, 404], lambda: is_reset(CLOSED)),
    "manage/PutHold": ([200, 200], lambda: hold()["status"] == "placing"),
    "manage/DeleteHold": ([200, 404], lambda: get(f"{ORG}/holds")["entries"] == []),
    "manage/PostErase": ([202, 202], lambda: erasing() != []),
    "manage/DeleteExport": ([204, 204], lambda: "cancelled by" in api.sent(event("query/GetExports")).text),
    "ingest/PostDeliveries": ([200, 200], lambda: ("sms", "+14155550199", "not_delivered") in states()),
}


def is_reset(address: str) -> bool:
    return bool(api.call("GET", f"{ORG}/blacklist/{address}").status == 404)


def hold() -> Any:
    (entry,) = get(f"{ORG}/holds")["entries"]
    return entry


def erasing() -> list[dict[str, Any]]:
    return [item for item in stored.items() if item["pk"]["S"] == "erasing"]


def test_requests_that_change_something_do_so_and_may_come_again(posted: Stage, ses: Ses) -> None:
    deliver("feedback/FromQueue")
    with_known_ids("query/PostExports", posted, "2026-11-22T12:00:10Z")
    for name, (statuses, effect) in CHANGES.items():
        assert [answer.status for answer in answered(name)] == statuses, name
        assert effect(), name


def test_entries_that_come_again_are_duplicates(posted: Stage) -> None:
    answer = api.sent(event("ingest/PostEntries"))
    assert {result["status"] for result in answer.body["results"]} == {"duplicate"}
    assert len(get(f"{RECORD}/emails")["entries"]) == 2


def test_feedback_brings_messages_to_their_status(posted: Stage) -> None:
    for name, expected in (STATES | OTHER_LOGS).items():
        deliver(name)
        assert set(expected) <= states(), name
    assert get(f"{ORG}/blacklist/{JOE}")["status"] == "bounce"
    # Of the tagged message there is one entry, however often its Send comes.
    assert len([row for row in get(f"{RECORD}/emails")["entries"] if row["subject"] == WELCOME]) == 1


def test_a_validation_that_was_asked_for_is_made(posted: Stage, ses: Ses) -> None:
    deliver("feedback/FromQueue")
    posted.at("2026-11-22T12:00:30Z")
    api.sent(event("manage/PostBlacklistEntryValidate"))
    ses.verdicts[JOE] = Verdict(is_valid=True)
    deliver("feedback/FromQueue-validation")
    assert is_reset(JOE)


def test_the_index_follows_what_was_written(posted: Stage) -> None:
    answered("manage/PutHold")
    posted.listen()
    told = {json.dumps(each["dynamodb"]["Keys"]) for each in posted.waiting}
    assert {json.dumps(each["dynamodb"]["Keys"]) for each in records("index/AuditEntries")} <= told
    deliver("index/AuditEntries")
    # The copy of the entry in the student's log is told of by the stream, too.
    posted.settle()
    assert [found(line) for line in ("moved smith", "madison", "deleted")] == [1, 1, 0]
    assert [row["action"] for row in api.read("audit", "student/5001").body["entries"]].count("moved enrollment") == 1
    assert {row["name"] for row in get(f"{ORG}/records", q="smith")["entries"]} == {"Smith, Jane", "Smith, Madison"}
    assert (hold()["status"], hold()["held"]) == ("standing", 2)


def test_content_that_comes_after_its_entry_is_shown_and_held(posted: Stage) -> None:
    deliver("feedback/FromQueue-tagged-send")
    first, second = answered("ingest/PostEntries-late-content")
    assert [answer.body["results"][0]["status"] for answer in (first, second)] == ["duplicate", "duplicate"]
    deliver("index/AuditEntries-late-content")
    (row,) = [row for row in get(f"{RECORD}/emails")["entries"] if row["subject"] == WELCOME]
    assert get(f"{RECORD}/emails/{row['id']}/content")["text"] == "Welcome, Madison!"


def test_the_schedule_resumes_a_backfill_that_failed(posted: Stage) -> None:
    answered("manage/PutHold")
    due = "2026-01-01T00:00:00.000Z"
    failed = {"due_at": due, "failures": 2, "failed_at": due, "reason": "busy"}
    (item,) = [item for item in stored.items() if item["pk"]["S"] == "riverside/holds"]
    waits = {"org_status": org_keys.FAILING_HOLDS, "at": due, "retry": json.dumps(failed)}
    client("dynamodb").put_item(TableName=TABLE, Item={**item, **{name: {"S": text} for name, text in waits.items()}})
    deliver("index/Backfills")
    assert hold()["status"] == "placing"
    posted.settle()
    assert hold()["status"] == "standing"


def test_reindexing_makes_a_lost_index_anew(posted: Stage) -> None:
    deliver("index/AuditEntries")
    for item in stored.items():
        if item["pk"]["S"] == "riverside/search":
            client("dynamodb").delete_item(TableName=TABLE, Key={key: item[key] for key in ("pk", "sk")})
    assert found("moved smith") == 0
    for _ in range(10):
        if deliver("index/command-reindex")["done"]:
            break
    assert found("moved smith") == 1


def test_what_ttl_has_deleted_is_archived_once_and_found_no_more(posted: Stage) -> None:
    deliver("index/AuditEntries")
    told = records("retention/TakenByTtl")
    for each in told:
        client("dynamodb").delete_item(TableName=TABLE, Key=each["dynamodb"]["Keys"])
    # An entry's large changes and a content have no line of their own.
    deliver("retention/TakenByTtl")
    lines = stored.archived_lines()
    assert sorted(line["log"] for line in lines) == sorted(
        ["email"] * 2 + ["sms"] * 2 + ["push"] * 4 + ["activity", "audit"]
    )
    assert found("moved smith") == 0


@pytest.mark.parametrize("name", ["retention/TakenByTtl-erasure", "retention/Erasures"])
def test_an_erasure_is_done_whether_the_stream_or_the_schedule_tells_of_it(posted: Stage, name: str) -> None:
    deliver("index/AuditEntries")
    with_known_ids("manage/PostErase", posted, "2026-11-22T12:00:20Z")
    for _ in range(5):
        deliver(name)
        if not erasing():
            break
    answer = get(f"{ORG}/erasures/{event('query/GetErasure')['pathParameters']['id']}")
    assert (answer["status"], answer["counts"]["entries"]) == ("done", 10)
    assert not any(text in json.dumps(get(f"{RECORD}/emails")) for text in (JANE, JOE, INVOICE))


def test_the_daily_check_reports_its_counts(posted: Stage, named: NamedFunctions) -> None:
    for each in twice("retention/Check"):
        named.invoke("retention", each, Context())
    (line,) = [line for line in named.lines() if line["message"] == "retention checked"]
    assert (line["items_overdue"], line["contents_without_entry"]) == (0, 0)
    assert line["items_checked"] > 10


def test_another_retention_is_previewed_and_applied(posted: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    posted.at("2027-12-01T00:00:00Z")
    preview = deliver("retention/command-preview")
    assert [(each["log"], each["month"], each["entries"]) for each in preview["months"]] == [("audit", "2026-11", 2)]
    posted.at("2026-11-22T12:00:30Z")
    monkeypatch.setenv("RETAIN_AUDIT", "P1Y")
    forget_functions()
    for _ in range(5):
        if deliver("retention/command-apply")["done"]:
            break
    (row,) = api.read("audit", "family/101").body["entries"]
    assert row["expires_at"] == "2027-11-20T15:04:05.000Z"


def test_an_export_is_written_once(posted: Stage) -> None:
    with_known_ids("query/PostExports", posted, "2026-11-22T12:00:10Z")
    deliver("export/FromQueue")
    answer = api.sent(event("query/GetExport")).body
    assert (answer["status"], answer["rows"]) == ("done", 2)
    assert {row["Subject"] for row in exports.table_of(exports.file_of(answer["url"]))} == {INVOICE, MOVED}


def test_the_console_answers_requests_without_a_token(tmp_path: Any) -> None:
    console.write_assets(tmp_path, {"index.html": b"<!doctype html>", "mail.html": b"", "mail-images.html": b""})
    variables = function_environment(service="console", resolved={"Issuer": "https://id.example.com"})
    made = console.app().Console(console.app().read_settings(variables), console.app().read_files(tmp_path), "sha256-x")
    for name, status in CONSOLE.items():
        assert [console.answered(made, each).status for each in twice(name)] == [status] * 2, name
