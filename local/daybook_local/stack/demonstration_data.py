"""Whether demonstration data that were saved are those that would be posted now."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from daybook_local.deployment.template import REPOSITORY
from daybook_local.stack import snapshot

# What the data, and the form in which they are stored, are made by.
SOURCES = ("cli", "functions", "infra", "layers", "local")
SUFFIXES = {".json", ".py", ".txt", ".yaml"}


def digest(day: date) -> str:
    """A hash of the day, in UTC, and of all code: the data of another day or another code have another one."""
    found = hashlib.sha256(day.isoformat().encode())
    for folder in SOURCES:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found.update(f"{path.relative_to(REPOSITORY)}\n".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def read(path: Path, wanted: str) -> dict[str, Any] | None:
    """The data that were saved with this digest; None for others and for a damaged file: they are posted anew."""
    try:
        saved = snapshot.read(path)
    except snapshot.SnapshotError:
        return None
    return saved if saved and saved["digest"] == wanted else None
