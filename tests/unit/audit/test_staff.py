"""The register of usernames: one item for each person, with the spelling of the entry that it was written for."""

import pytest
from daybook.audit.staff import SLACK, StaffRegister
from daybook.storage.keys import org_keys

from tests.support.memory.search_index import ORG, audit, stored
from tests.support.memory.table import MemoryTable

END = 1_900_000_000


def registered(table: MemoryTable) -> dict[str, tuple[str | None, str | None]]:
    """By sort key, the spelling and the expiry of each username's item."""
    return {
        sk: (item.get("username", {}).get("S"), item.get("expires_at", {}).get("N"))
        for (pk, sk), item in table.stored.items()
        if pk == org_keys.staff(ORG)
    }


@pytest.mark.parametrize(
    ("first", "second", "spelling"),
    [("Jane.Doe", "JANE.DOE", "JANE.DOE"), ("JANE.DOE", "jane.doe", None), ("jane.doe", "Jane.Doe", "Jane.Doe")],
)
def test_a_username_is_kept_for_its_last_entry_and_in_the_spelling_of_that(
    first: str, second: str, spelling: str | None
) -> None:
    table = MemoryTable()
    register = StaffRegister(table=table)
    assert register.add([stored(audit(username=first), 1, expires_at=END)]) == 1
    assert register.add([stored(audit(username=second), 2, expires_at=END)]) == 0, "it is kept for long enough"
    later = END + int(SLACK.total_seconds()) + 1
    assert StaffRegister(table=table).add([stored(audit(username=second), 3, expires_at=later)]) == 1
    assert registered(table) == {"jane.doe": (spelling, str(later + int(SLACK.total_seconds())))}
    assert register.add([stored(audit(username=first), 4, expires_at=None)]) == 1
    assert registered(table)["jane.doe"][1] is None, "for ever"


def test_of_a_batch_the_last_entry_spells_the_username() -> None:
    table = MemoryTable()
    spellings = ["JANE", "jane", "Jane"]
    entries = [stored(audit(username=name, action=f"a{number}"), number) for number, name in enumerate(spellings)]
    last = max(entries, key=lambda entry: entry.at)
    StaffRegister(table=table).add(entries)
    shown = None if last.username == "jane" else last.username
    assert {sk: spelled for sk, (spelled, _) in registered(table).items()} == {"jane": shown}
