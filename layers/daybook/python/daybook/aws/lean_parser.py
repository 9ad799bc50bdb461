"""A parser of DynamoDB's responses that leaves them as the JSON that they are, binary values as base64 text.

botocore's own walks through the shapes of a response, which is half of what a page costs (`docs/decisions.md`;
boto/botocore#3238, boto/boto3#2928). Without a call of `register` everything works as before, only slower.
"""

from __future__ import annotations

from typing import Any

import msgspec
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session

from daybook.aws.faults import UnreadableResponseError

_DECODER = msgspec.json.Decoder(dict[str, Any])


class LeanParser(JSONParser):
    """Successful responses as plain JSON; errors are parsed by botocore."""

    def _do_parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:  # noqa: ARG002 - botocore's signature
        try:
            parsed = _DECODER.decode(response["body"])
        except msgspec.DecodeError as error:
            raise UnreadableResponseError(error="it is no JSON object") from error
        self._inject_response_metadata(parsed, response["headers"])  # type: ignore[attr-defined]
        return parsed


class LeanParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return LeanParser() if protocol_name == "json" else super().create_parser(protocol_name)


def register(session: Session) -> None:
    """Let the clients that this session makes from now on parse leanly. For a session of DynamoDB clients only."""
    session.register_component("response_parser_factory", LeanParserFactory())
