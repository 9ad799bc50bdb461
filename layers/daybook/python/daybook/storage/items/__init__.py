"""The items of the table and their attributes, and what callers read of them.

`docs/table.md` has the keys of every kind. Every item has `pk` and `sk`; `expires_at` and `held_until` are those of
`storage.attributes`. The attributes of entries are explained in `entry_items`, of audit entries and their copies in
`audit_items`, of pointers and idempotency keys in `entry_pointers`, of pending events in `event_attributes`. These are
the other kinds:

| item | attribute | what it holds |
| --- | --- | --- |
| content | `body` | the compressed content, where it is small (`content_store`) |
| | `object` | the name of the object in S3 that holds the compressed content, where it is not |
| state of an address | `standing` | JSON of a `blacklist.address_status.AddressState` |
| | `org_status`, `at` | key of the index of the orgs that block it; only while it is blocked |
| | `recipient_key` | key of the list of an org's blocked addresses; only while it is blocked, and not erased |
| grant | `permissions` | JSON: a list of permissions |
| setting | `time_zone` | a name of the IANA database |
| username | | `expires_at` only: a year after the last entry of theirs expires |
| hold | `status` | `placing`, `standing`, `lifting` or `lifted` |
| | `turn` | a name for one placing or lifting: what began for another one does not end this one |
| | `reason`, `placed_at`, `placed_by` | why, when (an instant) and by which username it was placed |
| | `lifted_at` | the instant at which it was lifted |
| | `swept` | sort key of the record's item up to which the backfill is done; only while it is under way |
| | `held` | entries and contents that the backfill has found and held |
| | `too_late`, `missed` | how many the backfill came too late for; JSON: the ids of the first of them |
| | `lost_count`, `lost` | the same of those that TTL deleted, as the stream tells |
| erasure | `record` | path of the record |
| | `status` | `running`, `done` or `incomplete` |
| | `requested_at`, `requested_by`, `completed_at` | instants, and the username who asked |
| | `counts` | JSON of an `erasure.requests.Counts` |
| erasure under way | `work` | JSON of an `erasure.requests.Work`: whom to erase, and how far it is |
| head of a segment | `head` | MessagePack of a `search.index.segments.Head` |
| | `places`, `terms` | its blocks, where the head itself holds them, as the open segment always does |
| block of a segment | `block` | compressed (`search.index.segments`) |
| reindexing | `month` | the month that was done last |
| daily check | `pass` | JSON of a `retention.daily_check.CheckRun` |
| changed policy | `run` | JSON of a `retention.apply_policy.Run` |
"""
