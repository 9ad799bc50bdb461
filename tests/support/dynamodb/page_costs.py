"""What pages of a record's logs cost, in a short log and in a long one."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from daybook.entries.record_log import LOGS
from daybook.model.entries import Record
from daybook.verdicts.facts import AddressFacts
from daybook.verdicts.rows import RecordMailbox, Verdicts

from tests.support.dynamodb.lifelike_entries import fill_log
from tests.support.dynamodb.metered import RequestMeter
from tests.support.dynamodb.service_stack import Stack

LISTS = [(log, "date") for log in LOGS] + [
    (log, sort) for log in ("emails", "sms") for sort in ("sent", "recipient", "status")
]

# The indexes with whole rows, and the table itself.
OF_WHOLE_ROWS = ("date", "sent")

# Of a page with a line, by whether the index has whole rows and the line finds enough: the most requests and units.
# The first chunk is enough where all is found; where nothing is, a page ends after `core.paging.READ_BUDGET` entries.
MOST_WITH_A_LINE = {
    (True, True): (1, 90),
    (True, False): (10, 900),
    (False, True): (2, 60),
    (False, False): (100, 2_800),
}


# What every entry is found by.
FOUND = {"emails": "invoice", "sms": "invoice", "pushes": "invoice", "activity": "tumbling", "audit": "smith"}


class NoLookups:
    """What is looked up for the verdicts of e-mails that failed is counted apart."""

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:  # noqa: ARG002
        return {}

    def newest_arrivals(self, org: str, since: Mapping[RecordMailbox, str], now: datetime) -> dict[RecordMailbox, str]:  # noqa: ARG002
        return {}


def page_costs(
    stack: Stack, log: str, sort: str, order: str, record_id: str, meter: RequestMeter
) -> list[tuple[int, float]]:
    """What the first page of 50 costs, the one after it, and the one before that."""
    costs, query = [], {"sort": sort, "order": order}
    verdicts = Verdicts(address_lookup=NoLookups(), arrival_lookup=NoLookups(), zone=lambda _: UTC)
    for way in ("next", "prev", "next"):
        converted = msgspec.convert(query, LOGS[log].query)
        page = stack.logs(verdicts=verdicts).page("riverside", Record("family", record_id), LOGS[log], converted)
        assert len(page.entries) == 50
        costs.append(meter.take())
        query["cursor"] = getattr(page, way) or ""
    return costs


def assert_pages_cost_the_same(stack: Stack, logs: Collection[str], large: int) -> None:
    for log in logs:
        fill_log(stack, "small", log, 101)
        fill_log(stack, "large", log, large)
    meter = RequestMeter(stack)
    for log, sort in [(log, sort) for log, sort in LISTS if log in logs]:
        for order in ("asc", "desc"):
            small = page_costs(stack, log, sort, order, "small", meter)
            big = page_costs(stack, log, sort, order, "large", meter)
            most_requests, most_units = (1, 10) if sort in OF_WHOLE_ROWS else (2, 30)
            for (requests, units), (big_requests, big_units) in zip(small, big, strict=True):
                assert requests == big_requests <= most_requests
                # Units go by 4 KB of what is read; the entries of the two records are not the same ones.
                assert abs(units - big_units) <= 1
                assert max(units, big_units) <= most_units


def assert_lines_cost_no_more(stack: Stack, logs: Collection[str]) -> None:
    """Of the records that `assert_pages_cost_the_same` has filled: what a page of 50 with a line costs at most."""
    meter = RequestMeter(stack)
    verdicts = Verdicts(address_lookup=NoLookups(), arrival_lookup=NoLookups(), zone=lambda _: UTC)
    service = stack.logs(verdicts=verdicts)
    for log, sort in [(log, sort) for log, sort in LISTS if log in logs]:
        for record_id in ("small", "large"):
            for line, finds in ((FOUND[log], True), ("unfindable", False)):
                query = msgspec.convert({"sort": sort, "q": line}, LOGS[log].query)
                page = service.page("riverside", Record("family", record_id), LOGS[log], query)
                assert len(page.entries) == (50 if finds else 0)
                requests, units = meter.take()
                most_requests, most_units = MOST_WITH_A_LINE[sort in OF_WHOLE_ROWS, finds]
                assert requests <= most_requests, (log, sort, record_id, line, requests, units)
                assert units <= most_units, (log, sort, record_id, line, requests, units)
