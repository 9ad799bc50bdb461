"""The one family of errors that a caller sees; their HTTP statuses stand in `api.gateway`."""

from __future__ import annotations

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One field and what is wrong with it; `field` is a path such as `record.type`."""

    field: str
    message: str


class DaybookError(Exception):
    """Base of the family. `code` is stable; `detail` is for people and never holds a key, a body or a token."""

    code: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedError(DaybookError):
    """The request is not readable at all."""

    code = "malformed"


class InvalidCursorError(DaybookError):
    """A cursor that this list, with these parameters, never gave out."""

    code = "invalid_cursor"


class InvalidRequestError(DaybookError):
    """Readable, and wrong: `errors` says where."""

    code = "invalid_request"

    def __init__(self, detail: str, errors: list[FieldError]) -> None:
        super().__init__(detail)
        self.errors = errors


class UnauthenticatedError(DaybookError):
    """Nobody has checked who is calling."""

    code = "unauthenticated"


class ForbiddenError(DaybookError):
    """The caller may not; the answer never says whether the thing exists."""

    code = "forbidden"


class NotFoundError(DaybookError):
    """No such thing, or no such path."""

    code = "not_found"


class NoContentError(NotFoundError):
    """The e-mail was logged without a body."""

    code = "no_content"


class ContentExpiredError(NotFoundError):
    """The e-mail's body has outlived its retention."""

    code = "content_expired"


class MethodNotAllowedError(DaybookError):
    """The path exists, but not for this method; `allowed` names those that do."""

    code = "method_not_allowed"

    def __init__(self, detail: str, allowed: list[str]) -> None:
        super().__init__(detail)
        self.allowed = allowed


class ConflictError(DaybookError):
    """It cannot be done as things stand."""

    code = "conflict"


class OnHoldError(ConflictError):
    """A hold stands in the way."""

    code = "on_hold"


class TooLargeError(DaybookError):
    """The body is over the limit."""

    code = "too_large"


class StoreBusyError(DaybookError):
    """The store throttles or does not answer; nothing was acknowledged. `retry_after` is in seconds."""

    code = "store_busy"

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
