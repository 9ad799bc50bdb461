"""Erasing a person from the archive: objects with their lines are replaced, and earlier versions deleted."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.aws.s3 import ArchiveObjects
from daybook.erasure import redaction
from daybook.erasure.person import Person, is_line_by, is_line_of, person_in_line
from daybook.erasure.work_list import Work, reading
from daybook.model import entries
from daybook.model.entries import Record
from daybook.retention import archive
from daybook.retention.archive import Line
from daybook.storage.keys import object_names

# Objects of one page of work; each is read into memory.
OBJECTS = 20


class ArchiveErasure:
    """Idempotent steps. Every method raises StoreBusyError; then the same call may be made again."""

    def __init__(self, *, objects: ArchiveObjects) -> None:
        self._objects = objects

    def find_person(self, org: str, work: Work) -> tuple[Person, str | None]:
        """What the next objects say about the person, and the name to continue after; None at the end."""
        person, names = work.person, self._names(org, work)
        for name in names:
            for line in self._lines(name):
                if is_line_of(line, person.records):
                    person |= person_in_line(line, person.record)
        return person, _next(names)

    def erase(self, org: str, work: Work) -> tuple[int, str | None]:
        """Erase the person from the next objects.

        Returns how many of their lines are erased now, and the name to continue after; None at the end.
        """
        names = self._names(org, work)
        return sum(self._erase_in(name, work.person, work.asked_at) for name in names), _next(names)

    def _names(self, org: str, work: Work) -> list[str]:
        return self._objects.names(object_names.archive_prefix(org), work.after, OBJECTS)

    def _lines(self, name: str) -> list[archive.Line]:
        with reading(f"object {name} of the archive"):
            return archive.unpacked(self._objects.get(name))

    def _erase_in(self, name: str, person: Person, when: str) -> int:
        lines = self._lines(name)
        redacted = [redaction.redact_line(line, person, when) for line in lines]
        erased = sum(
            "erased_at" in after for before, after in zip(lines, redacted, strict=True) if _mentions(before, person)
        )
        if redacted != lines:
            self._objects.replace(name, archive.packed(redacted))
        elif erased:
            # A writer that replaced it may have crashed before it deleted the earlier versions.
            self._objects.forget_versions(name)
        return erased


def _mentions(line: archive.Line, person: Person) -> bool:
    return is_line_of(line, person.records) or is_line_by(line, person.usernames)


def _next(names: list[str]) -> str | None:
    return names[-1] if len(names) == OBJECTS else None


def redact_erased(line: Line, erased: Mapping[Record, str]) -> Line:
    """A new line of the archive, redacted where the people of these records were erased at these instants."""
    for record, when in erased.items():
        if not is_line_of(line, frozenset({record})):
            continue
        person = person_in_line(line, record).resolve_seen(frozenset())
        if line.get("affected_apart"):
            # Another line, perhaps of another batch, says which of the names is the person's: redact them all.
            names = {change["name"] for change in line["affected"] if "name" in change}
            person |= Person(record, names=frozenset({*line["names"], *names} - {entries.PLACEHOLDER}))
        line = redaction.redact_line(line, person, when)
    return line
