"""pynamodb's connection to DynamoDB: one for a function, with botocore's standard retries and short timeouts."""

from __future__ import annotations

from typing import Any

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session
from msgspec import Raw
from pynamodb.connection.base import Connection as PynamodbConnection

from daybook.aws import lean_parser
from daybook.aws.clients import CONNECT_SECONDS, CONNECTIONS, READ_SECONDS, RETRIES, USER_AGENT
from daybook.aws.faults import reject_foreign_response

_raw_decoder = msgspec.json.Decoder(Raw)


class InvalidTextError(BotoCoreError):
    """A text holds half of a surrogate pair, for which UTF-8 has no bytes."""

    fmt = "a text holds half of a character"


def reject_surrogates(*, params: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-call`: InvalidTextError for a request with half of a surrogate pair.

    DynamoDB Local stores it. Its answers with that item cannot be parsed, and whoever reads it takes it for busy.
    """
    if b"\\ud" in params["body"]:
        try:
            _raw_decoder.decode(params["body"])
        except msgspec.DecodeError:
            raise InvalidTextError from None


class Connection(PynamodbConnection):
    """Safe for any number of threads. A call is repeated when its response is lost: operations must be idempotent.

    Without an `endpoint` it is botocore's, from the region, AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL.
    """

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        super().__init__(
            region=region,
            host=endpoint,
            connect_timeout_seconds=connect_seconds,
            read_timeout_seconds=read_seconds,
            retry_configuration=RETRIES,
            max_pool_connections=CONNECTIONS,
        )
        # Made here, by one thread: pynamodb makes it at the first call, and without a lock.
        _ = self.client

    @property
    def session(self) -> Any:
        """A botocore session of this thread, whose clients parse leanly."""
        if getattr(self._local, "session", None) is None:
            session = Session()
            lean_parser.register(session)
            session.register("before-call.dynamodb", reject_surrogates)  # type: ignore[arg-type]
            session.register("after-call.dynamodb", reject_foreign_response)  # type: ignore[arg-type]
            session.set_default_client_config(Config(user_agent=USER_AGENT))
            self._local.session = session
        return super().session
