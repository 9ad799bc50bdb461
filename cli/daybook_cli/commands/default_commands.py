"""Groups of commands of which one need not be named: `daybook holds` is `daybook holds list`."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

_HELP = {"--help"}


class _DefaultCommandGroup(TyperGroup):
    """The first of its commands is the one that is meant where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *_HELP}:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def group_with_default(text: str) -> typer.Typer:
    """An app for commands; the first that is added need not be named. `text` is its help."""
    return typer.Typer(cls=_DefaultCommandGroup, help=text, rich_markup_mode=None)
