"""The dialect of a CSV file: as the options say, else the one in which most of its header's cells are headings."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

NO_QUOTES = "none"
_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
# Characters; sniffing takes time by their square.
_MAX_SNIFFED = 4096
_NOT_DELIMITERS = {"\r", "\n", *_QUOTES}


@dataclass(frozen=True)
class DialectOptions:
    """What the user says of the files; None where it is to be detected. `quote` may be `NO_QUOTES`."""

    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None


@dataclass(frozen=True)
class Dialect:
    """As the csv module has it, with every value known. `skips_space`: blanks behind a delimiter do not count."""

    delimiter: str
    quote: str
    skips_space: bool
    escape: str | None

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The rows in these lines; csv.Error where a quote is out of place, instead of a guess of what was meant."""
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


def detect(sample: Sequence[str], options: DialectOptions, is_heading: Callable[[str], bool]) -> Dialect:
    """Of the usual dialects and the one that `csv.Sniffer` finds, that in which most cells of the header are headings.

    `sample` are the first lines of the file.
    """
    delimiters, quotes = _candidates(sample)
    dialects = product(
        [options.delimiter] if options.delimiter else delimiters,
        [options.quote] if options.quote else quotes,
        (False, True),
    )
    return max(
        (Dialect(*parameters, options.escape) for parameters in dialects),
        key=lambda dialect: _score(dialect, sample, is_heading),
    )


def _candidates(sample: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Delimiters and quotes to try, the likeliest first."""
    # The sniffer knows lines by `\n` alone.
    text = "\n".join(line.rstrip("\r\n") for line in sample)[:_MAX_SNIFFED]
    try:
        sniffed = csv.Sniffer().sniff(text)
    except csv.Error:
        return _DELIMITERS, _QUOTES
    more = () if sniffed.delimiter in _NOT_DELIMITERS else (sniffed.delimiter,)
    # Apostrophes are in every text: they are quotes only where there are no others.
    return (*_DELIMITERS, *more), _QUOTES[::-1] if sniffed.quotechar == "'" and '"' not in text else _QUOTES


def _score(dialect: Dialect, sample: Sequence[str], is_heading: Callable[[str], bool]) -> tuple[int, int, int]:
    """Headings, headings without blanks around them, and, below zero, other cells: larger is better."""
    try:
        header = next((row for row in dialect.rows(sample) if any(row)), [])
    except csv.Error:
        return 0, 0, -len(sample)
    headings = sum(is_heading(cell.strip()) for cell in header)
    return headings, sum(is_heading(cell) for cell in header), headings - len(header)
