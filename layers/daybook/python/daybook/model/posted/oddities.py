"""What is odd in a detail of a posted entry: the entry is kept with what can be kept of it, and a warning.

A log of what happened takes what happened. Nothing of this makes an entry unusable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from daybook.core import addresses, phone_numbers, usernames
from daybook.core.errors import FieldError
from daybook.model.entries import Activity, Audit, Email, Entry, Sms

HALF_CHARACTER = "held half of a character, such as \\ud83d without its other half: U+FFFD is kept in its place"
NO_IP = f"{addresses.NO_IP}: left out"
NOT_SEEN = "held blanks around it, or characters that nobody sees: left out"
KEPT = "kept as given"
SEVERAL_ADDRESSES = (
    "kept as given, but names several addresses: an event for one of them finds it only if its message went to nobody "
    "else; post one entry for each address"
)
SEVERAL_NUMBERS = (
    "kept as given, but names several numbers: an event for one of them finds it only if its message went to nobody "
    "else; post one entry for each number"
)


def settle(entry: Entry, replaced: Collection[str]) -> tuple[Entry, list[FieldError]]:
    """The entry as it is kept, and its warnings.

    `replaced` are the paths of the fields in which U+FFFD stands for half of a character.
    """
    warnings = [FieldError(field, HALF_CHARACTER) for field in replaced]
    match entry:
        case Email() | Sms():
            entry = replace(entry, recipient=addresses.trimmed(entry.recipient))
            warnings += _recipient_warnings(entry)
        case Activity() | Audit():
            names = _names(entry)
            warnings += [FieldError(field, NOT_SEEN) for field, name in names.items() if name != getattr(entry, field)]
            entry = replace(entry, **names)
            if isinstance(entry, Audit):
                blank = [index for index, each in enumerate(entry.affected) if _is_blank(each.name)]
                warnings += [FieldError(f"affected[{index}].name", NOT_SEEN) for index in blank]
                affected = [replace(each, name=None) if _is_blank(each.name) else each for each in entry.affected]
                entry = replace(entry, affected=affected)
            if entry.ip is not None:
                warnings += ip_warnings(entry.ip)
                entry = replace(entry, ip=addresses.ip_within(entry.ip))
    return entry, warnings


def name_errors(entry: Activity | Audit) -> Iterator[FieldError]:
    """The names in which there is nothing to be seen."""
    for field, name in _names(entry).items():
        if not name:
            yield FieldError(field, "must have at least 1 character that can be seen")


def _is_blank(name: str | None) -> bool:
    return name is not None and not addresses.trimmed(name)


def _names(entry: Activity | Audit) -> dict[str, str]:
    """By field, the names that an entry has to have, as they are kept."""
    if isinstance(entry, Activity):
        return {"name": addresses.trimmed(entry.name)}
    return {"member_name": addresses.trimmed(entry.member_name), "username": usernames.visible(entry.username)}


def ip_warnings(ip: str) -> Iterator[FieldError]:
    """What of an `ip` is not kept as it was posted: `core.addresses.ip_within` is what is kept."""
    kept = addresses.ip_within(ip)
    if kept != addresses.trimmed(ip):
        yield FieldError("ip", NO_IP if kept is None else ip_within(kept))


def ip_within(ip: str) -> str:
    """The warning of a text of which this address is kept."""
    return f"held more than an IP address: {ip} is kept"


def found_by(mailbox: str) -> str:
    """The warning of a recipient that is this address in another spelling."""
    return f"{KEPT}; events find it by {mailbox}"


def _recipient_warnings(entry: Email | Sms) -> Iterator[FieldError]:
    told = _told_of_address(entry.recipient) if isinstance(entry, Email) else _told_of_number(entry.recipient)
    if told is not None:
        yield FieldError("recipient", told)


def _told_of_address(recipient: str) -> str | None:
    problem = addresses.email_error(recipient)
    if problem is None:
        return None
    if addresses.mailboxes(recipient):
        return SEVERAL_ADDRESSES
    mailbox = addresses.mailbox(recipient)
    is_found = addresses.email_error(mailbox) is None
    return found_by(mailbox) if is_found else f"{KEPT}: {problem}"


def _told_of_number(recipient: str) -> str | None:
    problem = phone_numbers.error(recipient)
    if problem is None:
        return None
    return SEVERAL_NUMBERS if phone_numbers.names_several(recipient) else f"{KEPT}: {problem}"
