"""The words of SES and of the mail standards in one spelling, as letter case and separators mean nothing in them."""

from __future__ import annotations

import re

_EVENT_NAMES = (
    "Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Open", "Click", "Reject", "Rendering Failure",
    "Subscription", "Received", "AmazonSnsSubscriptionSucceeded",
)  # fmt: skip

# Types and subtypes of SES's bounces, complaints and delays, and the feedback types of ARF (RFC 5965, 6430, 6591).
_TERMS = (
    "Permanent", "Transient", "Undetermined",
    "General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList",
    "EmailValidationSuppressed", "UnsubscribedRecipient", "MailboxFull", "MessageTooLarge", "ContentRejected",
    "AttachmentRejected", "CustomTimeoutExceeded",
    "abuse", "auth-failure", "fraud", "miscategorized", "not-spam", "opt-out", "other", "virus",
    "InternalFailure", "SpamDetected", "RecipientServerError", "IPFailure", "TransientCommunicationFailure",
    "BYOIPHostNameLookupUnavailable", "SendingDeferral",
)  # fmt: skip

# None is as long: a text that is longer is no word.
_MAX_WORD = 64
_SEPARATORS = re.compile(r"[\s_-]+")


def _fold(word: str) -> str:
    return _SEPARATORS.sub("", word).lower()


_EVENT_NAMES_BY_FOLDED = {_fold(name): name for name in _EVENT_NAMES}
_TERMS_BY_FOLDED = {_fold(term): term for term in _TERMS}


def event_name(word: str) -> str:
    """The name of an SES event or notification as SES spells it; one that is not known stays as it is."""
    return word if len(word) > _MAX_WORD else _EVENT_NAMES_BY_FOLDED.get(_fold(word), word)


def term(word: str | None) -> str | None:
    """A type or subtype of a bounce, complaint or delay in its one spelling; one that is not known stays as it is."""
    return word if word is None or len(word) > _MAX_WORD else _TERMS_BY_FOLDED.get(_fold(word), word)


def dsn_action(text: object) -> str | None:
    """The `Action` of a DSN in lower case, without a comment (RFC 3464, 2.3.3); None where it is no text."""
    return text.partition("(")[0].strip().lower() or None if isinstance(text, str) else None


def is_bot(mark: object) -> bool:
    """Whether `isBotEvent` says so: SES writes `Likely` or `Unlikely`. A boolean is accepted too."""
    return str(mark).strip().lower() in {"likely", "true"}
