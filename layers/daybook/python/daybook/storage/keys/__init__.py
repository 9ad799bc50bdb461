"""Every key of the table and every name of an object in S3: built and split here, and nowhere else.

No part of a key but the last holds a `/`: orgs, record types and record ids are checked for it before they come here.
An org cannot be called as in `org_keys.RESERVED_ORGS`, nor a record type `-`, so no two kinds of item ever share a
partition.

The key of an item cannot be changed. So none holds an address, a phone number or a caller's own key: a keyed hash of it
stands there (`core.keyed_hash`). The keys of indexes are attributes, which an erasure removes.
"""
