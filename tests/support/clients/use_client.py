"""Uses the client that openapi-python-client makes, as somebody else's program would, and prints what it saw as JSON.

`use_client.ts` beside it does the same in TypeScript.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime

import httpx
from daybook_client import AuthenticatedClient
from daybook_client.api.audit import get_org_audit
from daybook_client.api.entries import get_timeline, post_deliveries, post_entries
from daybook_client.api.logs import get_emails, get_sms
from daybook_client.models import (
    Activity,
    ActivityRow,
    Affected,
    Audit,
    Batch,
    Body,
    Deliveries,
    Delivery,
    DeliveryLog,
    DeliveryResults,
    DeliveryType,
    Email,
    EmailsPage,
    EmailStatus,
    EntryResults,
    GatewayMessage,
    GetEmailsType,
    GetSmsStatusItem,
    GetSmsType,
    JsonObject,
    OrgAuditPage,
    Problem,
    Push,
    Record,
    Sms,
    SmsPage,
    SmsStatus,
    Source,
    TimelinePage,
)
from daybook_client.types import UNSET, Unset

SECONDS = 60

url, org, word = os.environ["DAYBOOK_URL"], os.environ["ORG"], os.environ["WORD"]
daybook = AuthenticatedClient(base_url=url, token=os.environ["DAYBOOK_TOKEN"])
record, now = Record(type_="family", id=word), datetime.now(UTC)

email = Email(log="email", record=record, recipient="jane@x.example", subject=word, message_id=word)
whole_email = Email(
    log="email",
    record=record,
    recipient="joe@x.example",
    subject=word,
    sender="office@x.example",
    body=Body(text="Hello"),
    status=EmailStatus.SENT,
    occurred_at=now,
    key=word,
)
queued_email = Email(log="email", record=record, recipient="jim@x.example", subject=word)
sms = Sms(log="sms", record=record, recipient="+14155550123", text=word)
delivered_sms = Sms(log="sms", record=record, recipient="+14155550124", text=word, status=SmsStatus.DELIVERED)
push = Push(log="push", record=record, subject=word, text="Hello")
activity = Activity(log="activity", record=record, name="Jane", action=word, details=JsonObject.from_dict({"a": [1]}))
audit = Audit(
    log="audit",
    member_name="Jane Smith",
    username="jane",
    source=Source.OFFICE_PORTAL,
    action=f"Changed {word}",
    affected=[Affected(record=record, change="updated", name="Smith", before={"a": 1})],
)
entries: list[Activity | Audit | Email | Push | Sms] = [email, whole_email, queued_email, sms, delivered_sms]
entries += [push, activity, audit]
posted = post_entries.sync(org, client=daybook, body=Batch(entries=entries))
assert isinstance(posted, EntryResults), posted

no_such_push = Push(log="push", record=Record(type_="staff", id=word), subject=word, text="Hello")
rejected = post_entries.sync_detailed(org, client=daybook, body=Batch(entries=[no_such_push]))
assert isinstance(rejected.parsed, EntryResults), rejected
rejection = rejected.parsed.results[0].error
assert not isinstance(rejection, Unset), rejected

bounced = Delivery(
    log=DeliveryLog.EMAIL, message_id=word, recipient="jane@x.example", type_=DeliveryType.BOUNCED, at=now
)
reported = post_deliveries.sync(org, client=daybook, body=Deliveries(events=[bounced]))
assert isinstance(reported, DeliveryResults), reported

pages: list[list[str]] = []
cursor: str | None = None
while not pages or cursor:
    page = get_emails.sync(
        org,
        GetEmailsType.FAMILY,
        word,
        client=daybook,
        status=[EmailStatus.SENT, EmailStatus.BOUNCED],
        limit=1,
        cursor=cursor or UNSET,
    )
    assert isinstance(page, EmailsPage), page
    pages.append([f"{entry.recipient} {entry.status.value}" for entry in page.entries])
    cursor = page.next_

both_statuses = [GetSmsStatusItem.DELIVERED, GetSmsStatusItem.NOT_DELIVERED]
sms_page = get_sms.sync(org, GetSmsType.FAMILY, word, client=daybook, status=both_statuses)
assert isinstance(sms_page, SmsPage), sms_page

timeline = get_timeline.sync(org, "family", word, client=daybook)
assert isinstance(timeline, TimelinePage), timeline
details = [entry.details for entry in timeline.entries if isinstance(entry, ActivityRow)]

# An entry is found by its words once the stream of the table was read.
deadline = time.monotonic() + SECONDS
while True:
    found = get_org_audit.sync(org, client=daybook, q=f"{word} smith", source=[Source.OFFICE_PORTAL, Source.SYSTEM])
    assert isinstance(found, OrgAuditPage), found
    if found.entries or time.monotonic() > deadline:
        break
    time.sleep(0.3)

stranger = AuthenticatedClient(base_url=url, token="no token")
unauthorized = get_emails.sync_detailed(org, GetEmailsType.FAMILY, word, client=stranger)
assert isinstance(unauthorized.parsed, GatewayMessage), unauthorized


def gateway_message(status: int) -> str:
    """What a client makes of an answer by API Gateway that the local stack never gives."""
    answer = httpx.Response(status, json={"message": "Not today"})
    to_gateway = {"transport": httpx.MockTransport(lambda _: answer)}
    client = AuthenticatedClient(base_url=url, token="any", httpx_args=to_gateway)
    parsed = post_entries.sync(org, client=client, body=Batch(entries=[email]))
    assert isinstance(parsed, GatewayMessage), parsed
    message: str = parsed.message
    return message


wrong = get_emails.sync_detailed(org, GetEmailsType.FAMILY, word, client=daybook, limit=0)
assert isinstance(wrong.parsed, Problem), wrong
assert not isinstance(wrong.parsed.errors, Unset), wrong

seen = {
    "posted": [result.status.value for result in posted.results],
    "rejected": [rejected.status_code, rejection.code, rejection.errors[0].field],
    "reported": [result.status.value for result in reported.results],
    "emails": pages,
    "sms": [entry.recipient for entry in sms_page.entries],
    "timeline": sorted(entry.log for entry in timeline.entries),
    "details": [each.to_dict() for each in details if isinstance(each, JsonObject)],
    "audit": [[entry.action, entry.names] for entry in found.entries],
    "understood": [[each.text, each.kind.value] for each in found.understood],
    "unauthorized": [unauthorized.status_code, unauthorized.parsed.message],
    "gateway": [gateway_message(status) for status in (413, 429, 500, 503)],
    "wrong": [wrong.status_code, wrong.parsed.code, wrong.parsed.errors[0].field],
}
sys.stdout.write(json.dumps(seen))
