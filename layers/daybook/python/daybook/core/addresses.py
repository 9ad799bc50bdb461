"""What can be an e-mail address, a phone number, an IP address; the libraries that know are loaded when asked."""

from __future__ import annotations

# ruff: noqa: PLC0415
from contextlib import suppress


def email_fault(address: str) -> str | None:
    """Why this cannot be an address (RFC 5321, 5322, 6531), or None. Nothing is looked up in DNS.

    `.test` is let through (RFC 6761 keeps it for testing); `localhost`, `.invalid` and their like can never be reached.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return None


def phone_fault(number: str) -> str | None:
    """Why this is not an E.164 number (`+14155550123`) of a length that its country has, or None."""
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


def ip_fault(text: str) -> str | None:
    """Why this is no IP address, or None."""
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return "not an IPv4 or IPv6 address"
    return None


def mailbox(address: str) -> str:
    """The form in which addresses are compared: bare, in lower case, an international domain in its ASCII form.

    Providers report them in any: `Jane <JANE@X.example>` is `jane@x.example`. What is no address is itself, lower case.
    """
    if "<" in address or " " in address:
        from email.utils import parseaddr

        address = parseaddr(address)[1] or address
    address = address.lower()
    if "@" in address and not address.isascii():
        import idna

        local, _, domain = address.rpartition("@")
        with suppress(idna.IDNAError):
            address = f"{local}@{idna.encode(domain, uts46=True).decode()}"
    return address
