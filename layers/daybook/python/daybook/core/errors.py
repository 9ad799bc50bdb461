"""The errors that clients see; `daybook.api.gateway` maps them to HTTP statuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """A problem with one field of a request; `field` is a path such as `record.type`, "" for the whole."""

    field: str
    message: str


def sentence(faults: Iterable[FieldError], whole: str) -> str:
    """All of these in one line for people; `whole` is what stands for a field without a path, such as `entry`."""
    return "; ".join(f"{fault.field or whole}: {fault.message}" for fault in faults)


class DaybookError(Exception):
    """Base of all errors that clients see.

    `code` is stable, for programs. `detail` is for people and never holds a key, a body or a token.
    """

    code: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedError(DaybookError):
    """The request cannot be parsed."""

    code = "malformed"


class InvalidCursorError(DaybookError):
    """The cursor was not issued for this list with these parameters."""

    code = "invalid_cursor"


class InvalidRequestError(DaybookError):
    """The request was parsed but is not valid; `errors` lists the fields (one at least), `detail` tells the first."""

    code = "invalid_request"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        others = len(errors) - 1
        more = f" (and {others} more in `errors`)" if others else ""
        super().__init__(sentence(errors[:1], "the body") + more)
        self.errors = list(errors)


class UnauthenticatedError(DaybookError):
    """The request carries no authenticated caller."""

    code = "unauthenticated"


class ForbiddenError(DaybookError):
    """The caller lacks the permission; the answer never says whether the resource exists."""

    code = "forbidden"


class NotFoundError(DaybookError):
    """No such resource, or no such path."""

    code = "not_found"


class UnknownOrgError(NotFoundError):
    """The org was not made."""

    code = "unknown_org"


class NoContentError(NotFoundError):
    """The e-mail was logged without a body."""

    code = "no_content"


class ContentExpiredError(NotFoundError):
    """The e-mail's body has outlived its retention."""

    code = "content_expired"


class MethodNotAllowedError(DaybookError):
    """The path does not support this method; `allowed` lists those that it does."""

    code = "method_not_allowed"

    def __init__(self, detail: str, allowed: list[str]) -> None:
        super().__init__(detail)
        self.allowed = allowed


class ConflictError(DaybookError):
    """The request conflicts with the current state of the resource."""

    code = "conflict"


class OnHoldError(ConflictError):
    """A hold forbids the change."""

    code = "on_hold"


class PreconditionFailedError(DaybookError):
    """The resource is not in the state that the request's If-Match names."""

    code = "precondition_failed"


class TooLargeError(DaybookError):
    """The request body is over the size limit."""

    code = "too_large"


class StoreBusyError(DaybookError):
    """A store throttles or does not answer. What was asked may not have been done, so the request may be repeated.

    `retry_after` is in seconds.
    """

    code = "store_busy"

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
