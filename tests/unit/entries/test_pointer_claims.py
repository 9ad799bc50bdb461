"""Posts with a key, with a message, or with both: in every order of their steps each key and message stays with one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import combinations_with_replacement, permutations, product
from typing import Any

import msgspec
import pytest
from daybook.blacklist.address_store import AddressStore
from daybook.core.errors import StoreBusyError
from daybook.entries import message_limit
from daybook.entries.ingest import Ingest
from daybook.feedback.reconcile import Reconciler
from daybook.model.retention_policy import Policy, parse_period
from daybook.storage.content_store import ContentStore
from daybook.storage.models.messages import PendingEventsItem
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashes import hashed
from tests.support.memory import interleaving
from tests.support.memory.table import MemoryTable
from tests.support.properties import examples

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
GRACE = parse_period("P7D")
assert GRACE


class Post(msgspec.Struct, frozen=True):
    """What is posted of one e-mail: names of a `key` and of a message; None for none."""

    key: str | None = None
    message: str | None = None


K, M, BOTH = Post("k"), Post(message="m"), Post("k", "m")
OTHER_KEY, OTHER_MESSAGE = Post("l", "m"), Post("k", "n")
PAIRS = list(product((K, M, BOTH, OTHER_KEY, OTHER_MESSAGE), repeat=2))
# What an id is without.
SIGNS = str.maketrans("", "", "-:.TZ/")
FEW_PAIRS = list(product((K, M, BOTH), repeat=2))


def ingest(table: Any, clock: Callable[[], datetime] = lambda: NOW) -> Ingest:
    address_store = AddressStore(table=table, keyed_hash=hashed, soft_bounce_limit=0)
    return Ingest(
        table=table,
        bodies=ContentStore(objects=None),  # type: ignore[arg-type]
        blacklist=address_store,
        reconciler=Reconciler(table=table, listener=address_store, keyed_hash=hashed, clock=clock),
        keyed_hash=hashed,
        policy=Policy({"email": parse_period("P2Y"), "content": GRACE}, GRACE),
        clock=clock,
    )


def payload(post: Post, **more: Any) -> bytes:
    fields = {
        "log": "email", "record": {"type": "family", "id": "1"}, "recipient": "smith@mail.example", "subject": "Hello",
        "status": "sent", "occurred_at": "2026-11-22T12:00:00Z",
    }  # fmt: skip
    named = {"key": post.key, "message_id": post.message}
    return msgspec.json.encode(fields | {name: value for name, value in named.items() if value is not None} | more)


def answers_of(table: Any, *posts: Post) -> list[tuple[str, str]]:
    """The status and id of each post of one request."""
    results = ingest(table).post("riverside", [payload(post) for post in posts])
    assert {result.status for result in results} <= {"created", "duplicate"}
    return [(result.status, str(result.id)) for result in results]


def at_once(
    table: MemoryTable, posts: Sequence[Post], choose: Callable[[int], int], dies_at: dict[int, int] | None = None
) -> list[Any]:
    """The answers of these posts, each by itself; None for one that died."""
    writers = [lambda own, post=post: answers_of(own, post)[0] for post in posts]
    return interleaving.run(table, writers, choose, dies_at, PendingEventsItem)


def in_turn(posts: Sequence[Post]) -> list[int]:
    """Which entry each of these posts is, were they to come one after another: the numbers of entries."""
    entries: dict[tuple[str, str], int] = {}
    created, found = 0, []
    for post in posts:
        names = [(kind, name) for kind, name in (("key", post.key), ("message", post.message)) if name is not None]
        # The key decides.
        entry = next((entries[name] for name in names if name in entries), created)
        created += entry == created
        for name in names:
            entries.setdefault(name, entry)
        found.append(entry)
    return found


def alike(ids: Sequence[Any]) -> list[int]:
    """Which of them are the same: for each the place of the first like it."""
    return [list(ids).index(each) for each in ids]


def assert_as_in_some_order(
    table: MemoryTable, posts: Sequence[Post], results: Sequence[Any], first: int | None = None
) -> None:
    """The posts that were answered, and posts that come later, are answered as if each had come in its turn.

    A post that died may have come or not. Nothing is stored that no post is answered with. `first` is the place of
    one that came before the others.
    """
    later = [K, M, BOTH, OTHER_KEY, OTHER_MESSAGE]
    answers = [answers_of(table, post)[0] for post in later]
    answered = [place for place, result in enumerate(results) if result is not None]
    told = [results[place] for place in answered] + answers
    died = [place for place, result in enumerate(results) if result is None]
    possible = []
    for came in [[place for place, does in zip(died, chosen, strict=True) if does]
                 for chosen in product((False, True), repeat=len(died))]:  # fmt: skip
        for order in permutations([*answered, *came]):
            if first not in (None, order[0]):
                continue
            found = in_turn([*(posts[place] for place in order), *later])
            by_place = dict(zip(order, found[: len(order)], strict=True))
            possible.append(alike([*(by_place[place] for place in answered), *found[len(order) :]]))
    assert alike([entry_id for _, entry_id in told]) in possible, (posts, told)
    stored = {key for key in table.stored if key[1].startswith("email/")}
    ids = {entry_id for _, entry_id in told}
    assert len(stored) == len(ids), (posts, told, stored)
    if not died:
        assert sorted(entry_id for status, entry_id in told if status == "created") == sorted(ids)
    # An answer stays.
    assert [entry_id for _, entry_id in answers] == [answers_of(table, post)[0][1] for post in later]


@pytest.mark.parametrize("first", [K, M, BOTH])
@pytest.mark.parametrize("second", [K, M, BOTH])
@pytest.mark.parametrize("third", [K, M, BOTH])
@pytest.mark.parametrize("is_one_request", [False, True])
def test_posts_of_one_key_and_message_that_follow_each_other(
    first: Post, second: Post, third: Post, is_one_request: bool
) -> None:
    table, posts = MemoryTable(), [first, second, third, K, M, BOTH]
    told = answers_of(table, *posts) if is_one_request else [answers_of(table, post)[0] for post in posts]
    assert alike([entry_id for _, entry_id in told]) == alike(in_turn(posts))


def test_a_key_that_was_answered_with_a_messages_entry_leads_to_it_alone_too() -> None:
    table = MemoryTable()
    ((_, first),) = answers_of(table, M)
    assert answers_of(table, BOTH) == [("duplicate", first)]
    assert answers_of(table, K) == [("duplicate", first)]


def test_a_key_and_a_message_that_lead_to_one_entry_complete_it_once() -> None:
    table = MemoryTable()
    answers_of(table, BOTH)
    for key, item in table.stored.items():
        if key[1].startswith("email/"):
            table.stored[key] = item | {"sent_only": {"BOOL": True}}
    assert [status for status, _ in answers_of(table, K, M)] == ["duplicate", "duplicate"]
    assert not any("sent_only" in item for item in table.stored.values())


def test_where_key_and_message_lead_to_two_entries_the_key_decides() -> None:
    table = MemoryTable()
    ((_, of_message),), ((_, of_key),) = answers_of(table, M), answers_of(table, K)
    assert answers_of(table, BOTH) == [("duplicate", of_key)]
    assert answers_of(table, K, M) == [("duplicate", of_key), ("duplicate", of_message)]


def two_at_once(first: Post, second: Post) -> None:
    def attempt(choose: Callable[[int], int]) -> None:
        table = MemoryTable()
        assert_as_in_some_order(table, [first, second], at_once(table, [first, second], choose))

    assert interleaving.every_order(attempt) > 5


# Either of the two is first in some of the orders.
@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), combinations_with_replacement((K, M, BOTH), 2))
def test_two_at_once_in_every_order_of_their_steps(first: Post, second: Post) -> None:
    two_at_once(first, second)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(("first", "second"), [pair for pair in PAIRS if pair not in FEW_PAIRS])
def test_two_of_other_keys_or_messages_in_every_order_of_their_steps(first: Post, second: Post) -> None:
    two_at_once(first, second)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(("first", "second"), FEW_PAIRS)
@pytest.mark.parametrize("stored", [K, M])
def test_two_at_once_in_every_order_after_another(first: Post, second: Post, stored: Post) -> None:
    def attempt(choose: Callable[[int], int]) -> None:
        table = MemoryTable()
        before = answers_of(table, stored)
        assert_as_in_some_order(
            table, [first, second, stored], at_once(table, [first, second], choose) + before, first=2
        )

    assert interleaving.every_order(attempt) > 5


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(("first", "second"), FEW_PAIRS)
def test_one_that_dies_anywhere_while_another_is_on_its_way(first: Post, second: Post) -> None:
    for step in range(5):

        def attempt(choose: Callable[[int], int], step: int = step) -> None:
            table = MemoryTable()
            answers = at_once(table, [first, second], choose, {0: step})
            assert_as_in_some_order(table, [first, second], answers)

        interleaving.every_order(attempt)


def three_at_once(posts: list[Post], choices: list[int], dies_at: dict[int, int]) -> None:
    table, left = MemoryTable(), iter(choices)
    answers = at_once(table, posts, lambda size: next(left, 0) % size, dies_at)
    assert_as_in_some_order(table, posts, answers)


THREE = (
    st.lists(st.sampled_from([K, M, BOTH, OTHER_KEY, OTHER_MESSAGE]), min_size=3, max_size=3),
    st.lists(st.integers(0, 5), min_size=12, max_size=30),
    st.dictionaries(st.integers(0, 2), st.integers(0, 8), max_size=2),
)


@examples(200)
@given(*THREE)
def test_three_at_once(posts: list[Post], choices: list[int], dies_at: dict[int, int]) -> None:
    three_at_once(posts, choices, dies_at)


def answer_of(table: Any, post: Post) -> tuple[str, str] | None:
    """The status and id; None where it is to be posted again, and of one that is rejected."""
    try:
        (result,) = ingest(table).post("riverside", [payload(post)])
    except StoreBusyError:
        return None
    return None if result.status == "rejected" else (result.status, str(result.id))


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [(BOTH, K), pytest.param(OTHER_KEY, M, marks=pytest.mark.exhaustive)])
def test_two_at_once_of_a_message_at_its_limit_in_every_order(
    first: Post, second: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged is stored, and a key leads to one entry from then on."""
    monkeypatch.setattr(message_limit, "MAX_ENTRIES_OF_MESSAGE", 1)
    # Busy stores are tried again at once.
    monkeypatch.setattr("time.sleep", lambda _: None)

    def attempt(choose: Callable[[int], int]) -> None:
        table = MemoryTable()
        ingest(table).post("riverside", [payload(Post("x", "m"), recipient="jones@mail.example")])
        writers = [lambda own, post=post: answer_of(own, post) for post in (first, second)]
        results: list[Any] = interleaving.run(table, writers, choose, None, PendingEventsItem)
        stored = {sk.split("/", 1)[1].translate(SIGNS) for _, sk in table.stored if sk.startswith("email/")}
        assert {result[1] for result in results if result is not None} <= stored, (results, stored)
        later = [answer_of(table, Post(first.key)), answer_of(table, Post(first.key))]
        of_key = [result for result, post in zip(results, (first, second), strict=True) if post.key == first.key]
        told = {result[1] for result in [*of_key, *later] if result is not None}
        assert len(told) == 1, (results, later)

    assert interleaving.every_order(attempt) > 5
