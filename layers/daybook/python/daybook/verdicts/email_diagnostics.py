"""Why an e-mail was not taken, from what mail servers and SES say of it.

The diagnostic's words decide first, since providers mislabel their codes, and SES its bounces. Then come the enhanced
status codes (RFC 3463, RFC 5248 and the IANA registry), SES's subtype, the reply code (RFC 5321) and SES's type.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

Cause = Literal[
    "no_mailbox", "mailbox_closed", "mailbox_full", "refused_for_now", "too_large", "attachment", "spam", "content",
    "sender_refused", "sender_not_allowed", "no_domain", "server_unreachable", "suppressed", "auto_reply", "other",
]  # fmt: skip

# An address may hold any words; what is left of it marks its place.
ADDRESS = re.compile(r"<?(?<![^\s<>@])[^\s<>@]++@[^\s<>@,;:]+>?")
REPLY_DASH = re.compile(r"(?<=\d)-(?=[245]\.)")

# Not a part of an IP address.
ENHANCED_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
REPLY_CODE = re.compile(r"(?:^|smtp[;:] ?|said: ?|<)([45]\d\d)(?=[ -]|$)")

# In order: the first that matches decides. What a text says of the sender comes before what it says of an address.
TEXTS: tuple[tuple[Cause, str], ...] = (
    ("suppressed", "has suppressed sending|suppression list|suppressed recipient"),
    ("auto_reply", "out of (the )?office|auto(matic)?[- ]?(reply|response)|on vacation"),
    ("sender_refused", "sender('s| is)? (address|domain|e-?mail|verif|reject|denied|invalid|not allowed|ip|host)"),
    ("sender_refused", "(invalid|unknown|unverified|bad) sender|envelope (sender|from)|valid from:|for sending mail"),
    # Exchange Online, of the recipient's: https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr
    ("no_domain", r"\b5\.4\.310\b|infodomainnonexistent"),
    # A mail server that looks up a domain while it is told a sender names that of the sender.
    ("sender_refused", "domain (name )?(required for|of) sender|dns domain .{0,80}not exist|taken: dns failure"),
    ("sender_refused", r"mail ?from\b.{0,60}(mismatch|fail)"),
    ("sender_refused", "not rfc |(bad|duplicate) header|not (be )?accepted from|<>:blocked|recipient.{0,20}block-send"),
    (
        "sender_refused",
        r"(spf|dkim|dmarc)\b|unauthenticated|does not pass auth|reverse dns|rdns|ptr( resource)? record",
    ),
    ("sender_refused", "permanently deferred|retrying will not succeed|banned sending ip|authentication (check|fail)"),
    (
        "sender_refused",
        r"your ip .{0,40}(listed|blocked|banned)|ask your postmaster|ip in prison",
    ),
    ("sender_refused", "(rejected|blocked) by (this user|the recipient)|user refused to receive"),
    ("sender_refused", "envelope blocked|spoof|blocked senders|^smtp; ?550 blocked$"),
    (
        "sender_not_allowed",
        r"resolver\.rst(?!\.\w*sizelimit)|sendernotauthenticated|not (authorized|allowed|permitted) to (send|post)",
    ),
    ("sender_not_allowed", "mailbox <> is restricted"),
    ("sender_not_allowed", "only accepts? (messages|mail)|restricted (recipient|distribution)|permission to send"),
    ("server_unreachable", "no route to host|delivery temporarily suspended: connect to"),
    # A limit on sending is none of a mailbox.
    ("refused_for_now", r"queue quota|gr[ae]y-?\s?list|rate[- ]?(limit|control)|throttl|unusual rate|slower|slow down"),
    (
        "refused_for_now",
        "receiving (mail|messages) (at a rate|too quickly)|unexpected volume|(daily|sending) (quota|limit)",
    ),
    (
        "refused_for_now",
        "too many (connection|message|session|concurrent|mails|recipients)|limit for the number of",
    ),
    ("refused_for_now", "insufficient system (storage|resource)|system full"),
    ("refused_for_now", "temporarily (disabled|suspended|locked|unavailable)"),
    (
        "mailbox_full",
        "over ?quota|quota .{0,20}(exceed|full|violat)|exceed.{0,40}quota|mailbox size limit|storage (exceeded|limit)",
    ),
    ("mailbox_full", "(mailbox|mail box|inbox|mail ?folder|account|recipient|storage|boite).{0,40}\\bfull\\b(?! of )"),
    ("mailbox_full", "error writing message: (file too large|disk quota)"),
    ("mailbox_full", "out of (storage|space)|outofstorage|exceeded? storage|no space left|not enough (storage|space)"),
    ("no_domain", "(domain|host)( name)? (not found|does not exist|doesn't exist|unknown)|nxdomain|badrcptdomain"),
    (
        "no_domain",
        "unable to look ?up dns|name service error|null ?mx|no[ -](such )?(domain|host)\\b|unrouteable mail domain",
    ),
    (
        "no_domain",
        "relay(ing)? (access )?(denied|prohibited|not permitted|not allowed)|unable to relay",
    ),
    ("no_domain", "relaying to <> prohibited|rcpthosts"),
    ("no_domain", "not local host|as a relay"),
    ("no_domain", "bad destination (system|host)|domain .{0,40}(not hosted|not accept|no longer accept)"),
    (
        "mailbox_closed",
        "(mailbox|account|user|recipient|address).{0,40}(disabled|inactiv|deactivated|suspend|closed)",
    ),
    ("mailbox_closed", "(disabled|inactive|deactivated|suspended|closed) (mailbox|account|user|recipient)"),
    (
        "mailbox_closed",
        "account .{0,40}(discontinued|expired|terminated)|no longer (accepts? mail|valid|active|available)",
    ),
    ("mailbox_closed", "archived recipient|(compte|bo[iî]te) du destinataire est (bloqu|archiv)"),
    ("mailbox_closed", "(mailbox|account|user)( status)? is locked|is now disabled|account not activated"),
    # Before a mailbox that is only said to be unavailable.
    ("sender_refused", r"spamhaus|spamcop|barracudacentral|sorbs|dnsbl|rbl\b|senderscore|(block|black|deny) ?-?list"),
    ("sender_refused", "blocked using"),
    (
        "no_mailbox",
        "user <> not ok|not a member of domain|(recipient|address) cannot be verified|user path no exist",
    ),
    ("no_mailbox", "marked as invalid|not in .{0,10}(recipient|user|address) (list|table)"),
    ("no_mailbox", "recipient verif.{0,40}fail|domain map failed"),
    (
        "no_mailbox",
        "unknown (local|user|recipient|address|account|mailbox|e-?mail|or illegal)|unknown in (local|relay|virtual)",
    ),
    ("no_mailbox", "(user|recipient|addressee|mailbox|account|address|alias)[^.]{0,40} (is )?unknown|no ?such ?user"),
    ("no_mailbox", "(user|recipient|mailbox|account|address|e-?mail|alias)[^.]{0,60}(not|n't|no longer) exist"),
    (
        "no_mailbox",
        "no such .{0,30}(mailbox|recipient|address|account|person|here|alias)|no (mail ?box|account|user)\\b",
    ),
    (
        "no_mailbox",
        "(user|recipient|mailbox|account|address)s?( is|<>| )*(not (be )?found|not known|not listed|not (a )?valid)",
    ),
    (
        "no_mailbox",
        "(recipient|address|recip)not ?found|could ?n.t be found|n't have .{0,40}account|not have an account",
    ),
    (
        "no_mailbox",
        "(invalid|illegal|wrong|bad|non-?existent|not a (valid|known))[ -](user|recipient|mailbox|address|account)",
    ),
    (
        "no_mailbox",
        r"mailbox (is )?(unavailable|not available)|access denied\. as\(|unroute?able address|not our customer",
    ),
    ("no_mailbox", r"\b5\.4\.1 .{0,40}recipient address rejected: access denied"),
    (
        "no_mailbox",
        "no valid recipient|user .{0,40}not listed|user is unknown|destinataire.{0,10} (invalide|inconnu)",
    ),
    ("too_large", "(message|mail|size|body|file).{0,40}(too (large|big|long)|larger than|exceeds)|size (limit|exceed)"),
    ("attachment", r"attachment|attached file|file ?type|executable|banned file"),
    (
        "sender_refused",
        "listed (at|in|on|by)|reputation|client host|your (ip|server|network|mail server)",
    ),
    (
        "sender_refused",
        r"[^a-z]ip\b.{0,60}(block|banned|listed)|helo|part of your network",
    ),
    ("sender_refused", "policy reasons|(?<!content.)policy (violat|reject|error)|denied by policy"),
    ("spam", r"spam|unsolicited|junk|bulk mail|phish|suspicious|ofr 506|mail score|\[cs01\]|message content rejected"),
    (
        "content",
        "virus|malware|trojan|infected|content (reject|polic|restrict|filter)|message content|security policies",
    ),
    ("content", "banned content"),
    ("refused_for_now", "temporar|try .{0,10}again|retry|deferred|busy|overload|service (unavailable|not available)"),
    ("refused_for_now", "resources? (unavailable|restrict)|(internal|local) (server |software )?error|not accepting"),
    (
        "server_unreachable",
        "error connecting|timed ?-?out|timeout|connection (refused|reset|dropped|lost|closed)",
    ),
    (
        "server_unreachable",
        r"unable to connect|(unable|failed|could not|cannot)( to)? establish (an? |the )?(\w+ )?connection",
    ),
    (
        "server_unreachable",
        "no answer from host|no route|unreachable|not (be )?reach(able|ed)|hop count|mail loop|loops? back",
    ),
)

# The class of a code does not matter but for those that TEMPORARY lists. X.0.0 says nothing.
CAUSE_BY_DETAIL: dict[str, Cause] = {
    "1.0": "no_mailbox", "1.1": "no_mailbox", "1.2": "no_domain", "1.3": "no_mailbox", "1.4": "no_mailbox",
    "1.6": "mailbox_closed", "1.7": "sender_refused", "1.8": "sender_refused", "1.10": "no_mailbox",
    "2.1": "mailbox_closed", "2.2": "mailbox_full", "2.3": "too_large", "3.2": "server_unreachable", "3.4": "too_large",
    "5.3": "refused_for_now", "7.13": "mailbox_closed", "7.17": "mailbox_closed", "7.18": "no_domain",
}  # fmt: skip
CAUSE_BY_SUBJECT: dict[str, Cause] = {"4": "server_unreachable", "6": "content", "7": "sender_refused"}
TEMPORARY: dict[str, Cause] = {"2.2": "mailbox_full", "1.2": "no_domain", "2.3": "too_large", "3.4": "too_large"}
EXPIRED = "4.7"

CAUSE_BY_SUBTYPE: dict[str, Cause] = {
    "noemail": "no_mailbox", "mailboxfull": "mailbox_full", "messagetoolarge": "too_large",
    "contentrejected": "content", "attachmentrejected": "attachment", "customtimeoutexceeded": "refused_for_now",
    "suppressed": "suppressed", "onaccountsuppressionlist": "suppressed", "ontenantsuppressionlist": "suppressed",
}  # fmt: skip

REPLY_FULL = "552"


@lru_cache(maxsize=256)
def cause(kind: str | None, subtype: str | None, code: str | None, diagnostic: str | None) -> Cause:
    """Why a bounced or delayed e-mail was not taken; any words, of any provider or of none.

    `kind` and `subtype` are SES's, `code` is an enhanced status code; all are compared without case.
    """
    words = _plain(diagnostic)
    by_subtype = CAUSE_BY_SUBTYPE.get(_word(subtype))
    found = (
        ("suppressed" if by_subtype == "suppressed" else None)
        or (_by_words(words) if words else None)
        or _by_codes([*ENHANCED_CODE.findall(words), *ENHANCED_CODE.findall(code or "")])
        or by_subtype
        or _by_reply(words)
    )
    says_nothing = not words and (not code or code.endswith(".0.0"))
    reply = REPLY_CODE.search(words)
    is_refused = reply is not None and reply[1].startswith("5")
    return found or _by_kind(_word(kind), _word(subtype), is_silent=says_nothing, is_refused=is_refused)


@lru_cache(maxsize=256)
def enhanced_code(code: str | None, diagnostic: str | None) -> str | None:
    """The code (RFC 3463) of a failure, for an administrator: that of the diagnostic before that beside it."""
    codes = ENHANCED_CODE.findall(_plain(diagnostic)) + ENHANCED_CODE.findall(code or "")
    return next((each for each in codes if not each.endswith(".0.0")), None) or next(iter(codes), None)


def _plain(diagnostic: str | None) -> str:
    """The words of a diagnostic in lower case, without addresses and the line breaks of a reply of several lines."""
    words = ADDRESS.sub("<>", (diagnostic or "").lower())
    return " ".join(REPLY_DASH.sub(" ", words).replace("_", " ").split())


def _word(word: str | None) -> str:
    return (word or "").strip().lower()


@lru_cache(maxsize=256)
def _by_words(words: str) -> Cause | None:
    return next((cause for cause, pattern in _patterns() if pattern.search(words)), None)


@cache
def _patterns() -> tuple[tuple[Cause, re.Pattern[str]], ...]:
    # Compiled when first needed: a start is the faster.
    return tuple((cause, re.compile(text)) for cause, text in TEXTS)


def _by_codes(codes: list[str]) -> Cause | None:
    for code in codes:
        class_, _, detail = code.partition(".")
        if class_ == "4" and not detail.startswith("4.") and detail != "0.0":
            return TEMPORARY.get(detail, "refused_for_now")
        if detail == EXPIRED:
            return "refused_for_now"
        if class_ != "2" and (found := CAUSE_BY_DETAIL.get(detail) or CAUSE_BY_SUBJECT.get(detail.partition(".")[0])):
            return found
    return None


def _by_reply(words: str) -> Cause | None:
    match = REPLY_CODE.search(words)
    if match is None:
        return None
    if match[1] == REPLY_FULL:
        return "mailbox_full"
    return "refused_for_now" if match[1].startswith("4") else None


def _by_kind(kind: str, subtype: str, *, is_silent: bool, is_refused: bool) -> Cause:
    """What SES's type says alone. A soft bounce with neither code nor diagnostic is an automatic reply.

    One that a reply of class 5 refused for good (`is_refused`) is not one for now (RFC 5321, 4.2.1).
    """
    if kind == "permanent":
        return "no_mailbox" if subtype == "general" and is_silent else "other"
    if kind == "transient" and not is_refused:
        return "auto_reply" if is_silent and subtype in ("", "general") else "refused_for_now"
    return "other"
