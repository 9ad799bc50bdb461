"""The committed data files: counts that tests assert, assumptions, prices of AWS, and those of hosted products."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Price:
    """`dollars` for `per` of a unit. `seen` is a date; what is not `confirmed` stands in no source at hand."""

    dollars: float
    per: int
    unit: str
    source: str
    address: str
    seen: str
    confirmed: bool

    def of(self, quantity: float) -> float:
        """What so many cost, in dollars."""
        return self.dollars * quantity / self.per


@cache
def counts() -> dict[str, Any]:
    """counts.toml, by section."""
    return _read("counts")


@cache
def assumptions() -> dict[str, Any]:
    """assumptions.toml, by section."""
    return _read("assumptions")


@cache
def prices() -> dict[str, Price]:
    """The prices of AWS by name."""
    return {name: Price(**fields) for name, fields in _read("prices").items()}


@cache
def hosted() -> dict[str, dict[str, Any]]:
    """The prices of hosted products by name."""
    return _read("hosted")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
