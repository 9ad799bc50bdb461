"""E-mail and IP addresses: whether they are valid, and what address is within a text.

The libraries are imported inside the functions: most requests need none of them, and they slow a cold start.
"""

from __future__ import annotations

# ruff: noqa: PLC0415
import re
import sys
import unicodedata
from contextlib import suppress

# Of an IPv6 address with an IPv4 address in it.
MAX_IP = 45
NO_IP = "not an IPv4 or IPv6 address"
KELVIN_SIGN = "\u212a"

# The characters whose canonical composition is ASCII: `;`, a grave accent and K (Unicode, NormalizationTest.txt).
_COMPOSED_TO_ASCII = re.compile("([\u037e\u1fef\u212a])")

# Blanks, and what has no width: control characters, and those that format or mark a text's direction.
INVISIBLE = "".join(
    map(
        chr,
        (*range(0x21), *range(0x7F, 0xA1), 0xAD, 0x61C, 0x1680, 0x180E, *range(0x2000, 0x2010), *range(0x2028, 0x2030),
         *range(0x205F, 0x2070), 0x3000, 0xFEFF, *range(0xFFF9, 0xFFFC)),
    )
)  # fmt: skip
_QUOTES = {"'": "'", '"': '"', "`": "'", "\u2018": "\u2019", "\u201c": "\u201d", "<": ">", "[": "]"}
_BARE = re.compile(r"[\w.!#$%&*+/=?^{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"@[^@\s<>]+')
_NEEDLESS_QUOTES = re.compile(r'^"([^\s"\\@<>()\[\],;:]+)"@')
_QUOTED_NAME = re.compile(r'(?<!<)"(?:[^"\\]|\\.)*"(?!@)')
_ANGLES = re.compile(r"<([^<>]*)>")
_SQUARE_AT_END = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]$")
_COMMENTS_AROUND = re.compile(r"^\([^()]*\)\s*|\s*\([^()]*\)$")
# No atom of an address holds `;` or `:` (RFC 5322, 3.2.3).
_TYPE = re.compile(r"(?P<type>[a-z][a-z0-9-]*)\s*[;:]\s*(?=\S)", re.IGNORECASE)
_ROUTE = re.compile(r"@[^:\s]+:\s*")
_ESCAPE = re.compile(r"\\x\{([0-9a-f]{2,6})\}", re.IGNORECASE)
_HALVES = range(0xD800, 0xE000)
_BLANKS_AT = re.compile(r"\s*@\s*")
# What lists of addresses are written with; `/` also stands before Java's addresses, and `for=` in RFC 7239.
_BETWEEN = re.compile(r"[\s,;/|&<>]+")
# A product and its version, as in `Chrome/120.0.0.1` (RFC 9110, 10.1.5): four numbers in it are no address. Java writes
# a host before an address in the same way; a host's name is in lower case, and has a dot or a digit.
_PRODUCT = re.compile(
    r"(?<![\w.:%/+-])(?!localhost/|(?-i:[a-z0-9-]*[0-9.][a-z0-9.-]*)/)[a-z][\w.+-]*/[^\s,;]+", re.IGNORECASE | re.ASCII
)
_MAPPED = "::ffff:"
_AROUND_IP = "()'\"[]"
_IP_WITH_PORT = re.compile(r"(?:for=)?\"?\[?(?P<ip>[0-9a-f:.]+(?:%\w+)?)\]?(?::\d+)?\"?", re.IGNORECASE | re.ASCII)
_MAILBOX = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"<>(),;@]+)@[^\s"<>(),;@]+')

# Addresses that mean nothing outside of one network (RFC 1918, 6598, 4193), or one host.
_INTERNAL = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128", "::/128",
)  # fmt: skip


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


def ip_error(text: str) -> str | None:
    """Why this is not an IPv4 or IPv6 address, or None if it is."""
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return NO_IP
    return NO_IP if len(text) > MAX_IP else None


def ip_spellings(ip: str) -> list[str]:
    """How an address is found: in small letters, and an IPv4 one that a server writes as IPv6 (RFC 4291) also bare."""
    lowered = ip.lower()
    bare = lowered.removeprefix(_MAPPED)
    return [lowered] if bare == lowered or "." not in bare else [lowered, bare]


def ip_within(text: str) -> str | None:
    """The IP address that a text holds, as it is written there: without port, brackets and others; None without one.

    Of a list (`X-Forwarded-For`, from the client on) it is the first that is not internal to a network, else the first.
    """
    bare = trimmed(text)
    if ip_error(bare) is None:
        return bare
    parts = _BETWEEN.split(_PRODUCT.sub("", bare))
    found = [address for part in parts if (address := _ip_in_part(trimmed(part)))]
    return next((address for address in found if not _is_internal(address)), found[0] if found else None)


def _ip_in_part(part: str) -> str | None:
    match = _IP_WITH_PORT.fullmatch(part.strip(_AROUND_IP))
    if match is None:
        return None
    # The expression cannot tell the end of an IPv6 address from a port.
    before_port = match["ip"].rpartition(":")[0]
    candidates = (match["ip"], "" if before_port.endswith(":") else before_port)
    return next((candidate for candidate in candidates if ip_error(candidate) is None), None)


def _is_internal(address: str) -> bool:
    from ipaddress import ip_address, ip_network

    return any(ip_address(address) in ip_network(network) for network in _INTERNAL)


def trimmed(text: str) -> str:
    """The text without blanks and invisible characters around it."""
    return text.strip(INVISIBLE)


def is_mailbox(text: str) -> bool:
    """Whether mail could be sent to this: something at something, and no second address. It need not be valid.

    A Japanese carrier has `mama.@docomo.example`, which RFC 5322 does not allow.
    """
    return _MAILBOX.fullmatch(text) is not None


def mailboxes(text: str) -> frozenset[str]:
    """The mailboxes in a text of several; else none, as what is beside a blank may be a part of one."""
    if is_mailbox(mailbox(text)):
        return frozenset()
    found = frozenset(folded(part) for part in _BETWEEN.split(text) if is_mailbox(part))
    return found if len(found) > 1 else frozenset()


def names_one_mailbox(spelling: str) -> bool:
    """Whether `normalize` gives the very mailbox of this text: a bare address, or the one in `Name <address>`.

    Of other texts with a blank or a bracket it may give a part, which is another's mailbox.
    """
    if "<" not in spelling and " " not in spelling:
        return True
    address = _only_address(spelling)
    return address is not None and (spelling == address or spelling.endswith(f"<{address}>"))


def mailbox(spelling: str) -> str:
    """The mailbox of an address as mailers and mail servers spell it, in the form of `normalize`.

    Understood are names and comments around it, quoted or not; the address types of RFC 3464 (2.3.1) and RFC 6533
    (`rfc822;`, `utf-8;`), `mailto:`; quotes, brackets and punctuation around it; source routes (RFC 5321, 4.1.1.3);
    the dot at the end of a domain. A text that names no address, or several, is only put in the form to compare by.
    """
    text = trimmed(spelling)
    if _BARE.fullmatch(text):
        return text.lower()
    bare = _bare(text)
    return normalize(bare) if "@" in bare and names_one_mailbox(bare) else folded(text)


def normalize(address: str) -> str:
    """The mailbox of an address, to compare by: no display name, lower case, NFC, the domain in ASCII (IDNA, UTS 46).

    `Jane <JANE@X.example>` gives `jane@x.example`. A text that is not an address is only put in lower case and NFC.
    Quotes that change nothing are left out: `"jane."@x.example` is `jane.@x.example` (RFC 5321, 4.1.2).
    Outside of a domain, no other character becomes ASCII by that: a Kelvin sign is not a `k`, but another's mailbox.
    Keyed hashes of it are stored in keys of the table: after a change of this, addresses known so far are not found.
    """
    if "<" in address or " " in address:
        address = _only_address(address) or address
    address = folded(address)
    if "@" in address and not address.isascii():
        import idna

        local, _, domain = address.rpartition("@")
        with suppress(idna.IDNAError):
            address = f"{local}@{idna.encode(domain, uts46=True).decode()}"
    return _NEEDLESS_QUOTES.sub(r"\1@", address)


def _only_address(text: str) -> str | None:
    """The address of a text that names one; None where it names several, or none.

    Of several, `getaddresses` gives all before Python 3.11.10 and 3.13, and since then an empty one.
    """
    from email.utils import getaddresses

    found = getaddresses([text])
    return (found[0][1] or None) if len(found) == 1 else None


def folded(text: str) -> str:
    """The text in lower case and NFC; characters that one of both would make ASCII stay."""
    if text.isascii():
        return text.lower()
    lowered = KELVIN_SIGN.join(part.lower() for part in text.split(KELVIN_SIGN))
    parts = _COMPOSED_TO_ASCII.split(lowered)
    # Every second part is one of those characters. Capitals are composed less often, so lower case comes first.
    return "".join(part if index % 2 else unicodedata.normalize("NFC", part) for index, part in enumerate(parts))


def _bare(text: str) -> str:
    """The address within a spelling: without all that may surround it."""
    while not _QUOTED_LOCAL.fullmatch(text):
        shorter = _less(text)
        if shorter == text:
            break
        text = shorter
    return text if '"' in text else _BLANKS_AT.sub("@", text)


def _less(text: str) -> str:
    """The spelling without one of the things around its address."""
    text = _COMMENTS_AROUND.sub("", trimmed(text))
    text = text.rstrip(",;:") if "@" in text else text
    if "@" in text:
        local, at, domain = text.rpartition("@")
        text = local + at + domain.rstrip(".\u3002\uff0e\uff61")
    if (match := _TYPE.match(text)) and "@" in (rest := text[match.end() :]).replace("%40", "@"):
        return _of_type(match["type"].lower(), rest)
    if match := _ROUTE.match(text):
        return text[match.end() :]
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and "@" in text[1:-1]:
        inner = text[1:-1]
        # A local part may hold an apostrophe.
        if text[-1] == "'" or (text[0] not in inner and text[-1] not in inner):
            return inner
    return _in_brackets(text)


def _of_type(address_type: str, text: str) -> str:
    if address_type == "mailto":
        from urllib.parse import unquote

        return unquote(text.partition("?")[0])
    if address_type == "utf-8":
        return _ESCAPE.sub(lambda match: _character(int(match[1], 16)) or match[0], text)
    return text


def _character(code_point: int) -> str:
    """The character; "" of half of one, or of a number beyond Unicode."""
    is_whole = code_point <= sys.maxunicode and code_point not in _HALVES
    return chr(code_point) if is_whole else ""


def _in_brackets(text: str) -> str:
    """The address in angle or square brackets after a name; the text where there is none, or more than one."""
    found = {match for match in _ANGLES.findall(_QUOTED_NAME.sub("", text)) if "@" in match}
    if len(found) == 1:
        return str(found.pop())
    if text.count("<") + text.count(">") == 1:
        # The other one was cut off.
        return text.lstrip("<").rstrip(">")
    square = _SQUARE_AT_END.search(text)
    return square[1] if square and not found else text
