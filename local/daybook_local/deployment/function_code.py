"""The code of functions and layers, zipped from the source folders and uploaded for CloudFormation."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daybook_local.deployment.template import TEMPLATE

CODE_BUCKET = "code"
# Third-party code comes from the interpreter that runs the functions, which is that of the emulator.
EMPTY_LAYERS = ("DependenciesLayer",)


def upload_code(template: dict[str, Any], s3: Any) -> None:
    """Upload the code of every function and layer; their `CodeUri` and `ContentUri` then name the uploaded zip."""
    s3.create_bucket(Bucket=CODE_BUCKET)
    for name, resource in template["Resources"].items():
        for location in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            folder = TEMPLATE.parent / resource["Properties"][location]
            content = zip_folder(name, folder, is_layer=location == "ContentUri")
            s3.put_object(Bucket=CODE_BUCKET, Key=f"{name}.zip", Body=content)
            resource["Properties"][location] = f"s3://{CODE_BUCKET}/{name}.zip"


def zip_folder(name: str, folder: Path, *, is_layer: bool) -> bytes:
    """The zip of one resource; `name` is its logical id in the template."""
    files = {} if name in EMPTY_LAYERS else _source_files(folder)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A zip must not be empty, and a layer's content stands below python/.
        archive.writestr("python/.keep" if is_layer else ".keep", b"")
        for path, content in files.items():
            archive.writestr(f"python/{path}" if is_layer else path, content)
    return buffer.getvalue()


def _source_files(folder: Path) -> Mapping[str, bytes]:
    """Contents by path; what a package holds besides code, as py.typed or a JSON file, belongs to it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
