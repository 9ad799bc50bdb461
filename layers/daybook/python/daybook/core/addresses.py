"""Validation of e-mail addresses, phone numbers and IP addresses.

The libraries are imported inside the functions: most requests need none of them, and they slow a cold start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
from contextlib import suppress

KELVIN_SIGN = "\u212a"


def email_error(address: str) -> str | None:
    """Why this is not a valid e-mail address (RFC 5321, 5322, 6531), or None if it is. Does no DNS lookup.

    `.test` is accepted, as RFC 6761 reserves it for testing. Other special-use domains (`localhost`, `.invalid`) are
    not: no mail reaches them.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return None


def phone_error(number: str) -> str | None:
    """Why this is not an E.164 number (`+14155550123`) of a length possible in its country, or None if it is."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException as error:
        return f"not an E.164 number such as +14155550123: {error}"
    if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != number:
        return "not written as E.164: a + and digits only, as in +14155550123"
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return "not a possible number: too short or too long for its country"
    return None


def ip_error(text: str) -> str | None:
    """Why this is not an IPv4 or IPv6 address, or None if it is."""
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return "not an IPv4 or IPv6 address"
    return None


def names_one_mailbox(spelling: str) -> bool:
    """Whether `normalize` gives the very mailbox of this text: a bare address, or the one in `Name <address>`.

    Of other texts with a blank or a bracket it may give a part, which is another's mailbox.
    """
    if "<" not in spelling and " " not in spelling:
        return True
    from email.utils import parseaddr

    address = parseaddr(spelling)[1] or spelling
    return spelling == address or spelling.endswith(f"<{address}>")


def normalize(address: str) -> str:
    """The mailbox of an address, to compare by: no display name, lower case, the domain in ASCII (IDNA, UTS 46).

    `Jane <JANE@X.example>` gives `jane@x.example`. A text that is not an address is only put in lower case. A Kelvin
    sign stays one outside of a domain: it is the one character whose lower case is ASCII, and another's mailbox.
    Keyed hashes of it are stored in keys of the table: after a change of this, addresses known so far are not found.
    """
    if "<" in address or " " in address:
        from email.utils import parseaddr

        address = parseaddr(address)[1] or address
    address = KELVIN_SIGN.join(part.lower() for part in address.split(KELVIN_SIGN))
    if "@" in address and not address.isascii():
        import idna

        local, _, domain = address.rpartition("@")
        with suppress(idna.IDNAError):
            address = f"{local}@{idna.encode(domain, uts46=True).decode()}"
    return address
