"""What the caller may choose, and the environment that everything local runs in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from daybook_local.deployment.template import REPOSITORY
from daybook_local.stack.ports import HIGHEST

REGION = "us-east-1"
AUDIENCE = "daybook-local"
ORGS = ("riverside", "hilltop")
DEFAULT_PORT = 4580


class SettingError(Exception):
    """A setting that cannot be used; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Settings:
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
        """For unpacked functions and the like: emptied at every start and stop."""
        return self.state / "tmp"


def settings_from(environ: Mapping[str, str]) -> Settings:
    return Settings(
        port=port_from(environ.get("PORT") or str(DEFAULT_PORT)),
        keep=environ.get("KEEP", "") not in ("", "0"),
        folder=Path(environ.get("DAYBOOK_LOCAL_FOLDER") or REPOSITORY / ".local").resolve(),
    )


def port_from(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST:
        raise SettingError(f"PORT must be a number from 1 to {HIGHEST}, not {text!r}.")
    return int(text)


# Whatever else stands in the caller's shell could reach the emulator and the functions: another AWS_ENDPOINT_URL, a
# profile with real credentials, a proxy, a PYTHONPATH.
_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "NO_COLOR", "COLUMNS", "VIRTUAL_ENV")


def environment(environ: Mapping[str, str], *, scratch: Path, aws_port: int) -> dict[str, str]:
    passed_on = {name: environ[name] for name in _PASSED_ON if name in environ}
    return passed_on | {
        "TMPDIR": str(scratch),
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "BIND_HOST": "127.0.0.1",
        # In the addresses of queues.
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(aws_port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Both are off; without these ministack would still make its folders in /tmp.
        "STATE_DIR": str(scratch / "ministack"),
        "S3_DATA_DIR": str(scratch / "s3"),
        "MINISTACK_REGION": REGION,
    }
