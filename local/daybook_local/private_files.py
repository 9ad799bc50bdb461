"""Files that only the user may read, and that others see whole or not at all."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: dict[str, Any], *, indent: int | None = None) -> None:
    """Write the file, or replace it."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=indent) + "\n")
    partial.replace(path)
