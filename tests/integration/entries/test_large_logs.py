"""What takes so many entries that DynamoDB Local stays slow for what comes after: it gets one of its own."""

from collections.abc import Iterator

import pytest

from tests.support.dynamodb.local_server import own_server
from tests.support.dynamodb.page_costs import assert_lines_cost_no_more, assert_pages_cost_the_same
from tests.support.dynamodb.service_stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from own_server(tmp_path_factory)


def test_a_page_costs_the_same_in_a_hundred_and_in_a_hundred_thousand(stack: Stack) -> None:
    # The log with an index for each sort, and one that is read from the table itself.
    assert_pages_cost_the_same(stack, ["emails", "activity"], 100_000)
    assert_lines_cost_no_more(stack, ["emails", "activity"])
