"""What `make run` lets the user choose, and the environment of the process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from daybook_local.deployment.template import REPOSITORY
from daybook_local.stack.ports import HOST, MAX_PORT

REGION = "us-east-1"
DEFAULT_PORT = 4580


class SettingError(Exception):
    """A setting that cannot be used; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`port` is that of the API; `keep` starts with the data of the last run."""

    port: int
    keep: bool
    folder: Path

    @property
    def stack_file(self) -> Path:
        return self.folder / "stack.json"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def scratch(self) -> Path:
        """For unpacked functions and other temporary files: emptied at every start and stop."""
        return self.state / "tmp"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """From PORT, KEEP and DAYBOOK_LOCAL_FOLDER; SettingError."""
    return Settings(
        port=parse_port(environ.get("PORT") or str(DEFAULT_PORT)),
        keep=environ.get("KEEP", "") not in ("", "0"),
        folder=Path(environ.get("DAYBOOK_LOCAL_FOLDER") or REPOSITORY / ".local").resolve(),
    )


def parse_port(text: str) -> int:
    """A port from 1 to 65535; SettingError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PORT:
        raise SettingError(f"PORT must be a number from 1 to {MAX_PORT}, not {text!r}.")
    return int(text)


# Nothing else of the user's shell may reach the emulator and the functions: not an AWS_ENDPOINT_URL, a profile with
# real credentials, a proxy or a PYTHONPATH.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "NO_COLOR", "COLUMNS", "VIRTUAL_ENV")


def environment(environ: Mapping[str, str], *, scratch: Path, aws_port: int) -> dict[str, str]:
    """The environment of the emulator and of the functions that it starts."""
    inherited = {name: environ[name] for name in _INHERITED if name in environ}
    return inherited | {
        "TMPDIR": str(scratch),
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "BIND_HOST": HOST,
        # In the URLs of queues.
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(aws_port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Both are off; without these ministack would still make its folders in /tmp.
        "STATE_DIR": str(scratch / "ministack"),
        "S3_DATA_DIR": str(scratch / "s3"),
        "MINISTACK_REGION": REGION,
    }
