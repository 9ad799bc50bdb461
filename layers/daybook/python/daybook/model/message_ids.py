"""The forms in which one e-mail's id is written: SES's own, and that of a `Message-ID` header (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

# SES makes the header of its own id: `<id@email.amazonses.com>` in us-east-1, else `<id@region.amazonses.com>`.
_SES_HEADER = re.compile(r"(?P<id>[^@\s]+)@[a-z0-9-]+\.amazonses\.com", re.IGNORECASE)


def canonical(message_id: str) -> str:
    """The id to compare an e-mail by: without angle brackets and blanks around it, and SES's own without its domain.

    A text of which nothing would be left stays as it is.
    """
    bare = message_id.strip().removeprefix("<").removesuffix(">").strip()
    match = _SES_HEADER.fullmatch(bare)
    return (match["id"] if match else bare) or message_id


def may_hold_address(message_id: str) -> bool:
    """Whether an e-mail's id may hold a recipient's address, as those of some mailers do; SES's own do not.

    `jane.doe=mail.example@mailer.example` is the form of variable envelope return paths.
    """
    return bool({"@", "="} & set(canonical(message_id)))
