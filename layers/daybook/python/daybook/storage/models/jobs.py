"""The items of jobs that go through the table; their keys are those of `keys.job_keys`."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.item import Item


class ErasureWorkItem(Item):
    """An erasure under way."""

    # JSON of an `erasure.requests.Work`: whom to erase, and how far it is.
    work = UnicodeAttribute()


class CheckItem(Item):
    """The daily check."""

    # JSON of a `retention.daily_check.CheckRun`.
    check = UnicodeAttribute(attr_name="pass")


class ApplyItem(Item):
    """The run that applies a changed policy."""

    # JSON of a `retention.apply_policy.Run`.
    run = UnicodeAttribute()
