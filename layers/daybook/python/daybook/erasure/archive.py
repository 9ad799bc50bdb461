"""Erasing a person from the archive: the lines that tell of them are written anew, and no version of before is left."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.aws.s3 import ArchiveObjects
from daybook.erasure import person, redaction
from daybook.erasure.person import Person, is_by, is_of, learnt_from_line
from daybook.erasure.requests import Work
from daybook.model import entries
from daybook.model.entries import Record
from daybook.retention import archive
from daybook.retention.archive import Line
from daybook.storage.keys import object_names

# Each is read whole.
OBJECTS = 20


class ArchiveErasure:
    """All of it raises StoreBusyError; what was done until then may be done again."""

    def __init__(self, *, objects: ArchiveObjects) -> None:
        self._objects = objects

    def learn(self, org: str, work: Work) -> tuple[Person, str | None]:
        """What the next objects tell of the person, and where to go on."""
        person, names = work.person, self._names(org, work)
        for name in names:
            for line in archive.unpacked(self._objects.get(name)):
                if is_of(line, person.records):
                    person |= learnt_from_line(line, person.record)
        return person, _next(names)

    def erase(self, org: str, work: Work) -> tuple[int, str | None]:
        """Erase the person from the next objects; how many lines are without them now, and where to go on."""
        names = self._names(org, work)
        return sum(self._erase_in(name, work.person, work.asked_at) for name in names), _next(names)

    def _names(self, org: str, work: Work) -> list[str]:
        return self._objects.names(object_names.archive_prefix(org), work.after, OBJECTS)

    def _erase_in(self, name: str, person: Person, when: str) -> int:
        lines = archive.unpacked(self._objects.get(name))
        left = [redaction.archived(line, person, when) for line in lines]
        erased = sum("erased_at" in after for before, after in zip(lines, left, strict=True) if _tells(before, person))
        if left != lines:
            self._objects.replace(name, archive.packed(left))
        elif erased:
            # Whoever wrote it may have died before its earlier versions were gone.
            self._objects.forget_versions(name)
        return erased


def _tells(line: archive.Line, person: Person) -> bool:
    return is_of(line, person.records) or is_by(line, person.usernames)


def _next(names: list[str]) -> str | None:
    return names[-1] if len(names) == OBJECTS else None


def without(line: Line, erased: Mapping[Record, str]) -> Line:
    """A line as it is to be kept where the people of these records were erased at these instants."""
    for record, when in erased.items():
        if not person.is_of(line, frozenset({record})):
            continue
        known = person.learnt_from_line(line, record).told_from(frozenset())
        if line.get("affected_apart"):
            # Which of the names is the person's is told in another line, perhaps of another batch.
            names = {one["name"] for one in line["affected"] if "name" in one}
            known |= Person(record, names=frozenset({*line["names"], *names} - {entries.PLACEHOLDER}))
        line = redaction.archived(line, known, when)
    return line
