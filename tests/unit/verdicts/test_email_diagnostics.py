"""What mail servers say, and what front-desk staff read of it; addresses and names are made up.

`diagnostics.csv` tells in its last column where a text was found: an issue or file of a public repository, or a page.
`usual wording` is how that provider is known to word it, without a source; `made up` are the few of our own.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from daybook.model.responses import VerdictCode
from daybook.verdicts import decide, email_diagnostics, table
from daybook.verdicts.email_diagnostics import Cause
from daybook.verdicts.facts import EmailFacts

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
USUAL, MADE_UP = "usual wording", "made up"


class Sample(NamedTuple):
    """An empty string is what SES does not tell. `cause` and `verdict` are what is to be made of it.

    `source` is where the diagnostic was found.
    """

    by: str
    type: str
    subtype: str
    code: str
    diagnostic: str
    cause: Cause
    verdict: VerdictCode
    source: str = MADE_UP


HARD, SOFT = ("Permanent", "General"), ("Transient", "General")


def samples() -> list[Sample]:
    """The rows of `diagnostics.csv`: what mail servers say, by whom it is said; last those that SES mislabels."""
    with Path(__file__).with_name("diagnostics.csv").open(encoding="utf-8", newline="") as lines:
        return msgspec.convert(list(csv.reader(lines))[1:], list[Sample])


SAMPLES = samples()

# Without a text, the code, subtype, reply or type decides.
WITHOUT_TEXT = (
    Sample("subtype", "Permanent", "NoEmail", "", "", "no_mailbox", "no_mailbox"),
    Sample("subtype", "Transient", "MailboxFull", "", "", "mailbox_full", "mailbox_full"),
    Sample("subtype", "transient", "MESSAGETOOLARGE", "", "", "too_large", "refused_content"),
    Sample("subtype", "Transient", "ContentRejected", "", "", "content", "refused_content"),
    Sample("subtype", "Transient", "AttachmentRejected", "", "", "attachment", "refused_content"),
    Sample("subtype", "Transient", "CustomTimeoutExceeded", "", "", "refused_for_now", "refused_for_now"),
    Sample("subtype", "Permanent", "OnTenantSuppressionList", "", "", "suppressed", "not_sent_blacklisted"),
    Sample("code", *HARD, "5.1.1", "", "no_mailbox", "no_mailbox"),
    Sample("code", *HARD, "5.1.2", "", "no_domain", "domain_unreachable"),
    Sample("code", *HARD, "5.1.6", "", "mailbox_closed", "no_mailbox"),
    Sample("code", *HARD, "5.2.1", "", "mailbox_closed", "no_mailbox"),
    Sample("code", *HARD, "5.2.2", "", "mailbox_full", "mailbox_full"),
    Sample("code", *HARD, "5.2.3", "", "too_large", "refused_content"),
    Sample("code", *HARD, "5.4.4", "", "server_unreachable", "domain_unreachable"),
    Sample("code", *SOFT, "5.6.1", "", "content", "refused_content"),
    Sample("code", *SOFT, "5.7.1", "", "sender_refused", "refused_by_policy"),
    Sample("code", *SOFT, "4.1.2", "", "no_domain", "domain_unreachable"),
    Sample("code", *SOFT, "4.2.2", "", "mailbox_full", "mailbox_full"),
    Sample("code", *SOFT, "4.4.2", "", "server_unreachable", "domain_unreachable"),
    Sample("code", *SOFT, "4.4.7", "", "refused_for_now", "refused_for_now"),
    Sample("code", *SOFT, "4.7.1", "", "refused_for_now", "refused_for_now"),
    Sample("code", *SOFT, "4.3.2", "", "refused_for_now", "refused_for_now"),
    Sample("reply", *HARD, "", "smtp; 552 ", "mailbox_full", "mailbox_full"),
    Sample("reply", *HARD, "", "smtp; 451 xyz", "refused_for_now", "refused_for_now"),
    Sample("type", *HARD, "5.0.0", "", "no_mailbox", "no_mailbox"),
    Sample("type", *HARD, "5.0.0", "smtp; 550 xyz", "other", "bounced_other"),
    Sample("type", "Permanent", "", "", "", "other", "bounced_other"),
    Sample("type", *SOFT, "", "", "auto_reply", "bounced_other"),
    Sample("type", *SOFT, "5.0.0", "smtp; 550 xyz", "other", "bounced_other"),
    Sample("type", *SOFT, "5.0.0", "xyz", "refused_for_now", "refused_for_now"),
    Sample("type", "Undetermined", "Undetermined", "", "", "other", "bounced_other"),
    Sample("type", "", "", "", "", "other", "bounced_other"),
)


@pytest.mark.parametrize(
    "sample", [*SAMPLES, *WITHOUT_TEXT], ids=lambda sample: f"{sample.by} {sample.diagnostic}"[:60]
)
def test_what_a_mail_server_says_has_its_cause_and_verdict(sample: Sample) -> None:
    assert email_diagnostics.cause(sample.type, sample.subtype, sample.code, sample.diagnostic) == sample.cause
    assert email_diagnostics.cause(*(text or None for text in sample[1:5])) == sample.cause
    facts = EmailFacts(
        status="bounced",
        sent="2026-11-27T15:00:00.000Z",
        last_activity="2026-11-27T15:01:00.000Z",
        kind=sample.type,
        subtype=sample.subtype,
        code=sample.code,
        diagnostic=sample.diagnostic,
    )
    verdict = decide.email(facts, NOW, lambda: UTC)
    assert (verdict.code, verdict.text) == (sample.verdict, table.BOUNCED[sample.cause].text)


def test_at_least_fifty_real_texts_are_tried() -> None:
    found = [sample for sample in SAMPLES if sample.source not in (USUAL, MADE_UP)]
    assert all("/" in sample.source or "." in sample.source for sample in found)
    assert len({sample.diagnostic for sample in found}) >= 50


def test_every_cause_has_samples() -> None:
    assert {sample.cause for sample in (*SAMPLES, *WITHOUT_TEXT)} == set(table.BOUNCED)


def test_the_code_for_an_administrator_is_that_of_the_diagnostic() -> None:
    assert email_diagnostics.enhanced_code("5.0.0", "smtp; 550-5.7.26 no") == "5.7.26"
    assert email_diagnostics.enhanced_code("5.7.1", "smtp; 550 no") == "5.7.1"
    assert email_diagnostics.enhanced_code("5.0.0", None) == "5.0.0"
    assert email_diagnostics.enhanced_code(None, "smtp; 550 [192.5.7.1] no") is None
