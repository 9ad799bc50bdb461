"""The pages of the console: a row for each, with who may see it."""

from dataclasses import dataclass

from tests.support.console.browser import ADMIN, FRONT, Person

ORG = "riverside"
FAMILY = f"{ORG}/family/101"
EMAILS = f"{FAMILY}?tab=communication&log=email"


@dataclass(frozen=True)
class ConsolePage:
    """A page of the first org: its address below the console's, its heading, and who may see it.

    `bar` is its link in the bar at the top or in the menu of the account; empty where there is none.
    """

    name: str
    path: str
    heading: str
    people: tuple[Person, ...]
    bar: str = ""


EVERYONE = (ADMIN, FRONT)

PAGES = (
    ConsolePage("finder", f"{ORG}/", "Find a record", EVERYONE),
    ConsolePage("record", FAMILY, "Thomas Nguyen", EVERYONE),
    ConsolePage("audit", f"{ORG}/audit", "Audit Log", (ADMIN,), "Audit Log"),
    ConsolePage("deliveries", f"{ORG}/deliveries", "Deliveries", EVERYONE, "Deliveries"),
    ConsolePage("blacklist", f"{ORG}/blacklist", "Blacklist", (ADMIN,), "Blacklist"),
    ConsolePage("access", f"{ORG}/access", "Access", (ADMIN,), "Access"),
    ConsolePage("holds", f"{ORG}/holds", "Holds", (ADMIN,), "Holds"),
    ConsolePage("exports", f"{ORG}/exports", "Exports", (ADMIN,), "Exports"),
    ConsolePage("settings", f"{ORG}/settings", "Settings", (ADMIN,), "Settings"),
)
# What a page also looks like: its address, and a text by which one knows that it is there.
STATES = {
    "found": (f"{ORG}/?q=nguyen", "Mai Nguyen"),
    "not-found": (f"{ORG}/?q=nobody-of-this-name", "No record is known by"),
    "sms": (f"{FAMILY}?tab=communication&log=sms", "Message"),
    "push": (f"{FAMILY}?tab=communication&log=push", "Message"),
    "activity": (f"{FAMILY}?tab=logs&log=activity", "Name/Action"),
    "record-audit": (f"{FAMILY}?tab=logs&log=audit", "Member Name"),
    "everything": (f"{FAMILY}?tab=everything", "Audit Log"),
    "sorted": (f"{EMAILS}&sort=status&order=asc", "Delivery Status"),
    "no-match": (f"{EMAILS}&q=nothing-has-this-word", "No e-mails match"),
    "understood": (f"{EMAILS}&q=11/23/2026", "Understood"),
    "missing-record": (f"{ORG}/family/404404", "No e-mail has been sent to this record yet."),
    "missing-page": (f"{ORG}/nothing/here", "This page does not exist"),
    "other-org": ("hilltop/family/101", "This link is of another business"),
    "student": (f"{ORG}/student/5001", "Mai Nguyen"),
    "staff": (f"{ORG}/staff/1", "Maria Delgado"),
    "audit-search": (f"{ORG}/audit?q=priya+deleted+smith", "Understood"),
    "audit-no-match": (f"{ORG}/audit?q=nothing-has-this-word", "Nothing found"),
    "deliveries-sms": (f"{ORG}/deliveries?log=sms", "Deliveries"),
    "blacklist-search": (f"{ORG}/blacklist?q=nguyen", "thomas.nguyen@example.com"),
}
