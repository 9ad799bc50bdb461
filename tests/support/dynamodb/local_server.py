"""DynamoDB Local, from the npm package that carries its jar: fetched once, started on a free port."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
FOLDER = Path(__file__).resolve().parents[3] / ".local" / "dynamodb-local"
START_SECONDS = 60
# Less compiling: what a run of the tests asks of it is over before the code that it compiles best has paid off.
QUICK_START = ("-XX:TieredStopAtLevel=1",)
HOW_TO_GET_IT = (
    "DynamoDB Local needs {missing}. Install Java and npm (on Debian: apt-get install default-jre-headless npm; "
    "on macOS: brew install openjdk node) and run the tests again: the rest comes by itself."
)


def missing_tools() -> str | None:
    """The sentence for whoever lacks something, else None."""
    needed = ["java"] if installed() else ["java", "npm"]
    missing = [tool for tool in needed if shutil.which(tool) is None]
    return HOW_TO_GET_IT.format(missing=" and ".join(missing)) if missing else None


def installed() -> bool:
    return (FOLDER / "package" / "emulator" / "DynamoDBLocal.jar").exists()


def install() -> Path:
    """Under a lock, since the workers of pytest-xdist all begin at once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed():
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
            (archive,) = FOLDER.glob("*.tgz")
            shutil.unpack_archive(archive, FOLDER)
            archive.unlink()
    return FOLDER / "package" / "emulator"


class SharedServer:
    """One server for all processes of a test run: whoever needs it first starts it, and who began the run stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def endpoint(self) -> str:
        state = self.folder / "server.json"
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not state.exists():
                process, endpoint = start(self.folder, QUICK_START)
                state.write_text(json.dumps({"pid": process.pid, "endpoint": endpoint}))
            return str(json.loads(state.read_text())["endpoint"])

    def stop(self) -> None:
        """Also when nobody has needed it."""
        with suppress(FileNotFoundError, ProcessLookupError):
            pid = json.loads((self.folder / "server.json").read_text())["pid"]
            os.kill(pid, signal.SIGTERM)
            _wait_until_it_is_gone(pid)
        shutil.rmtree(self.folder)


@contextmanager
def running(scratch: Path) -> Iterator[str]:
    """The endpoint of a server of one's own, for what takes so many items that it stays slow afterwards."""
    process, endpoint = start(scratch)
    with process:
        try:
            yield endpoint
        finally:
            process.terminate()


def start(scratch: Path, options: Sequence[str] = ()) -> tuple[subprocess.Popen[bytes], str]:
    """A server that holds everything in memory, and its endpoint."""
    emulator, port = install(), free_port()
    command = ["java", *options, "-Xms64m", "-Xmx1g", f"-Djava.io.tmpdir={scratch}"]
    command += [f"-Djava.library.path={emulator / 'DynamoDBLocal_lib'}", "-jar", str(emulator / "DynamoDBLocal.jar")]
    command += ["-inMemory", "-disableTelemetry", "-port", str(port)]
    log = scratch / "dynamodb-local.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=scratch)
    wait_until_it_listens(port, process, log)
    return process, f"http://127.0.0.1:{port}"


def wait_until_it_listens(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"DynamoDB Local does not start: {log.read_text(errors='replace')[-2000:]}")


def _wait_until_it_is_gone(pid: int) -> None:
    """Raises ProcessLookupError when it is, unless it was started by this process."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
        return
    while True:
        os.kill(pid, 0)
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
