"""The key that all tests hash addresses with, and the hashes of it."""

from daybook.core import keyed_hash as digests

ADDRESS_KEY = "the key of the tests' hashes"
hashed = digests.keyed(ADDRESS_KEY)
