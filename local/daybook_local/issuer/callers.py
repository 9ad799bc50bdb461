"""Who calls the local stack: people of the demonstration data, and services."""

from dataclasses import dataclass
from typing import Any

from daybook_cli.demo.businesses import BUSINESSES

AUDIENCE = "daybook-local"
# The client id of the console.
CONSOLE_CLIENT = "console"
ORGS = tuple(BUSINESSES)
SERVICE_CLIENTS = ("portal", "platform")
# What the group of Fran Front is granted at the start.
FRONT_DESK = "front_desk"
FRONT_DESK_PERMISSIONS = ("family_email_log", "sms_log")


@dataclass(frozen=True)
class Person:
    """A member of the staff; `key` tells them apart, and `about` is what they may do, in words."""

    key: str
    org: str
    username: str
    name: str
    groups: tuple[str, ...]
    about: str

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of their tokens, beside those of the issuer, audience and time."""
        return {
            "sub": self.key,
            "org": self.org,
            "username": self.username,
            "name": self.name,
            "groups": list(self.groups),
        }


_FIRST, _SECOND = ORGS
ADMIN = Person("u-1", _FIRST, "admin", "Alex Admin", ("admin",), "may do everything")
FRONT = Person("u-2", _FIRST, "front", "Fran Front", (FRONT_DESK,), "may read e-mails and SMS of families")
NEW = Person("u-4", _FIRST, "nora", "Nora New", ("new_staff",), "new staff: has only what you grant")
OTHER_ADMIN = Person("u-3", _SECOND, "admin", "Olga Other", ("admin",), "may do everything")
PEOPLE = (ADMIN, FRONT, NEW, OTHER_ADMIN)


def caller_claims() -> dict[str, dict[str, Any]]:
    """The claims of one caller of each kind, by the names of `stack.json`."""
    portal, platform = SERVICE_CLIENTS
    return {
        "admin": ADMIN.claims,
        "staff": NEW.claims,
        "service": {"sub": portal, "client_id": portal, "scope": "daybook/write daybook/read"},
        "platform": {
            "sub": platform,
            "client_id": platform,
            "scope": "daybook/write daybook/read daybook/manage",
        },
        "other_admin": OTHER_ADMIN.claims,
    }


def described(claims: dict[str, Any]) -> str:
    """Whose token these claims make, in a few words."""
    if "org" in claims:
        return f"{claims['username']} of {claims['org']}, in the group {', '.join(claims['groups'])}"
    return f"the service {claims['client_id']}, with {claims['scope'].replace(' ', ', ')}"
