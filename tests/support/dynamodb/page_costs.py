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

LISTS = [(log, "date") for log in LOGS] + [(log, sort) for log in ("emails", "sms") for sort in ("recipient", "status")]


class NoLookups:
    """What is looked up for the verdicts of e-mails that failed is counted apart."""

    def facts(self, org: str, spellings: Iterable[str]) -> dict[str, AddressFacts]:  # noqa: ARG002
        return {}

    def newest_arrivals(self, org: str, since: Mapping[RecordMailbox, str], now: datetime) -> dict[RecordMailbox, str]:  # noqa: ARG002
        return {}


def page_costs(
    stack: Stack, log: str, sort: str, order: str, record_id: str, meter: RequestMeter
) -> list[tuple[int, float]]:
    """What the first page of 50 costs, and the one after it."""
    costs, query = [], {"sort": sort, "order": order}
    verdicts = Verdicts(address_lookup=NoLookups(), arrival_lookup=NoLookups(), zone=lambda _: UTC)
    for _ in range(2):
        converted = msgspec.convert(query, LOGS[log].query)
        page = stack.logs(verdicts=verdicts).page("riverside", Record("family", record_id), LOGS[log], converted)
        assert len(page.entries) == 50
        costs.append(meter.take())
        query["cursor"] = page.next or ""
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
            most_requests, most_units = (1, 10) if sort == "date" else (2, 30)
            for (requests, units), (big_requests, big_units) in zip(small, big, strict=True):
                assert requests == big_requests <= most_requests
                # Units go by 4 KB of what is read; the entries of the two records are not the same ones.
                assert abs(units - big_units) <= 1
                assert max(units, big_units) <= most_units
