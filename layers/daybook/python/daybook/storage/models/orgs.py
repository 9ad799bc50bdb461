"""The items of what an org has beside its entries; their keys are those of `keys.org_keys`."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from daybook.storage.models.attributes import OptionalNumber, OptionalText
from daybook.storage.models.item import Item


class AddressItem(Item):
    """The state of an address."""

    # JSON of a `blacklist.address_status.AddressState`.
    standing = UnicodeAttribute()
    # JSON: its newest resets, each a `blacklist.address_status.PastReset`, newest first; absent where there were none.
    resets = OptionalText()
    # Partition key of the index of the orgs that block it; only while it is blocked.
    org_status = OptionalText()
    # Sort key of that index: the org.
    at = OptionalText()
    # Key of the list of an org's blocked addresses; only while it is blocked, and not erased.
    recipient_key = OptionalText()


class GrantItem(Item):
    """What a group or a member of staff may."""

    # JSON: a list of permissions.
    permissions = UnicodeAttribute()
    # A username as it was last put; absent where its sort key has it so.
    name = OptionalText()


class OrgItem(Item):
    """An org, with its settings."""

    # What its staff call it.
    name = UnicodeAttribute()
    # A name of the IANA database.
    time_zone = UnicodeAttribute()
    # JSON: a URL by type of record, with {id} in the place of the record's id.
    record_url = UnicodeAttribute()


class StaffItem(Item):
    """A username in the audit log; expires a year after the last entry of theirs."""

    # The username as it was posted; absent where the sort key has it so.
    username = OptionalText()
    # Their name, as posted.
    member_name = OptionalText()
    # The sources that they acted through: `staff`, `customer`, `both` or `neither`.
    group = OptionalText()
    # The day of the last entry, in the org's time zone; name and username are of one of that day.
    day = OptionalText()
    # The epoch second at which the last of the noted entries expires, without holds; absent for never.
    until = OptionalNumber()
    # Sort key of the index by recipient: group and name.
    recipient_key = OptionalText()
    # Sort key of the index by status: group and day.
    status_key = OptionalText()


class HoldItem(Item):
    """A hold of a record, and how far its backfill is."""

    # `placing`, `standing`, `lifting` or `lifted`.
    status = UnicodeAttribute()
    # A name for one placing or lifting: what began for another one does not end this one.
    turn = UnicodeAttribute()
    # Why it was placed.
    reason = UnicodeAttribute()
    # The instant at which it was placed.
    placed_at = UnicodeAttribute()
    # The username of whoever placed it.
    placed_by = UnicodeAttribute()
    # The instant at which it was lifted.
    lifted_at = OptionalText()
    # Sort key of the record's item up to which the backfill is done; only while it is under way.
    swept = OptionalText()
    # Entries and contents that the backfill has found and held.
    held = OptionalNumber()
    # JSON of a `model.job_retry.Retry`: only while its backfill is under way, or has failed.
    retry = OptionalText()
    # Partition key of the index of the backfills that wait for their next attempt; only while one does.
    org_status = OptionalText()
    # Sort key of that index: the instant of the next attempt.
    at = OptionalText()
    # How many entries TTL deleted, in whole or in part, before they were held.
    too_late = OptionalNumber()
    # JSON: the ids of the first of them.
    missed = OptionalText()
    # As `too_late`, of those that the stream told of; only earlier versions kept these apart.
    lost_count = OptionalNumber()
    # As `missed`, of the same.
    lost = OptionalText()


class ErasureItem(Item):
    """An erasure of a record, as it is listed."""

    # Path of the record.
    record = UnicodeAttribute()
    # `running`, `done`, `incomplete` or `failed`.
    status = UnicodeAttribute()
    # The instant of the request.
    requested_at = UnicodeAttribute()
    # The username of whoever asked.
    requested_by = UnicodeAttribute()
    # The instant at which it ended.
    completed_at = OptionalText()
    # JSON of an `erasure.work_list.Counts`.
    counts = OptionalText()
    # Why it failed; only where it was given up.
    reason = OptionalText()


class ExportItem(Item):
    """An export of a list; it expires a month after its file, and without one two months after the request."""

    # JSON of an `exports.export_item.Wanted`: what was asked for; an erasure takes texts of the query out of it.
    wanted = UnicodeAttribute()
    # JSON of an `exports.export_item.Asker`: who asked for it.
    asker = UnicodeAttribute()
    # The instant of the request.
    requested_at = UnicodeAttribute()
    # `running`, `done`, `failed` or `expired`; a file whose time is over is `done` here, and shown as `expired`.
    status = UnicodeAttribute()
    # JSON of an `exports.export_item.Progress`: how far the list has been read, and where its bytes are.
    progress = UnicodeAttribute()
    # JSON of an `exports.export_item.Lease`: who works on it, and how often that has failed.
    lease = UnicodeAttribute()
    # The instant at which it ended.
    completed_at = OptionalText()
    # Why it failed.
    reason = OptionalText()
