"""Groups of commands of which one need not be named: `daybook holds` is `daybook holds list`."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


class _DefaultCommandGroup(TyperGroup):
    """The first of its commands is the one that is meant where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not self._names_a_command(args):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)

    def _names_a_command(self, args: list[str]) -> bool:
        """Whether the first word is a command, or a misspelt one: no argument, since the default takes none."""
        if not args or args[0].startswith("-"):
            return args[:1] == ["--help"]
        default = next(iter(self.commands.values()))
        takes_arguments = any(parameter.param_type_name == "argument" for parameter in default.params)
        return args[0] in self.commands or not takes_arguments


def group_with_default(text: str) -> typer.Typer:
    """An app for commands; the first that is added need not be named. `text` is its help."""
    return typer.Typer(cls=_DefaultCommandGroup, help=text, rich_markup_mode=None)
