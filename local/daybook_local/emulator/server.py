"""ministack in a thread of this process, on loopback, with a second port for the API."""

import asyncio
import importlib.metadata
import logging
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

VERSION = "1.5.33"
START_SECONDS = 60
STOP_SECONDS = 10

Scope = MutableMapping[str, Any]


class EmulatorError(Exception):
    """The emulator does not start or has stopped; the message says why."""


def check_version() -> None:
    """EmulatorError where another version of ministack is installed than the patches are made for."""
    version = importlib.metadata.version("ministack")
    if version != VERSION:
        raise EmulatorError(f"The local stack needs ministack {VERSION}, and {version} is installed. Run `make setup`.")


class Emulator:
    """To be made once the process has the environment of `settings.environment`: ministack reads it at import."""

    def __init__(self, host: str, *, aws_port: int, api_port: int, transformed_template: Path) -> None:
        check_version()
        from daybook_local.emulator import dynamodb, lambda_functions, patches  # noqa: PLC0415

        self._dynamodb, self._lambda, self._patches = dynamodb, lambda_functions, patches
        self._transformed_template = transformed_template
        self.aws = f"http://{host}:{aws_port}"
        self.api = f"http://{host}:{api_port}"
        self._binds = [f"{host}:{aws_port}", f"{host}:{api_port}"]
        self._api_port = api_port
        self._api_id: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    def start(self) -> None:
        """Patch and start ministack; EmulatorError where it does not answer in time."""
        self._patches.apply(self._transformed_template)
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._failure:
            raise EmulatorError(f"The emulator did not start: {self._failure or 'no answer'}") from self._failure

    def serve_api(self, api_id: str) -> None:
        """Serve this API of API Gateway on the port of its own."""
        self._api_id = api_id

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def table_items(self, table_name: str) -> list[dict[str, Any]]:
        """All items of a table, in the form of DynamoDB."""
        items: list[dict[str, Any]] = self._on_event_loop(lambda: self._dynamodb.table_items(table_name))
        return items

    def restore_items(self, table_name: str, items: list[dict[str, Any]]) -> None:
        """Put items without a record in the stream."""
        self._on_event_loop(lambda: self._dynamodb.restore_items(table_name, items))

    def stream_is_read(self, table_name: str) -> bool:
        """Whether the functions on a table's stream have succeeded with all of its records."""
        is_read: bool = self._on_event_loop(lambda: self._dynamodb.stream_is_read(table_name))
        return is_read

    def _on_event_loop(self, function: Callable[[], Any]) -> Any:
        """Run a function between two requests of the emulator."""

        async def run() -> Any:
            return function()

        if self._loop is None:
            raise EmulatorError("The emulator is not running.")
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def stop(self) -> None:
        """Stop ministack and the processes of the functions; it may have stopped or never started."""
        if self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_SECONDS)
        self._lambda.stop_workers()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            self._failure = failure
            self._ready.set()
            raise

    async def _serve(self) -> None:
        from ministack.app import app  # noqa: PLC0415

        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        expiry = asyncio.create_task(self._dynamodb.delete_expired_forever())
        await serve(self._router(app), self._config(), shutdown_trigger=self._stopping.wait)
        expiry.cancel()

    def _config(self) -> Config:
        config = Config()
        config.bind = self._binds
        config.errorlog = logging.getLogger("hypercorn.error")
        config.graceful_timeout = 2
        config.keep_alive_timeout = 75
        return config

    def _router(self, app: Callable[..., Awaitable[None]]) -> ASGIFramework:
        """The API has a port of its own: on ministack's, its paths would collide with those of other services."""

        async def route(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                send = self._with_ready_event(send)
            elif scope["server"][1] == self._api_port:
                scope = _with_path_prefix(scope, f"/_aws/execute-api/{self._api_id}/$default")
            await app(scope, receive, send)

        return route

    def _with_ready_event(self, send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def send_and_set(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._ready.set()

        return send_and_set


def _with_path_prefix(scope: Scope, prefix: str) -> Scope:
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + scope["raw_path"]}
