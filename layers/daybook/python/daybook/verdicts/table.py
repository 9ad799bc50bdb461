"""The table of all verdicts: their codes and sentences, as front-desk staff read them.

Braces are filled in by `verdicts.decide`: {date} is a day in the org's zone, {reason} one of REASONS, {failure} what an
administrator is to be told.
"""

from __future__ import annotations

from msgspec import Struct

from daybook.model.responses import VerdictCode
from daybook.verdicts.email_diagnostics import Cause
from daybook.verdicts.facts import BlockStatus
from daybook.verdicts.phone_diagnostics import PushCause, SmsCause

CHECK_ADDRESS = "Check the spelling, or ask for another address."
CHECK_DOMAIN = "Check the spelling after the @, or ask for another address."
OTHER_WAY = "Call them, or send an e-mail."
TELL = "Tell your administrator: {failure}."
ASK_FIRST = "Ask for another address. Reset this one only if they say that it works."
STILL_NEEDED = "Send it again if it is still needed."
LOOK_SOON = "Look again in an hour."
LOOK_LATER = "Look again tomorrow."


class Line(Struct, frozen=True):
    """One line of the table. `next_blocked` is what to do instead where the address is blacklisted."""

    code: VerdictCode
    text: str
    next: str | None = None
    next_blocked: str | None = None


# By what happened, where no mail server has refused it.
EMAIL = {
    "opened_on": Line("opened", "They opened it on {date}."),
    "opened": Line("opened", "They opened it."),
    "clicked_on": Line("opened", "They opened it and followed a link in it on {date}."),
    "clicked": Line("opened", "They opened it and followed a link in it."),
    "machine": Line(
        "arrived_opened_by_machine",
        "It arrived, and a machine opened it. Whether a person read it, we cannot tell.",
        "Ask them whether they have seen it.",
    ),
    "arrived": Line(
        "arrived",
        "Their mail server accepted it.",
        "If they cannot find it, ask them to look in spam or promotions.",
    ),
    "queued": Line("on_its_way", "It is waiting to be sent.", LOOK_SOON),
    "queued_long": Line(
        "silent",
        "It has been waiting to be sent since {date}.",
        "Tell your administrator: e-mail is waiting to be sent.",
    ),
    "sent": Line("on_its_way", "It is on its way.", LOOK_SOON),
    "sent_hours_ago": Line(
        "on_its_way",
        "It was sent on {date} at {time}. Their mail server has not answered yet.",
        LOOK_LATER,
    ),
    "silent": Line(
        "silent",
        "It was sent on {date}, and their mail server has not answered since.",
        "Ask them whether they got it. If not, send it again.",
        "Ask them whether they got it.",
    ),
    "delayed": Line("delayed", "Their mail server asks to wait. We keep trying.", LOOK_SOON),
    "delayed_full": Line(
        "delayed",
        "Their mailbox is full. We keep trying.",
        "Ask them to make room.",
    ),
    "delayed_long": Line(
        "delayed",
        "Their mail server asked to wait on {date}, and has not answered since.",
        "Ask them whether they got it. If not, send it again.",
        "Ask them whether they got it.",
    ),
    "spam": Line(
        "marked_as_spam",
        "They marked it as spam.",
        "Ask whether they want e-mail from us, and for another address.",
        "Ask whether they want e-mail from us. If they do, reset the address or enter another one.",
    ),
    "spam_by_somebody": Line(
        "marked_as_spam",
        "Somebody who got this e-mail marked it as spam. It is not known who.",
        "Ask whether they still want e-mail from us.",
        "Ask whether they want e-mail from us. If they do, reset the address.",
    ),
    "not_sent": Line(
        "not_sent_blacklisted",
        "It was not sent, because the address was blacklisted.",
        "See whether the address is blacklisted now. If it is, ask for another address.",
    ),
    "not_sent_free_now": Line(
        "not_sent_blacklisted",
        "It was not sent, because the address was on a blacklist then. It is not on Daybook's blacklist now.",
        STILL_NEEDED,
    ),
    "not_sent_cleared": Line(
        "not_sent_blacklisted",
        "It was not sent, because the address was blacklisted. It has been off the blacklist since {date}.",
        STILL_NEEDED,
    ),
    "not_sent_invalid": Line(
        "not_sent_blacklisted",
        "It was not sent, because a check found that this address does not work.",
        CHECK_ADDRESS,
        CHECK_ADDRESS,
    ),
    "not_sent_complained": Line(
        "not_sent_blacklisted",
        "It was not sent, because they once marked an e-mail as spam.",
        "Ask for another address. If they want e-mail at this one, tell your administrator.",
    ),
    "unsubscribed": Line(
        "not_sent_unsubscribed",
        "It was not sent, because they unsubscribed from our e-mail.",
        "If they want e-mail again, tell your administrator.",
    ),
    "harmful": Line(
        "not_accepted",
        "It was not sent, because our mail service found something harmful in it, such as a virus.",
        TELL,
    ),
    "rejected": Line("not_accepted", "It was not sent, because our mail service did not take it.", TELL),
    "failed": Line(
        "not_accepted",
        "It was not sent, because it could not be put together from its template.",
        TELL,
    ),
}

# An e-mail that was not sent to an address which still is on the blacklist.
NOT_SENT_BLOCKED: dict[BlockStatus, Line] = {
    "complaint": Line(
        "not_sent_blacklisted",
        "It was not sent: the address has been blacklisted since {date}, because {reason}.",
        "Ask for another address. Reset this one only if they ask for e-mail from us.",
    ),
    "manual": Line(
        "not_sent_blacklisted",
        "It was not sent: the address has been blacklisted since {date}, because {reason}.",
        "See on the blacklist why. Reset the address only if that no longer holds.",
    ),
    "bounce": Line(
        "not_sent_blacklisted",
        "It was not sent: the address has been blacklisted since {date}, because {reason}.",
        ASK_FIRST,
    ),
    "invalid": Line(
        "not_sent_blacklisted",
        "It was not sent: the address has been blacklisted since {date}, because {reason}.",
        ASK_FIRST,
    ),
    "validate": Line(
        "not_sent_blacklisted",
        "It was not sent: the address is blacklisted while it is being checked, since {date}.",
        "Look at the blacklist again in an hour.",
    ),
}

REASONS: dict[BlockStatus, str] = {
    "complaint": "they marked an e-mail as spam",
    "manual": "it was blocked by hand",
    "bounce": "an e-mail to it did not arrive",
    "invalid": "a check found that it does not work",
    "validate": "it is being checked",
}

# An e-mail that came back, by why.
BOUNCED: dict[Cause, Line] = {
    "no_mailbox": Line(
        "no_mailbox",
        "It did not arrive. Their mail server says that this mailbox does not exist.",
        CHECK_ADDRESS,
        CHECK_ADDRESS,
    ),
    "mailbox_closed": Line(
        "no_mailbox",
        "It did not arrive. Their mail server says that this mailbox is closed.",
        "Ask for another address.",
        "Ask for another address.",
    ),
    "mailbox_full": Line(
        "mailbox_full",
        "It did not arrive, because their mailbox is full.",
        "Ask them to make room, then send it again.",
        "Ask them to make room, then reset the address.",
    ),
    "refused_for_now": Line(
        "refused_for_now",
        "It did not arrive. Their mail server would not take it at that time.",
        "Send it again later. If that fails too, ask for another address.",
        ASK_FIRST,
    ),
    "too_large": Line(
        "refused_content",
        "It did not arrive, because it is too large for their mailbox.",
        "Send it with fewer or smaller attachments.",
        "Ask whether the address works. If it does, reset it, and write with smaller attachments.",
    ),
    "attachment": Line(
        "refused_content",
        "It did not arrive. Their mail server does not accept its attachment.",
        "Send it without the attachment.",
        "Ask whether the address works. If it does, reset it, and write without the attachment.",
    ),
    "spam": Line(
        "refused_content",
        "It did not arrive. Their mail server took it for spam.",
        "Call them, and tell your administrator: {failure}.",
        "Call them, and tell your administrator: {failure}.",
    ),
    "content": Line(
        "refused_content",
        "It did not arrive. Their mail server refused what is in it.",
        "Send it with other words, and without links or attachments.",
        "Ask whether the address works. If it does, reset it, and write with other words.",
    ),
    "sender_refused": Line(
        "refused_by_policy",
        "It did not arrive. Their mail server does not accept e-mail from us. Their address may be right.",
        TELL,
        TELL,
    ),
    "sender_not_allowed": Line(
        "refused_by_policy",
        "It did not arrive. This address takes e-mail from certain senders only.",
        "Ask them to allow e-mail from us, or ask for another address.",
        "Ask them to allow e-mail from us, then reset the address. Or ask for another one.",
    ),
    "no_domain": Line(
        "domain_unreachable",
        "It did not arrive. There is no mail server for the part of the address after the @.",
        CHECK_DOMAIN,
        CHECK_DOMAIN,
    ),
    "server_unreachable": Line(
        "domain_unreachable",
        "It did not arrive. Their mail server could not be reached.",
        "Check the spelling after the @. If it is right, send it again tomorrow.",
        CHECK_DOMAIN,
    ),
    "suppressed": Line(
        "not_sent_blacklisted",
        "It was not sent. Our mail service no longer writes to this address.",
        "Ask for another address. If this one works, tell your administrator.",
        ASK_FIRST,
    ),
    "auto_reply": Line(
        "bounced_other",
        "An automatic answer came back, such as an out-of-office note. They may have got it.",
        "Ask them when they are back, or call them.",
        "Ask them whether they got it.",
    ),
    "other": Line(
        "bounced_other",
        "It did not arrive, and their mail server did not say clearly why.",
        CHECK_ADDRESS,
        ASK_FIRST,
    ),
}

# What the state of the address adds to an e-mail that came back or was marked as spam.
BLACKLISTED = " The address has been blacklisted since {date}."
BEING_CHECKED = " The address is blacklisted while it is being checked."
CLEARED = " The address has been off the blacklist since {date}."
ARRIVED_LATER = " A later e-mail to this address arrived."

# Sending the same e-mail again would fail again, whatever became of the address.
ABOUT_THE_EMAIL: frozenset[Cause] = frozenset({"too_large", "attachment", "spam", "content", "sender_refused"})

SMS = {
    "waiting": Line("sms_waiting", "It is on its way. The phone network has not answered yet.", LOOK_SOON),
    "waiting_long": Line(
        "sms_waiting",
        "The phone network has not answered since {date}. Their phone may be off.",
        "Look again tomorrow, or call them.",
    ),
    "stale": Line(
        "sms_no_answer",
        "The phone network has not answered for 3 days. It is not known whether it arrived.",
        OTHER_WAY,
    ),
    "delivered": Line("sms_delivered", "The phone network says that it was delivered."),
}

SMS_FAILED: dict[SmsCause, Line] = {
    "unreachable": Line(
        "sms_unreachable",
        "It was not delivered. Their phone is off or out of reach.",
        "Send it again later, or call them.",
    ),
    "network_unreachable": Line(
        "sms_unreachable",
        "It was not delivered. Their phone network could not be reached.",
        "Send it again later, or call them.",
    ),
    "no_answer": Line(
        "sms_unreachable",
        "It was not delivered, and the phone network did not say why. Their phone may be off.",
        "Send it again later, or call them.",
    ),
    "invalid_number": Line(
        "sms_invalid_number",
        "It was not delivered. The phone network does not know this number.",
        "Check the number, or ask for another one.",
    ),
    "landline": Line(
        "sms_invalid_number",
        "It was not delivered. This number cannot get text messages; it may be a landline.",
        "Ask for a mobile number, or call them.",
    ),
    "blocked": Line(
        "sms_blocked",
        "It was not delivered. Their phone or phone network blocks our text messages.",
        OTHER_WAY,
    ),
    "refused": Line(
        "sms_blocked",
        "It was refused on its way to their phone. It is not known why.",
        OTHER_WAY,
    ),
    "spam": Line(
        "sms_blocked",
        "It was not delivered. The phone network took it for an unwanted message.",
        "Call them, and tell your administrator: {failure}.",
    ),
    "opted_out": Line(
        "sms_opted_out",
        "It was not sent. They asked to get no more text messages from us.",
        "Call them, or send an e-mail. If they want texts again, they can reply START.",
    ),
    "too_long": Line(
        "sms_failed",
        "It was not sent, because its text is empty, too long, or has signs that cannot be sent.",
        "Send it again with a shorter and plainer text.",
    ),
    "not_accepted": Line("sms_failed", "It was not sent, because our text message service did not take it.", TELL),
    "other": Line(
        "sms_failed",
        "It was not delivered, and the phone network did not say why.",
        "Check the number, and send it again. If that fails too, call them.",
    ),
}

PUSH = {
    "sent": Line("push_sent", "It was sent to their phone. Whether they saw it, we cannot tell."),
    "unknown": Line(
        "unknown", "It is not known whether it reached their phone.", "Ask them whether they have seen it."
    ),
}

PUSH_FAILED: dict[PushCause, Line] = {
    "app_removed": Line(
        "push_failed",
        "It did not arrive. The app was removed from their phone, or signed out.",
        "Ask them to open the app again, or send an e-mail.",
    ),
    "not_accepted": Line("push_failed", "It was not sent, because it was not set up right on our side.", TELL),
    "other": Line(
        "push_failed",
        "It did not arrive. The service that brings messages to phones did not take it.",
        "Send an e-mail, or call them.",
    ),
}
