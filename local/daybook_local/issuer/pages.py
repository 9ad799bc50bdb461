"""The pages of the issuer that people see."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from daybook_local.issuer.callers import PEOPLE, Person
from daybook_local.issuer.sign_in import CHOICE

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --accent: light-dark(#2456c8, #8ab0ff); }
body { max-width: 26rem; margin: 12vh auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
ul { list-style: none; padding: 0; }
a { display: block; margin: .5rem 0; padding: .75rem 1rem; border-radius: .5rem;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); color: inherit; text-decoration: none; }
a:hover, a:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent); }
b { display: block; }
small { opacity: .75; }
"""


def sign_in_page(parameters: Mapping[str, str], hinted: Person | None) -> str:
    """A link for each person, with the parameters of the request; the focus is on whom the client expects."""
    links = "\n".join(_link(person, parameters, is_hinted=person == hinted) for person in PEOPLE)
    note = "The local stack has no passwords. This choice is remembered until you sign out."
    return _page("Sign in as", f"<ul>\n{links}\n</ul>\n<p><small>{note}</small></p>")


def message_page(title: str, message: str) -> str:
    """A page with a sentence."""
    return _page(title, f"<p>{escape(message)}</p>")


def _link(person: Person, parameters: Mapping[str, str], *, is_hinted: bool) -> str:
    query = escape(urlencode({**parameters, CHOICE: person.key}))
    focus = " autofocus" if is_hinted else ""
    about = escape(f"{person.username} of {person.org}, {person.about}")
    return f'<li><a href="/authorize?{query}"{focus}><b>{escape(person.name)}</b><small>{about}</small></a></li>'


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Daybook, local stack</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n{content}</main></body></html>\n"
    )
