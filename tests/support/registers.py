"""The register of records on any table."""

from collections.abc import Callable
from datetime import datetime

from daybook.records.register import RecordRegister
from daybook.storage.store import Store

from tests.support.hashes import hashed


def register_of(table: Store, clock: Callable[[], datetime]) -> RecordRegister:
    return RecordRegister(table=table, keyed_hash=hashed, clock=clock)
