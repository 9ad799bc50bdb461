"""The IP address within a text."""

import pytest
from daybook.core import addresses


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7\n", "203.0.113.7"),
        ("2001:DB8::1", "2001:DB8::1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("203.0.113.7:52100", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[fe80::1%eth0]:80", "fe80::1%eth0"),
        ("::ffff:203.0.113.7:52100", "::ffff:203.0.113.7"),
        ("http://203.0.113.7:80/", "203.0.113.7"),
        ("(203.0.113.7)", "203.0.113.7"),
        ("100.64.0.1, fd00::1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1, ::1", "127.0.0.1"),
        ("12:30", None),
        ("300.1.1.1", None),
        ("1" * 1000, None),
        (f"fe80::1%{'e' * 60}", None),
        ("", None),
    ],
)
def test_the_address_within(text: str, within: str | None) -> None:
    assert addresses.ip_within(text) == within
