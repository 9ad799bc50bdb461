"""The items of jobs that go through the table; their keys are those of `keys.job_keys`."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import OptionalText
from daybook.storage.models.item import Item


class ErasureWorkItem(Item):
    """An erasure under way."""

    # JSON of an `erasure.work_list.Work`: how far it is, and whom to erase as far as no ErasureSubjectItem says it.
    work = UnicodeAttribute()
    # JSON of an `model.job_retry.Retry`: only while somebody works on it, or after a failure.
    retry = OptionalText()


class ErasureSubjectItem(Item):
    """A part of what identifies the person of an erasure under way, or of one that failed; expires after a month."""

    # JSON of an `erasure.person.Person`.
    part = UnicodeAttribute()


class CheckItem(Item):
    """The daily check."""

    # JSON of a `retention.daily_check.CheckRun`.
    check = UnicodeAttribute(attr_name="pass")


class ApplyItem(Item):
    """The run that applies a changed policy."""

    # JSON of a `retention.apply_policy.Run`.
    run = UnicodeAttribute()
