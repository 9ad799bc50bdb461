"""In which dialect of CSV a file is written: as asked for, else the one in which its header makes the most sense."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

NO_QUOTES = "none"
_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
# Characters; sniffing takes time by their square.
_SNIFFED = 4096
_NO_DELIMITERS = {"\r", "\n", *_QUOTES}


@dataclass(frozen=True)
class Asked:
    """What the caller says of the files; None where it is to be seen from them. `quote` may be `NO_QUOTES`."""

    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quote: str
    skips_space: bool
    escape: str | None

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The rows in these lines; csv.Error where a quote stands wrong, instead of a guess of what was meant."""
        is_quoted = self.quote != NO_QUOTES
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote if is_quoted else None,
            quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
            escapechar=self.escape,
            skipinitialspace=self.skips_space,
            strict=True,
        )


def choose(sample: Sequence[str], asked: Asked, knows: Callable[[str], bool]) -> Dialect:
    """The dialect in which the most headings are known, of those that are usual and the one that `csv` sniffs."""
    delimiters, quotes = _seen(sample)
    possible = product(
        [asked.delimiter] if asked.delimiter else delimiters, [asked.quote] if asked.quote else quotes, (False, True)
    )
    return max((Dialect(*each, asked.escape) for each in possible), key=lambda each: _sense(each, sample, knows))


def _seen(sample: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Delimiters and quotes to try, the likeliest first."""
    # The sniffer knows lines by `\n` alone.
    text = "\n".join(line.rstrip("\r\n") for line in sample)[:_SNIFFED]
    try:
        sniffed = csv.Sniffer().sniff(text)
    except csv.Error:
        return _DELIMITERS, _QUOTES
    more = () if sniffed.delimiter in _NO_DELIMITERS else (sniffed.delimiter,)
    # Apostrophes are in every text: they are quotes only where there are no others.
    return (*_DELIMITERS, *more), _QUOTES[::-1] if sniffed.quotechar == "'" and '"' not in text else _QUOTES


def _sense(dialect: Dialect, sample: Sequence[str], knows: Callable[[str], bool]) -> tuple[int, int, int]:
    try:
        headings = next((row for row in dialect.rows(sample) if any(row)), [])
    except csv.Error:
        return 0, 0, -len(sample)
    known = sum(knows(heading.strip()) for heading in headings)
    return known, sum(knows(heading) for heading in headings), known - len(headings)
