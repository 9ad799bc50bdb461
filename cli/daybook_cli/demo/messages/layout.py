"""The bodies of e-mails: HTML with inline CSS, as mailers write it, and text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from daybook_cli.demo.businesses import Business


@dataclass(frozen=True)
class Letter:
    """What an e-mail says. `rows` are a table's, `button` is the text of a link, `image` the name of a picture.

    One that `is_plain` has no HTML. `sender` is a local part of the business's domain.
    """

    subject: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    button: str | None = None
    image: str | None = None
    is_plain: bool = False
    sender: str = "office"


def body(business: Business, greeting: str, letter: Letter) -> dict[str, str]:
    """The `body` of an entry."""
    text = "\n\n".join([greeting, *letter.paragraphs, *(": ".join(row) for row in letter.rows), _signature(business)])
    return {"text": text} if letter.is_plain else {"text": text, "html": _html(business, greeting, letter)}


def _signature(business: Business) -> str:
    return f"{business.name}\n{business.street}"


def _html(business: Business, greeting: str, letter: Letter) -> str:
    paragraphs = "".join(
        f'<p style="margin:0 0 16px;font-size:15px;line-height:1.5;color:#2b2b2b">{escape(text)}</p>'
        for text in (greeting, *letter.paragraphs)
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(letter.subject)}</title>"
        "<style>@media (max-width:480px){.card{padding:16px!important}}</style></head>"
        '<body style="margin:0;background:#eef2f4;font-family:Helvetica,Arial,sans-serif">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        '<td align="center" style="padding:24px 8px">'
        '<table role="presentation" width="600" cellpadding="0" cellspacing="0" '
        'style="max-width:600px;background:#ffffff;border-radius:6px;overflow:hidden">'
        f'<tr><td style="background:{business.color};color:#ffffff;padding:18px 28px;font-size:18px;font-weight:bold">'
        f"{escape(business.name)}</td></tr>{_image(business, letter)}"
        '<tr><td class="card" style="padding:28px">'
        f'<h1 style="margin:0 0 18px;font-size:21px;color:#16323f">{escape(letter.subject)}</h1>'
        f"{paragraphs}{_table(letter)}{_button(business, letter)}</td></tr>"
        '<tr><td style="padding:16px 28px;background:#f6f8f9;color:#6b7780;font-size:12px;line-height:1.4">'
        f"{escape(business.name)} &middot; {escape(business.street)}<br>"
        f'<a href="https://portal.{business.domain}/preferences" style="color:#6b7780">E-mail preferences</a>'
        "</td></tr></table></td></tr></table></body></html>"
    )


def _image(business: Business, letter: Letter) -> str:
    if letter.image is None:
        return ""
    source = f"https://images.{business.domain}/{letter.image}.jpg"
    return f'<tr><td><img src="{source}" width="600" alt="" style="display:block;width:100%;height:auto"></td></tr>'


def _table(letter: Letter) -> str:
    if not letter.rows:
        return ""
    cell = "padding:8px 0;border-bottom:1px solid #e3e8eb;font-size:14px"
    rows = "".join(
        f'<tr><td style="{cell}">{escape(name)}</td><td align="right" style="{cell}">{escape(value)}</td></tr>'
        for name, value in letter.rows
    )
    return f'<table role="presentation" width="100%" cellspacing="0" style="margin:0 0 20px">{rows}</table>'


def _button(business: Business, letter: Letter) -> str:
    if letter.button is None:
        return ""
    style = (
        f"display:inline-block;padding:11px 22px;border-radius:4px;background:{business.color};color:#ffffff;"
        "font-size:15px;text-decoration:none"
    )
    return f'<p style="margin:8px 0"><a href="https://portal.{business.domain}" style="{style}">{letter.button}</a></p>'
