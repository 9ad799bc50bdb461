"""The rules of docs/search.md once more, said plainly: whether an entry is found by a line."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from daybook.search.line.matching import Texts

PIECE = re.compile(r'(-?)(?:(username|source|ip|record|action):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)
DATE = re.compile(r"(?<!\S)(\d+/\d+/\d+|\d{4}-\d\d-\d\d)(?: (\d+)(:\d\d)? ?([ap]m)| (\d\d:\d\d))?(?!\S)", re.IGNORECASE)


def finds(line: str, texts: Texts, moment: datetime, zone: ZoneInfo) -> bool:
    """A line with dates of days, hours or minutes; no date is within quotes."""
    local = moment.astimezone(zone)
    if not all(_is_within(local, date) for date in DATE.finditer(line)):
        return False
    pieces = PIECE.findall(DATE.sub(" ", line))
    return all(
        _occurs(phrase or word, field.lower(), bool(phrase), texts) != bool(minus)
        for minus, field, phrase, word in pieces
    )


def stands_in(typed: str, text: str, *, whole: bool, at_beginning: bool = False) -> bool:
    """Whether the words of what was typed are in the text, side by side; `whole` if the last one is a whole word."""
    return any(
        _stands_at(wanted, there, place, whole)
        for wanted in _spelt(typed)
        for there in _spelt(text)
        for place in range(1 if at_beginning else len(there))
    )


def searched(texts: Texts, field: str) -> Sequence[str]:
    everywhere = [*texts.words, *texts.names, texts.source]
    of_records = [*texts.names, *texts.records]
    return {
        "": everywhere, "record": of_records, "ip": [texts.ip, texts.ip.removeprefix("::ffff:")],
        "username": [texts.username], "source": [texts.source], "action": [texts.action],
    }[field]  # fmt: skip


def _occurs(typed: str, field: str, is_phrase: bool, texts: Texts) -> bool:
    # An address that ends in a dot or colon is whole up to there.
    ends = field == "ip" and typed.rstrip("*").endswith((".", ":"))
    return any(
        stands_in(typed, text, whole=is_phrase or ends, at_beginning=field == "ip") for text in searched(texts, field)
    )


def _is_within(local: datetime, date: re.Match[str]) -> bool:
    """Whether a clock on the wall shows this date, and its time as far as it was typed."""
    day, hour, minute, half, hour_and_minute = date.groups()
    months, days, years = ({f"{one}", f"{one:02}"} for one in (local.month, local.day, local.year % 100))
    slashed = {f"{month}/{number}/{year}" for month in months for number in days for year in {*years, f"{local:%Y}"}}
    if day not in {f"{local:%Y-%m-%d}", *slashed}:
        return False
    if hour_and_minute:
        return hour_and_minute == f"{local:%H:%M}"
    if not hour:
        return True
    is_hour = int(hour) == (local.hour % 12 or 12) and half.lower() == f"{local:%p}".lower()
    return is_hour and (not minute or minute == f":{local:%M}")


def _stands_at(typed: list[str], there: list[str], place: int, whole: bool) -> bool:
    part = there[place : place + len(typed)]
    if len(part) < len(typed) or part[:-1] != typed[:-1]:
        return False
    return part[-1] == typed[-1] if whole else part[-1].startswith(typed[-1])


@lru_cache(maxsize=4096)
def _spelt(text: str) -> tuple[list[str], list[str], list[str]]:
    """The words of a text, and those when it is split at humps, or at apostrophes, too."""
    unmarked = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _words(unmarked), _words("".join(_split_at_humps(unmarked))), _words(unmarked.replace("'", " "))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.replace("'", "").casefold())


def _split_at_humps(text: str) -> Iterator[str]:
    for place, char in enumerate(text):
        before, behind = text[:place][-1:], text[place + 1 : place + 2]
        if char.isupper() and (before.islower() or before.isdigit() or (before.isupper() and behind.islower())):
            yield " "
        yield char
