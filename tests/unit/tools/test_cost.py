"""The costs: examples computed by hand, what is read from the template, and that docs/cost.md is up to date."""

import copy
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.support.template import TEMPLATE
from tools.cost import __main__ as command
from tools.cost import bills, data, deployed, page
from tools.cost.bills import Usage
from tools.cost.deployed import Deployment
from tools.cost.page import MILLION

DEPLOYMENT = Deployment(
    alarms=2,
    dashboards=1,
    secrets=1,
    keys=1,
    metrics=10,
    invoked_queues=1,
    scheduled_invocations_of_a_day=1440,
    memory_gb=2.0,
    log_retention_days=90,
    has_backup=True,
    has_access_log=False,
)


def cost(usage: Usage) -> float:
    return bills.dollars(usage, data.prices())


def test_the_page_is_up_to_date() -> None:
    assert command.main(["--check"]) is None, "run: python -m tools.cost"


def test_a_page_that_lags_behind_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cost.md"
    before = page.PATH.read_text().replace("| fixed |", "| fixed, of last year |")
    path.write_text(before)
    message = command.main(["--check", "--path", str(path)])
    assert message
    assert "python -m tools.cost" in message
    assert path.read_text() == before
    assert command.main(["--path", str(path)]) is None
    assert path.read_text() == page.PATH.read_text()


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="the tables are"):
        page.rendered("# What Daybook costs\n", DEPLOYMENT)


def test_a_million_audit_entries_by_hand() -> None:
    """Written in requests of ten, each an invocation of 60 ms, and of the index function one of 100 ms."""
    usage = bills.written("audit", MILLION, DEPLOYMENT)
    # The entry 3, the index 0.35, staff 0.15, and 5 units for each fiftieth entry, whose record is new.
    assert usage["dynamodb_write"] == pytest.approx(3_600_000)
    # Two before an entry is written, and half a unit for the register.
    assert usage["dynamodb_read"] == pytest.approx(2_500_000)
    assert usage["http_api"] == 100_000
    assert usage["lambda_requests"] == 200_000
    # 100,000 times 0.16 s, with 2 GB.
    assert usage["lambda_duration"] == pytest.approx(32_000)
    # 200,000 times 600 bytes of the function's lines and 400 of Lambda's own.
    assert usage["logs"] == pytest.approx(0.2)
    # 2.25 and 0.3125; 0.1; 0.04 and 0.4267; 0.1, and 0.0178 for 90 days.
    assert cost(usage) == pytest.approx(3.247, abs=0.0005)


def test_a_million_emails_with_their_events_by_hand() -> None:
    usage = bills.fed_back(MILLION, DEPLOYMENT)
    # Of the 18 units of a life 6 are the e-mail's own.
    assert usage["dynamodb_write"] == 12 * MILLION
    assert usage["dynamodb_read"] == 6 * MILLION
    # Four publishes; four messages that are sent, and two batches that are received and deleted.
    assert (usage["sns"], usage["sqs"]) == (4 * MILLION, 8 * MILLION)
    assert usage["lambda_duration"] == pytest.approx(2 * MILLION * 0.06 * 2)
    # 7.5 and 0.75; 2 and 3.2; 0.4 and 3.2; 1 for two GB of logs, and 0.1776 for 90 days.
    assert cost(usage) == pytest.approx(18.2276, abs=0.0005)


def test_storage_by_hand() -> None:
    """An activity has 320 bytes, and is in no index: of a million for a month, 0.32 GB, and 35,000 units a day."""
    usage = bills.stored("activity", MILLION, 1, DEPLOYMENT)
    assert usage["dynamodb_storage"] == usage["dynamodb_backup"] == pytest.approx(0.32)
    assert usage["dynamodb_read"] == pytest.approx(35_000 * 30.4)
    # 0.08 and 0.064; 0.133; and 1,064 s with 2 GB, 0.0284.
    assert cost(usage) == pytest.approx(0.3054, abs=0.0005)
    without = bills.stored("activity", MILLION, 1, replace(DEPLOYMENT, has_backup=False))
    assert cost(usage) - cost(without) == pytest.approx(0.064)


def test_what_is_there_by_hand() -> None:
    usage = bills.fixed(DEPLOYMENT)
    assert [usage[name] for name in ("alarm", "dashboard", "secret", "kms_key", "metric")] == [2, 1, 1, 1, 10]
    # 0.2, 3, 0.4, 1 and 3; 0.2628 for the queue; 0.0263 of KMS. 43,776 invocations of 20 ms: 0.0088, 0.0233, 0.0055 for
    # their reads, and 0.0219 and 0.0039 for their logs.
    assert cost(usage) == pytest.approx(7.9525, abs=0.0005)


def test_the_first_month_stores_and_checks_a_48th_of_a_later_one() -> None:
    """What is written in it is there for half a month on average, where later months have 24 of them."""
    first, later = (bills.month(MILLION, DEPLOYMENT, first=is_first) for is_first in (True, False))
    assert first["storage"]["dynamodb_storage"] == pytest.approx(later["storage"]["dynamodb_storage"] / 48)
    assert first["daily checks"]["dynamodb_read"] == pytest.approx(later["daily checks"]["dynamodb_read"] / 48)
    # Nothing expires yet.
    assert "lambda_requests" not in first["storage"]
    same = ("fixed", "writing", "feedback", "reading")
    assert [first[purpose] for purpose in same] == [later[purpose] for purpose in same]


@pytest.mark.parametrize(
    ("quantity", "shown"), [(0.08828, "0.088"), (1.26, "1.3"), (26.0, "26"), (1.0, "1"), (3050.4, "3,050")]
)
def test_a_small_quantity_is_not_shown_as_0(quantity: float, shown: str) -> None:
    assert page.amount_of(quantity) == shown


def test_a_day_of_checks_reads_no_more_than_it_can() -> None:
    most = bills.CHECK_UNITS_OF_A_SECOND * bills.SECONDS_OF_A_DAY * 30.4
    assert bills.month(MILLION, DEPLOYMENT)["daily checks"]["dynamodb_read"] < most
    assert bills.month(1000 * MILLION, DEPLOYMENT)["daily checks"]["dynamodb_read"] == pytest.approx(most)


def test_the_access_log_is_paid_for_where_there_is_one() -> None:
    with_log = bills.read_pages(MILLION, replace(DEPLOYMENT, has_access_log=True))
    assert with_log["logs"] - bills.read_pages(MILLION, DEPLOYMENT)["logs"] == pytest.approx(0.4)


def test_both_sums_of_target_11_are_met() -> None:
    sums = [page.target_sum(parts) for parts in page.target_bills(deployed.read()).values()]
    assert len(sums) == 2
    assert max(sums) <= 20


def test_the_template_is_counted() -> None:
    before = deployed.of_template(TEMPLATE)
    assert before == deployed.read()
    more = copy.deepcopy(TEMPLATE)
    expression = [{"Id": "rate", "Expression": "b / s"}, {"Id": "b", "MetricStat": {}}, {"Id": "s", "MetricStat": {}}]
    more["Conditions"] |= {
        "IsDefault": {
            "Fn::And": [{"Fn::Equals": [{"Ref": "Tracing"}, "off"]}, {"Fn::Not": [{"Condition": "IsTraced"}]}]
        }
    }
    more["Resources"] |= {
        "Key": {"Type": "AWS::KMS::Key", "Condition": "IsDefault", "Properties": {}},
        "OtherKey": {"Type": "AWS::KMS::Key", "Condition": "IsTraced", "Properties": {}},
        "OneAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
        "RateAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": expression}},
        "OneDashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}},
    }
    after = deployed.of_template(more)
    # What a parameter would add is not there.
    assert after.keys == before.keys + 1
    # An alarm on a rate is one on each of its metrics.
    assert (after.alarms, after.dashboards) == (before.alarms + 3, before.dashboards + 1)
    assert before.scheduled_invocations_of_a_day == 2 * 1440 + 24


def test_a_schedule_that_cannot_be_counted_is_refused() -> None:
    other = copy.deepcopy(TEMPLATE)
    events = other["Resources"]["RetentionFunction"]["Properties"]["Events"]
    events["Check"]["Properties"]["Schedule"] = "cron(0 3 * * ? *)"
    with pytest.raises(ValueError, match="is no rate"):
        deployed.of_template(other)


def test_every_price_is_used_and_says_where_it_was_seen() -> None:
    usage = bills.fixed(replace(DEPLOYMENT, has_access_log=True))
    for purpose in bills.month(MILLION, DEPLOYMENT).values():
        usage += purpose
    # Objects of contents are told of in the text.
    assert set(data.prices()) - set(usage) == {"s3_put", "s3_storage"}
    for price in data.prices().values():
        assert price.address.startswith("https://")
        assert price.source
        assert date.fromisoformat(price.seen) <= date(2026, 11, 30)
    for product in data.hosted().values():
        assert {"name", "price", "source", "address", "seen", "keeps"} <= product.keys()


def test_every_kind_of_entry_has_its_counts() -> None:
    for section in ("write_units", "daily_check", "stored_bytes"):
        assert set(bills.LOGS) <= data.counts()[section].keys()
    assert set(data.assumptions()["mix"]) <= set(bills.LOGS)
    assert sum(data.assumptions()["mix"].values()) == pytest.approx(1)
    assert page.TITLES.keys() == set(bills.LOGS)
    assert page.SEARCHES.keys() == data.assumptions()["searches"].keys()


def test_every_count_names_a_test_that_reads_it() -> None:
    text = (data.FOLDER / "counts.toml").read_text()
    repository = data.FOLDER.parents[1]
    for section in tomllib.loads(text):
        (line,) = [line for line in text.splitlines() if line.startswith(f"[{section}]")]
        source = (repository / line.rpartition(": ")[2].rpartition("# ")[2].strip()).read_text()
        assert f'counts()["{section}"]' in source, line
