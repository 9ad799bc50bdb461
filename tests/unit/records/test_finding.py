"""Finding records: every word of a line begins a word of the name, and nothing else is found."""

import random
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from daybook.records import names
from daybook.records.finding import RecordsQuery

from tests.support import api
from tests.support.memory.records_world import RecordsWorld, shown

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def world_of(*people: str) -> RecordsWorld:
    world = RecordsWorld(NOW)
    affected = [
        {"record": {"type": "family", "id": str(number)}, "change": "created", "name": name}
        for number, name in enumerate(people)
    ]
    for start in range(0, len(affected), 50):
        world.tell([api.audit(affected=affected[start : start + 50], occurred_at="2026-11-01T10:00:00Z")])
    return world


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("smith", "Jane Smith"), ("SMI", "Jane Smith"), ("jane smith", "Jane Smith"), ("smith jane", "Jane Smith"),
        ("smith j", "Jane Smith"), ("j s", "Jane Smith"), ("smith, jane", "Jane Smith"), ("jo johnson", "Joan Johnson"),
        ("johnson jo", "Johnson Joseph"),
        ("jose nunez", "José Núñez"), ("JOSÉ", "Jose Nunez"), ("o'brien", "Anna O’Brien"),
        ("obrien", "Anna O'Brien"), ("brien", "Anna O'Brien"),
        ("o brien", "Anna O'Brien"), ("smith jones", "Lee Smith-Jones"),
        ("山田", "山田太郎"), ("kim", "Kim"), ("van der", "Anke van der Berg"), ("berg anke der", "Anke van der Berg"),
        ("5pm tue", "Gymnastics Tue 5pm (ages 5-7)"), ("strasse", "Straße"), ("ÄRGER", "Ärger"), ("a", "A"),
        ("Smith/Jones", "Smith/Jones"), ("ac/dc dance", "AC/DC Dance"), ("10/12", "Camp 10/12"),
        ("ballet @ 5", "Ballet @ 5pm"), ("415 555 0101", "Call 415 555 0101"), ("5550101", "Unit 5550101"),
        ("10/12/2026", "Gala 10/12/2026"),
        ("mc donald", "Jane McDonald"), ("mcdonald", "Jane Mc Donald"), ("donald", "McDonald"),
        ("mcdon ja", "Ja Mc Donald"),
        ("de la cruz", "Ana DeLaCruz"), ("delacruz", "Ana de la Cruz"), ("lacruz", "Ana De La Cruz"),
        ("vanderberg", "Anke van der Berg"), ("fitz gerald", "Ella FitzGerald"), ("obrien", "Anna O Brien"),
        ("stjohn", "St. John"), ("dela", "De La"),
    ],
)  # fmt: skip
def test_a_line_finds_a_name(line: str, name: str) -> None:
    world = world_of("Zoe Zander", name)
    assert world.found(line) == [f"family/1 {name}"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("mith", "Jane Smith"), ("smith john", "Jane Smith"), ("smithson", "Jane Smith"), ("", "Jane Smith"),
        ("!", "Jane Smith"), ("smith smith jones", "Jane Smith"),
        ("jane@fam.example", "Jane Smith"), ("2", "Jane Smith"),
        ("janesmith", "Jane Smith"), ("donald", "MCDONALD"), ("dsmith", "Ed Smith"), ("onald", "McDonald"),
    ],
)  # fmt: skip
def test_a_line_does_not_find_what_it_is_not(line: str, name: str) -> None:
    assert world_of(name).found(line) == []


def plain(text: str) -> list[str]:
    """As the test knows words: without marks, in lower case, at what is no letter or digit."""
    unmarked = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return re.findall(r"[a-z0-9]+", unmarked.lower())


@pytest.mark.parametrize("seed", range(12))
def test_any_line_finds_what_a_plain_filter_does(seed: int) -> None:
    drawn = random.Random(seed)
    first = ["Jo", "Joan", "Johan", "José", "John", "Smith", "Smithy", "Ann", "Anna", "Li", "Lisa", "Ben"]
    last = ["Smith", "Smithson", "Smyth", "Johnson", "Jones", "Jo", "Núñez", "Li", "Lindt", "Ann", "Benson"]
    people = [
        " ".join([drawn.choice(first), *([drawn.choice(first)] if drawn.random() < 0.2 else []), drawn.choice(last)])
        for _ in range(60)
    ]
    world = world_of(*people)
    for _ in range(60):
        words = [
            word[: drawn.randrange(1, len(word) + 1)] for word in drawn.sample(first + last, drawn.randrange(1, 4))
        ]
        line = " ".join(words).upper()
        wanted = {
            f"family/{number} {name}"
            for number, name in enumerate(people)
            if all(any(word.startswith(prefix) for word in plain(name)) for prefix in plain(line))
        }
        page = world.finder.find("riverside", RecordsQuery(q=line, limit=10), lambda _: True)
        found = {shown(each) for each in page.entries}
        assert found <= wanted, line
        assert len(found) == min(10, len(wanted)), line
        assert page.more == (len(wanted) > 10), line
        assert set(world.found(line)) == (wanted if len(wanted) <= 50 else wanted & set(world.found(line))), line


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("jane@fam.example", True), (" JANE@FAM.example", True), ("Jane <jane@fam.example>", True),
        ("jane@fam.example.org", False), ("+1 415 555 0101", True), ("(415) 555-0101", True), ("4155550101", True),
        ("1-415-555-0101", True), ("+44 415 555 0101", False), ("415 555 0102", False), ("020 7946 0958", True),
        ("+442079460958", True), ("0044 20 7946 0958", True), ("07", False), ("a.7-X", True), ("family/a.7-X", True),
        ("Family/a.7-X", True), ("student/a.7-X", False), ("a.7", False),
    ],
)  # fmt: skip
def test_an_id_an_address_or_a_number_finds_its_record_in_any_spelling(line: str, found: bool) -> None:
    world = RecordsWorld(NOW)
    record = {"type": "family", "id": "a.7-X"}
    world.tell(
        [
            api.email(record=record, recipient="jane@fam.example"),
            api.sms(record=record, recipient="+14155550101"),
            api.sms(record=record, recipient="+442079460958"),
        ]
    )
    assert (world.found(line) == ["family/a.7-X"]) is found


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        ("+4915112345678", ["0151 12345678", "0151/12345678", "015112345678", "+49 151 12345678", "0049 151 12345678"]),
        ("+33612345678", ["06 12 34 56 78", "0612345678", "6 12 34 56 78"]),
        ("+390669812345", ["06 6981 2345", "0669812345"]),
        ("+5511987654321", ["(11) 98765-4321", "11987654321", "011 98765 4321"]),
        ("+919876543210", ["98765 43210", "098765 43210", "9876543210"]),
        ("+8613812345678", ["138 1234 5678", "13812345678"]),
        ("+5215512345678", ["55 1234 5678", "5512345678"]),
        ("+34612345678", ["612 345 678", "612345678"]),
        ("+85291234567", ["9123 4567", "91234567"]),
        ("+4512345678", ["12 34 56 78", "12345678"]),
        ("+79161234567", ["916 123-45-67", "9161234567"]),
        ("+81312345678", ["03-1234-5678", "03–1234–5678"]),
    ],
)
def test_a_number_is_found_as_it_is_written_in_its_country(number: str, lines: list[str]) -> None:
    world = RecordsWorld(NOW)
    world.tell([api.sms(record={"type": "family", "id": "1"}, recipient=number)])
    assert [line for line in lines if world.found(line) != ["family/1"]] == []


@pytest.mark.parametrize(
    "record_id", ["jane@fam.example", "4155550101", "(415)555-0101", "O'Brien", "a.b~c", "$&*", "-"]
)
def test_any_id_is_found_alone_and_behind_its_type(record_id: str) -> None:
    world = RecordsWorld(NOW)
    world.tell([api.email(record={"type": "family", "id": record_id}, recipient="other@fam.example")])
    assert world.found(record_id) == world.found(f"family/{record_id}") == [f"family/{record_id}"]
    assert world.found(f"staff/{record_id}") == []


def test_types_that_are_not_asked_for_or_not_readable_are_not_found() -> None:
    world = RecordsWorld(NOW)
    affected = [
        {"record": {"type": kind, "id": "5"}, "change": "created", "name": "Jane"}
        for kind in ("family", "student", "class")
    ]
    world.tell([api.audit(affected=affected)])

    def found(line: str, wanted: str | None, *readable: str) -> list[str]:
        query = RecordsQuery(q=line, type=wanted)
        return [each.type for each in world.finder.find("riverside", query, lambda kind: kind in readable).entries]

    for line in ("jane", "5"):
        assert found(line, None, "family", "class") == ["class", "family"]
        assert found(line, "Family", "family", "class") == ["family"]
        assert found(line, "student", "family", "class") == []


def test_where_many_have_the_longest_word_two_words_find_the_few() -> None:
    many = [f"Smith {chr(97 + number % 26)}{chr(97 + number // 26)}x" for number in range(400)]
    world = world_of(*many, "Zebulon Smith", "Ze Smithson")
    assert sorted(world.found("smith ze")) == sorted(
        f"family/{number} {name}"
        for number, name in enumerate([*many, "Zebulon Smith", "Ze Smithson"])
        if re.search(r"\bze", name, re.IGNORECASE)
    )
    page = world.finder.find("riverside", RecordsQuery(q="smith"), lambda _: True)
    assert len(page.entries) == 10
    assert page.more


def test_of_an_address_that_many_have_a_type_is_found_and_more_are_told() -> None:
    world = RecordsWorld(NOW)
    for kind, count in (("family", 120), ("staff", 5)):
        entries = [
            api.email(record={"type": kind, "id": f"{number:03}"}, recipient="office@x.example")
            for number in range(count)
        ]
        for start in range(0, count, 100):
            world.tell(entries[start : start + 100])

    def found(wanted: str | None, *readable: str) -> tuple[int, bool]:
        query = RecordsQuery(q="office@x.example", type=wanted)
        page = world.finder.find("riverside", query, lambda kind: kind in readable)
        return len(page.entries), page.more

    assert found("staff", "family", "staff") == (5, False)
    assert found(None, "family", "staff") == (10, True)
    # There may be others behind the hundred that were looked at.
    assert found(None, "staff") == (0, True)
    assert len(world.finder.with_recipient("riverside", "office@x.example", ["staff", "family"])) == 105


@pytest.mark.parametrize("name", ["x" * 256, "é" * 200, " ".join(["word"] * 40), "山" * 100])
def test_the_longest_names_are_found(name: str) -> None:
    assert world_of(name).found(names.words(name)[0]) == [f"family/0 {name}"]
