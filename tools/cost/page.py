"""The tables of docs/cost.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tools.cost import bills
from tools.cost.bills import Usage
from tools.cost.data import assumptions, counts, hosted, prices
from tools.cost.deployed import Deployment

PATH = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
MILLION = 10**6
VOLUMES = {"10 thousand": 10**4, "1 million": MILLION, "100 million": 100 * MILLION}
TITLES = {
    "audit": "audit entries",
    "activity": "activities",
    "push": "push notifications",
    "sms": "SMS",
    "email": "e-mails without content",
    "email_with_content": "e-mails with a letter of 2 KB",
}
SEARCHES = {
    "one_word": "searches for one word",
    "two_words": "searches for two words",
    "two_words_without_a_hit": "searches for two words, without a hit",
    "three_words_and_a_member_of_staff": "searches for three words of one member of staff",
}
BLOCK = re.compile(r"(?P<begin><!-- begin (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def rendered(page: str, deployment: Deployment) -> str:
    """The page with its tables as they are now; ValueError where one of them has no place, or a place has no table."""
    made = tables(deployment)
    found = [match["name"] for match in BLOCK.finditer(page)]
    if sorted(found) != sorted(made):
        raise ValueError(f"the page has places for {sorted(found)}, and the tables are {sorted(made)}")
    return BLOCK.sub(lambda match: f"{match['begin']}{made[match['name']]}{match['end']}", page)


def tables(deployment: Deployment) -> dict[str, str]:
    """The tables by name."""
    return {
        "million": _table(["1,000,000", "written", "and kept for 24 months"], _of_a_million(deployment)),
        "reading": _table(["1,000,000", "read units each", "dollars"], _of_reading(deployment)),
        "month": _table(["a month of", *VOLUMES], _of_months(deployment)),
        "first-month": _table(["the first month of", *VOLUMES], _of_first_month(deployment)),
        "fixed": _table(["what", "how many", "dollars a month"], _of_fixed(deployment)),
        "target": _table(["DynamoDB alone", "quantity", "dollars"], _of_target(deployment)),
        "hosted": _table(["a month of", *VOLUMES, "kept"], _of_hosted(deployment)),
        "hosted-prices": _table(
            ["product", "list price", "source", "as of"],
            (
                [each["name"], each["price"], f"[{each['source']}]({each['address']})", each["seen"]]
                for each in hosted().values()
            ),
        ),
        "prices": _table(
            ["dollars", "for", "source", "as of"],
            (
                [
                    f"{price.dollars:.10f}".rstrip("0").rstrip("."),
                    f"{price.per:,} {price.unit}",
                    f"[{price.source}]({price.address})",
                    price.seen if price.confirmed else "not confirmed",
                ]
                for price in prices().values()
            ),
        ),
        "assumptions": _table(
            ["assumption", "value"],
            (
                [name.replace("_", " "), f"{value:,}"]
                for section in assumptions().values()
                for name, value in section.items()
            ),
        ),
    }


def money(amount: float) -> str:
    """Dollars and cents, or whole dollars from a hundred on."""
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"  # noqa: PLR2004


def amount_of(quantity: float) -> str:
    """A whole number from ten on, and two significant digits below."""
    return f"{quantity:,.0f}" if quantity >= 10 or quantity == int(quantity) else f"{quantity:.2g}"  # noqa: PLR2004


def _cost(usage: Mapping[str, float]) -> float:
    return bills.dollars(usage, prices())


def _of_a_million(deployment: Deployment) -> Iterator[list[str]]:
    months = assumptions()["use"]["kept_months"]
    for log, title in TITLES.items():
        writing, storage = bills.written(log, MILLION, deployment), bills.stored(log, MILLION, months, deployment)
        yield [title, money(_cost(writing)), money(_cost(writing + storage))]
        if log.startswith("email"):
            writing += bills.fed_back(MILLION, deployment)
            yield [f"{title}, with four events each", money(_cost(writing)), money(_cost(writing + storage))]


def _of_reading(deployment: Deployment) -> Iterator[list[str]]:
    page = counts()["read_units_of_a_page"]["org_audit_log"]
    yield ["pages of a list", str(page), money(_cost(bills.read_pages(MILLION, deployment)))]
    for kind, title in SEARCHES.items():
        units = assumptions()["searches"][kind]
        yield [title, str(units), money(_cost(bills.searched(kind, MILLION, deployment)))]


def _of_months(deployment: Deployment) -> Iterator[list[str]]:
    months = [bills.month(number, deployment) for number in VOLUMES.values()]
    for purpose in months[0]:
        yield [purpose, *(money(_cost(each[purpose])) for each in months)]
    yield ["**sum**", *(f"**{money(_month(number, deployment))}**" for number in VOLUMES.values())]
    yield [
        "of 1,000 entries",
        *(money(_month(number, deployment) / number * 1000) for number in VOLUMES.values()),
    ]


def _month(number: float, deployment: Deployment) -> float:
    return sum(_cost(usage) for usage in bills.month(number, deployment).values())


def _of_first_month(deployment: Deployment) -> Iterator[list[str]]:
    sums = (sum(map(_cost, bills.month(number, deployment, first=True).values())) for number in VOLUMES.values())
    yield ["**sum**", *(f"**{money(each)}**" for each in sums)]


def _of_fixed(deployment: Deployment) -> Iterator[list[str]]:
    usage = bills.fixed(deployment)
    for name, quantity in usage.items():
        if quantity and (amount := prices()[name].of(quantity)) >= 0.005:  # noqa: PLR2004
            yield [prices()[name].unit.removesuffix(" and month"), amount_of(quantity), money(amount)]
    yield ["**sum**", "", f"**{money(_cost(usage))}**"]


def target_bills(deployment: Deployment) -> dict[str, list[tuple[str, str, float]]]:
    """The two sums of target 11 in docs/performance.md: each part with its price and quantity. Without recovery."""
    use = assumptions()["use"]
    audit = bills.written("audit", MILLION, deployment)
    audit_kept = bills.stored("audit", MILLION, use["kept_months"], deployment)
    email = bills.written("email", MILLION, deployment) + bills.fed_back(MILLION, deployment)
    email_kept = bills.stored("email", MILLION, 1, deployment)
    return {
        "a million audit entries, kept 24 months": _of_dynamodb(audit, audit_kept),
        "a million e-mails with four events, first month": _of_dynamodb(email, email_kept),
    }


def _of_dynamodb(writing: Usage, keeping: Usage) -> list[tuple[str, str, float]]:
    return [
        ("write units", "dynamodb_write", writing["dynamodb_write"]),
        ("read units of writing", "dynamodb_read", writing["dynamodb_read"]),
        ("storage, GB and months", "dynamodb_storage", keeping["dynamodb_storage"]),
        ("read units of daily checks", "dynamodb_read", keeping["dynamodb_read"]),
    ]


def target_sum(parts: Iterable[tuple[str, str, float]]) -> float:
    """The dollars of the parts of one of `target_bills`."""
    return sum(prices()[price].of(quantity) for _, price, quantity in parts)


def _of_target(deployment: Deployment) -> Iterator[list[str]]:
    for title, parts in target_bills(deployment).items():
        for name, price, quantity in parts:
            yield [f"{title}: {name}", f"{quantity:,.1f}", money(prices()[price].of(quantity))]
        yield [f"**{title}: sum**, target $20", "", f"**{money(target_sum(parts))}**"]


def _of_hosted(deployment: Deployment) -> Iterator[list[str]]:
    workos, datadog, postmark = (hosted()[name] for name in ("workos", "datadog", "postmark"))
    months = assumptions()["use"]["kept_months"]
    numbers = VOLUMES.values()
    yield ["Daybook, the mix above", *(money(_month(number, deployment)) for number in numbers), f"{months} months"]
    stored = [max(1, -(-number * months // MILLION)) for number in numbers]
    yield [workos["name"], *(money(each * workos["dollars_of_a_million_stored"]) for each in stored), workos["keeps"]]
    size = counts()["stored_bytes"]["audit"][0]
    ingested = [
        number * size / bills.GB * datadog["dollars_of_a_gb"] + number / MILLION * datadog["dollars_of_a_million"]
        for number in numbers
    ]
    yield [datadog["name"], *map(money, ingested), datadog["keeps"]]
    yield [f"{postmark['name']}, e-mails only", *(_postmark(number) for number in numbers), postmark["keeps"]]


def _postmark(number: int) -> str:
    price = hosted()["postmark"]
    if number > price["most_emails"]:
        return "not confirmed"
    more = max(0, number - price["emails_of_a_plan"]) / 1000 * price["dollars_of_a_thousand_more"]
    return money(price["dollars_of_a_plan"] + more + price["dollars_of_retention"])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
