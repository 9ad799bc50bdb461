"""ministack in a thread of this process, on loopback, and API Gateway's address in front of it."""

import asyncio
import importlib.metadata
import logging
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from daybook_local.stack.ports import HOST

VERSION = "1.5.33"
START_SECONDS = 60
STOP_SECONDS = 10

Scope = MutableMapping[str, Any]


class EmulatorError(Exception):
    """The emulator does not start; the message says why."""


def check_version() -> None:
    version = importlib.metadata.version("ministack")
    if version != VERSION:
        raise EmulatorError(f"The local stack needs ministack {VERSION}, and {version} is installed. Run `make setup`.")


class Emulator:
    """Make it only once the process has the environment of `settings.environment`: ministack reads it at import."""

    def __init__(self, *, aws_port: int, api_port: int) -> None:
        check_version()
        from daybook_local.emulator import patches  # noqa: PLC0415

        self._patches = patches
        self.aws = f"http://{HOST}:{aws_port}"
        self.api = f"http://{HOST}:{api_port}"
        self._ports = (aws_port, api_port)
        self._api_id: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    def start(self) -> None:
        self._patches.apply()
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._failure:
            raise EmulatorError(f"The emulator did not start: {self._failure or 'no answer'}") from self._failure

    def serve_api(self, api_id: str) -> None:
        self._api_id = api_id

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def items_of(self, table_name: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._between_requests(lambda: self._patches.items_of(table_name))
        return items

    def put_back(self, table_name: str, items: list[dict[str, Any]]) -> None:
        self._between_requests(lambda: self._patches.put_back(table_name, items))

    def _between_requests(self, function: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return function()

        if self._loop is None:
            raise EmulatorError("The emulator is not running.")
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def stop(self) -> None:
        if self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_SECONDS)
        self._patches.stop_workers()

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
        sweeper = asyncio.create_task(self._patches.sweep_for_ever())
        await serve(self._front(app), self._config(), shutdown_trigger=self._stopping.wait)
        sweeper.cancel()

    def _config(self) -> Config:
        config = Config()
        config.bind = [f"{HOST}:{port}" for port in self._ports]
        config.errorlog = logging.getLogger("hypercorn.error")
        config.graceful_timeout = 2
        config.keep_alive_timeout = 75
        return config

    def _front(self, app: Callable[..., Awaitable[None]]) -> ASGIFramework:
        """The API has a port of its own: on ministack's, its paths would collide with those of other services."""
        _, api_port = self._ports

        async def front(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                send = self._announcing(send)
            elif scope["server"][1] == api_port:
                scope = under(scope, f"/_aws/execute-api/{self._api_id}/$default")
            await app(scope, receive, send)

        return front

    def _announcing(self, send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def announce(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._ready.set()

        return announce


def under(scope: Scope, prefix: str) -> Scope:
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + scope["raw_path"]}
