"""The texts of a record's entry in which a search line looks: all that its log shows."""

from __future__ import annotations

import msgspec

from daybook.model import page_words, shown_words
from daybook.model.entries import EmailStatus
from daybook.model.responses import ActivityRow, AuditRow, EmailRow, PushRow, Row, SmsRow, VerdictCode
from daybook.search.line.matching import Texts


def shown_at(row: Row) -> str:
    """The instant that the row's own log is shown by."""
    return row.last_activity_at if isinstance(row, EmailRow | SmsRow) else row.occurred_at


def texts(row: Row, verdict: VerdictCode | None = None) -> Texts:
    """The texts of a row. An activity's `username` is the name of who did it; `verdict` is for a bounced e-mail."""
    record = [row.record.path]
    match row:
        case EmailRow():
            subject = row.subject or page_words.NO_SUBJECT
            return Texts(words=[row.recipient, subject], records=record, statuses=_email_statuses(row.status, verdict))
        case SmsRow():
            return Texts(words=[row.recipient, row.text], records=record, statuses=_sms_statuses(row))
        case PushRow():
            statuses = () if row.status is None else shown_words.PUSH[row.status]
            return Texts(words=[row.subject, row.text, row.reason or ""], records=record, statuses=statuses)
        case ActivityRow():
            return Texts(
                words=[row.name, row.action, _plain(row.details)],
                username=row.name,
                action=row.action,
                ip=row.ip or "",
                records=record,
            )
        case AuditRow():
            changes = [f"{affected.change} {_plain(affected.details)}" for affected in row.affected]
            return Texts(
                words=[row.member_name, row.username, row.action, *changes],
                username=row.username,
                action=row.action,
                source=row.source,
                ip=row.ip or "",
                names=row.names,
                records=record,
            )


def _email_statuses(status: EmailStatus, verdict: VerdictCode | None) -> list[str]:
    why = page_words.bounce(status, verdict)
    return [*shown_words.EMAIL[status], page_words.email_status(status, verdict), *([why] if why else ())]


def _sms_statuses(row: SmsRow) -> list[str]:
    reason = () if row.reason is None else shown_words.REASON[row.reason]
    stale = shown_words.STALE if row.stale else ()
    return [*shown_words.SMS[row.status], page_words.sms_status(row), *reason, *stale]


def _plain(details: object) -> str:
    """Every name and value in details, in their order."""
    texts, left = list[str](), [details]
    while left:
        match left.pop():
            case dict() as fields:
                left += reversed([part for field in fields.items() for part in field])
            case list() as values:
                left += reversed(values)
            case None:
                pass
            case str() as text:
                texts.append(text)
            case value:
                texts.append(msgspec.json.encode(value).decode())
    return "\n".join(texts)
