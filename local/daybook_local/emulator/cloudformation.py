"""CloudFormation of ministack: what SAM makes of the template takes seconds, so it is kept for the next start."""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daybook_local.private_files import write_json

# How ministack applies the transforms of a template: from the template and the parameters that were given.
Apply = Callable[..., Any]


def with_saved_transform(apply: Apply, file: Path) -> Apply:
    """Take the result from the file where it is that of the same template, parameters and SAM translator."""

    def applied(template: dict[str, Any], parameters: Any = None) -> Any:
        asked = json.dumps([template, parameters, importlib.metadata.version("aws-sam-translator")])
        digest = hashlib.sha256(asked.encode()).hexdigest()
        saved = json.loads(file.read_text()) if file.exists() else {}
        if saved.get("digest") == digest:
            return saved["template"]
        found = apply(template, parameters)
        # What could not be transformed is no plain dictionary: it says why.
        if type(found) is dict:
            write_json(file, {"digest": digest, "template": found})
        return found

    return applied
