"""What things cost: quantities by the name of their price, and their sums in dollars.

Quantities are of entries, e-mails, pages and searches, and of a month of a deployment.
"""

from __future__ import annotations

from collections.abc import Mapping

from tools.cost.data import Price, assumptions, counts
from tools.cost.deployed import Deployment

GB = 10**9
MS = 1000
LOGS = ("audit", "activity", "push", "sms", "email", "email_with_content")
# The pass reads so many units a second at most, and is one function meanwhile: docs/operations.md.
CHECK_UNITS_OF_A_SECOND = 1000
SECONDS_OF_A_DAY = 86_400


class Usage(dict[str, float]):
    """Quantities by the name of their price; the sum of two has the sums."""

    def __init__(self, **quantities: float) -> None:
        super().__init__(quantities)

    def __add__(self, other: Usage) -> Usage:
        return Usage(**{name: self.get(name, 0.0) + other.get(name, 0.0) for name in {**self, **other}})


def dollars(usage: Mapping[str, float], prices: Mapping[str, Price]) -> float:
    """The sum of a bill; KeyError for a quantity without a price."""
    return sum(prices[name].of(quantity) for name, quantity in usage.items())


def written(log: str, number: float, deployment: Deployment) -> Usage:
    """Posting so many entries in requests of ten, and what the index function does with them; storage apart."""
    use, aws, made = assumptions()["use"], assumptions()["aws"], counts()
    requests = number / use["entries_in_a_request"]
    writes, reads = made["write_units"][log], aws["read_units_of_a_post"]
    reads += made["register"]["read_units_of_a_known_record"]
    writes += use["new_records_of_entries"] * made["register"]["write_units_of_a_new_record"]
    if log == "audit":
        writes += made["search_index"][str(use["entries_in_a_request"])] + use["staff_write_units"]
    usage = _request(requests, aws["post_ms"], deployment) + _invoked(requests, aws["stream_batch_ms"], deployment)
    return usage + Usage(dynamodb_write=number * writes, dynamodb_read=number * reads)


def fed_back(number: float, deployment: Deployment) -> Usage:
    """The four events of so many e-mails, of which two come at a time: topic, queue, function and table."""
    aws, life = assumptions()["aws"], counts()["email_life"]
    events, batches = assumptions()["use"]["events_of_an_email"], 2
    writes = life["write_units_in_two_batches"] - counts()["write_units"]["email"]
    # A message is sent by itself; a batch is received and deleted.
    queue = events + batches * 2
    usage = _invoked(number * batches, aws["feedback_batch_ms"], deployment)
    return usage + Usage(
        sns=number * events,
        sqs=number * queue,
        dynamodb_write=number * writes,
        dynamodb_read=number * batches * life["read_units_of_a_batch"],
    )


def read_pages(number: float, deployment: Deployment) -> Usage:
    """So many pages of 50 rows."""
    aws = assumptions()["aws"]
    usage = _request(number, aws["list_ms"], deployment)
    return usage + _answers(number, counts()["read_units_of_a_page"]["org_audit_log"])


def searched(kind: str, number: float, deployment: Deployment) -> Usage:
    """So many searches of a kind in a million entries."""
    aws = assumptions()["aws"]
    usage = _request(number, aws["search_ms"], deployment)
    return usage + _answers(number, assumptions()["searches"][kind])


def stored(log: str, number: float, months: float, deployment: Deployment) -> Usage:
    """Keeping so many entries for so many months, with the daily checks of them."""
    usage = kept(log, number * months, deployment)
    days = months * assumptions()["use"]["days_of_a_month"]
    return usage + checked(number * counts()["daily_check"][log] / 1000 * days, deployment)


def kept(log: str, entry_months: float, deployment: Deployment) -> Usage:
    """Storage of entries, counted in entries and months. Recovery is of the table with its local indexes."""
    table, local, of_all = counts()["stored_bytes"][log]
    index = assumptions()["aws"]["index_bytes_of_an_entry"] if log == "audit" else 0
    usage = Usage(dynamodb_storage=entry_months * (table + local + of_all + index) / GB)
    if deployment.has_backup:
        usage += Usage(dynamodb_backup=entry_months * (table + local + index) / GB)
    return usage


def checked(units: float, deployment: Deployment) -> Usage:
    """The daily checks' read units, and the time of their function."""
    seconds = units / CHECK_UNITS_OF_A_SECOND
    return Usage(dynamodb_read=units, lambda_duration=seconds * deployment.memory_gb)


def fixed(deployment: Deployment) -> Usage:
    """A month of a deployment that nobody uses."""
    aws, days = assumptions()["aws"], assumptions()["use"]["days_of_a_month"]
    invocations = deployment.scheduled_invocations_of_a_day * days
    return _invoked(invocations, aws["schedule_ms"], deployment) + Usage(
        alarm=deployment.alarms,
        dashboard=deployment.dashboards,
        secret=deployment.secrets,
        kms_key=deployment.keys,
        metric=deployment.metrics,
        sqs=deployment.invoked_queues * aws["empty_receives_of_a_queue"],
        kms=aws["kms_requests"],
        # Each schedule asks an index for what is due.
        dynamodb_read=invocations,
    )


def month(entries: float, deployment: Deployment, *, first: bool = False) -> dict[str, Usage]:
    """A month with so many entries of the mix, by what it is for.

    It is one in which as many expire as are written. In the `first` nothing expires, and an entry is stored and
    checked for half of the month on average.
    """
    use, mix = assumptions()["use"], assumptions()["mix"]
    kept_months = 0.5 if first else use["kept_months"]
    writing, feedback, storage, check_units = Usage(), Usage(), Usage(), 0.0
    for log, share in mix.items():
        number = entries * share
        writing += written(log, number, deployment)
        if log.startswith("email"):
            feedback += fed_back(number, deployment)
        storage += kept(log, number * kept_months, deployment)
        # What TTL deletes comes by the stream: an invocation for each thousand, and no unit.
        if not first:
            storage += _invoked(number / 1000, assumptions()["aws"]["stream_batch_ms"], deployment)
        check_units += number * kept_months * counts()["daily_check"][log] / 1000
    most = CHECK_UNITS_OF_A_SECOND * SECONDS_OF_A_DAY
    reading = read_pages(entries * use["lists_of_entries"], deployment)
    reading += searched("two_words", entries * use["searches_of_entries"], deployment)
    return {
        "fixed": fixed(deployment),
        "writing": writing,
        "feedback": feedback,
        "reading": reading,
        "storage": storage,
        "daily checks": checked(min(check_units, most) * use["days_of_a_month"], deployment),
    }


def _request(number: float, milliseconds: float, deployment: Deployment) -> Usage:
    usage = _invoked(number, milliseconds, deployment) + Usage(http_api=number)
    if deployment.has_access_log:
        usage += _logged(number * assumptions()["aws"]["access_log_bytes"], deployment)
    return usage


def _invoked(number: float, milliseconds: float, deployment: Deployment) -> Usage:
    lines = counts()["log_bytes"]["function"] + assumptions()["aws"]["platform_log_bytes"]
    return Usage(lambda_requests=number, lambda_duration=number * milliseconds / MS * deployment.memory_gb) + _logged(
        number * lines, deployment
    )


def _logged(size: float, deployment: Deployment) -> Usage:
    months = deployment.log_retention_days / assumptions()["use"]["days_of_a_month"]
    return Usage(logs=size / GB, logs_storage=size / GB * months)


def _answers(number: float, read_units: float) -> Usage:
    size = assumptions()["aws"]["response_bytes"]
    return Usage(dynamodb_read=number * read_units, transfer_out=number * size / GB)
