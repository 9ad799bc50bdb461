from __future__ import annotations

from daybook_cli.posting.summary import Summary


def test_a_tally_reads_as_a_sentence() -> None:
    summary = Summary()
    summary.counts.update({"created": 2900, "rejected": 1})
    assert str(summary) == "2,900 created, 0 duplicate, 1 rejected"
