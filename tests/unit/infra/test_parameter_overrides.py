"""Values of parameters that are to be pasted into samconfig.local.toml come through SAM whole."""

import re

import pytest

from tests.support.parameter_overrides import as_sam_reads, as_written, sources
from tests.support.template import TEMPLATE

SOURCES = sources()


@pytest.mark.parametrize("source", SOURCES)
def test_a_value_is_quoted_or_has_nothing_that_sam_would_cut_it_at(source: str) -> None:
    """SAM cuts a value without quotes at its first blank, and reports no error."""
    for item in SOURCES[source]:
        assert re.fullmatch(r"""[A-Za-z]+=(?:"[^"\\]*"|[^\s"'\\]+)""", item), item


@pytest.mark.parametrize("source", SOURCES)
def test_values_are_such_as_the_template_takes(source: str) -> None:
    for name, value in as_written(SOURCES[source]).items():
        definition = TEMPLATE["Parameters"][name]
        assert re.fullmatch(definition.get("AllowedPattern", ".*"), value), name
        assert value in map(str, definition.get("AllowedValues", [value])), name


def test_sam_reads_every_list_as_it_is_written() -> None:
    assert any(" " in value for items in SOURCES.values() for value in as_written(items).values())
    assert as_sam_reads(*SOURCES.values()) == [as_written(items) for items in SOURCES.values()]


def test_sam_cuts_a_value_without_quotes() -> None:
    """The reason for the quotes. Where SAM no longer does so, docs/deployment.md can do without its warning."""
    assert as_sam_reads(["AdminGroup=Daybook admin"]) == [{"AdminGroup": "Daybook"}]


def test_a_page_quotes_every_value() -> None:
    unquoted = [
        item for source, items in SOURCES.items() if source.endswith(".md") for item in items if '="' not in item
    ]
    assert unquoted == []
