from __future__ import annotations

from daybook_cli.posting.delivery import Outcome
from daybook_cli.posting.json_files import Place
from daybook_cli.posting.summary import MAX_LISTED, Summary


def test_a_tally_reads_as_a_sentence() -> None:
    summary = Summary()
    summary.counts.update({"created": 2900, "rejected": 1})
    assert str(summary) == "2,900 created, 0 duplicate, 1 rejected"


def test_warnings_are_counted_by_entry_and_the_first_thousand_are_listed() -> None:
    summary = Summary()
    warnings = [{"field": "ip", "message": "has a port"}, {"field": "recipient", "message": "no address"}]
    summary.add([Outcome(Place("a.csv", line), "created", warnings=warnings) for line in range(MAX_LISTED + 5)])
    summary.add([Outcome(Place("a.csv", 9), "created"), Outcome(Place("a.csv", 10), "duplicate", warnings=warnings)])
    assert str(summary) == "1,006 created, 1 duplicate, 0 rejected, 1,006 with warnings"
    shown = summary.as_dict()
    assert (shown["warned"], len(shown["warnings"])) == (1006, MAX_LISTED)
    assert shown["warnings"][1] == {"place": "a.csv:1", "warnings": warnings}
    assert "warnings" not in Summary().as_dict()
