"""A table in memory with the e-mails of a message, and what providers say of it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from daybook.blacklist.address_store import AddressStore
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.model import event_set
from daybook.model.delivery_events import DeliveryEvent, RecipientEvent, TaggedSend
from daybook.model.retention_policy import Policy, parse_period
from daybook.storage.content_store import ContentStore
from daybook.storage.items import entry_items, event_attributes
from daybook.storage.models.entries import EntryItem, MessageItem
from daybook.storage.models.item import Item
from daybook.storage.models.kinds import read
from daybook.storage.models.messages import PendingEventsItem
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory.table import Attributes, MemoryTable

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
SENT = "2026-11-22T12:00:00.048Z"
MESSAGE = "0100018f-message"
SMITH, JONES = "smith@mail.example", "jones@mail.example"


class World:
    """The services on a table in memory."""

    def __init__(self, soft_bounce_limit: int = 0) -> None:
        self.table = MemoryTable()
        self.address_store = AddressStore(table=self.table, keyed_hash=hashed, soft_bounce_limit=soft_bounce_limit)
        self.reconciler = Reconciler(
            table=self.table, listener=self.address_store, keyed_hash=hashed, clock=lambda: NOW
        )
        grace = parse_period("P7D")
        assert grace
        self.ingest = Ingest(
            table=self.table,
            bodies=ContentStore(objects=None),  # type: ignore[arg-type]
            blacklist=self.address_store,
            reconciler=self.reconciler,
            keyed_hash=hashed,
            policy=Policy(dict.fromkeys(("email", "sms", "push")) | {"content": grace}, grace),
            clock=lambda: NOW,
        )

    def post(self, *recipients: str, **fields: Any) -> list[str]:
        return self.post_to("riverside", *recipients, **fields)

    def post_to(self, org: str, *recipients: str, **fields: Any) -> list[str]:
        record = {"type": "family", "id": "1"}
        made = {
            "log": "email",
            "record": record,
            "subject": "Hello",
            "message_id": MESSAGE,
            "occurred_at": SENT,
            **fields,
        }
        results = self.ingest.post(org, [msgspec.json.encode(made | {"recipient": one}) for one in recipients])
        assert all(result.status in ("created", "duplicate") for result in results), results
        return [result.status for result in results]

    def entries(self) -> dict[str, dict[str, Any]]:
        """What is shown of each entry, by recipient; what depends on when it was written is left out."""
        entries = {}
        for (_, sk), item in self.table.stored.items():
            if sk.startswith(("email/", "sms/")):
                known = stored_events(item)
                entry_key = entry_items.entry_key(read(EntryItem, item))
                shown = {
                    name: item[name]
                    for name in (
                        "status",
                        "opens",
                        "clicks",
                        "bounce",
                        "reason",
                        "subject",
                        "org_status",
                        "content_until",
                    )
                    if name in item
                }
                keys = {item["activity_key"]["S"].rsplit("/", 1)[0], item["status_key"]["S"].rsplit("/", 1)[0]}
                entries[f"{entry_key.pk} {item['recipient']['S']}"] = shown | {"keys": keys, "history": known}
        return entries

    def standing(self) -> dict[str, Any]:
        return {sk: item for (pk, sk), item in self.table.stored.items() if pk == "riverside/blacklist"}

    def pending(self) -> dict[str, event_set.EventSet]:
        return {sk: stored_events(item) for (_, sk), item in self.table.stored.items() if sk.startswith("event/")}


def stored_events(attributes: Attributes) -> event_set.EventSet:
    """The events that an item holds, of any kind."""
    item = read(Item, attributes)
    return event_attributes.events(item) if isinstance(item, MessageItem | PendingEventsItem) else ()


def event(
    what: DeliveryEvent, recipient: str = SMITH, message_id: str = MESSAGE, log: Any = "email", **fields: Any
) -> RecipientEvent:
    """An event of a message to Smith and Jones, as the provider says."""
    told = {"recipients": (SMITH, JONES)} | fields
    return RecipientEvent(log=log, message_id=message_id, recipient=recipient, event=what, **told)


def delivery_event(of: str, seconds: int = 1, **fields: Any) -> DeliveryEvent:
    return DeliveryEvent(type=of, at=f"2026-11-22T12:{seconds // 60:02}:{seconds % 60:02}.500Z", **fields)  # type: ignore[arg-type]


DELIVERY, OPEN = delivery_event("delivery", 9), delivery_event("open", 20)
HARD = delivery_event("bounce", 40, source="feedback-1", kind="Permanent", subtype="NoEmail")
SEND = TaggedSend(
    org="riverside", record_type="family", record_id="1", message_id=MESSAGE, recipients=(SMITH,), sent_at=SENT,
    subject="From the event", sender="office@club.example",
)  # fmt: skip
# One event told in two spellings may differ in its details, but SES never takes back what it said.
SAID: list[dict[str, Any]] = [
    *({"type": name} for name in ("send", "delivery_delay", "delivery", "open", "click", "reject", "subscription")),
    {"type": "click", "source": "https://a.example"},
    {"type": "bounce", "source": "1", "kind": "Permanent", "subtype": "General"},
    {"type": "bounce", "source": "2", "kind": "Permanent", "subtype": "EmailValidationSuppressed"},
    {"type": "bounce", "source": "3", "kind": "Transient", "subtype": "General"},
    {"type": "complaint", "source": "4", "kind": "abuse"},
    {"type": "complaint", "source": "5", "kind": "not-spam"},
    {"type": "complaint", "source": "6", "subtype": "OnAccountSuppressionList"},
]
event_happenings = st.builds(
    lambda said, second, sent_at, bot, diagnostic: DeliveryEvent(
        at=f"2026-11-22T12:00:{second:02}.000Z",
        sent_at=sent_at if second == 0 else None,
        bot=bot,
        diagnostic=diagnostic,
        **said,
    ),
    st.sampled_from(SAID),
    st.integers(0, 12),
    st.sampled_from([None, SENT]),
    st.booleans(),
    st.sampled_from([None, "550"]),
)
events = st.builds(event, event_happenings, st.sampled_from([SMITH, SMITH, JONES, ""]))
