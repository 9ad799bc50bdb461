"""The OpenAPI document, a file beside this module that `make openapi` writes.

Of the standard library alone: the build reads the document as the function will, with whatever Python runs it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

# In the repository this is a link to docs/openapi.json; what is built and deployed holds a copy.
PATH = Path(__file__).with_name("openapi.json")


class DocumentError(Exception):
    """The file is missing, or holds something else."""


@cache
def document() -> bytes:
    """The document as it is served: JSON in UTF-8, without the newline that ends the file. DocumentError."""
    return read(PATH)


def read(path: Path) -> bytes:
    """The document in that file. DocumentError."""
    try:
        content = path.read_bytes()
        value = json.loads(content)
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path} cannot be read as the OpenAPI document: {error}. Run: make openapi") from error
    if not (isinstance(value, dict) and value.get("openapi") and value.get("paths")):
        raise DocumentError(f"{path} is JSON, but not an OpenAPI document with paths. Run: make openapi")
    return content.rstrip(b"\n")
