"""The key that all tests hash addresses with, and the hashes of it."""

from daybook import digests

ADDRESS_KEY = "the key of the tests' hashes"
hashed = digests.keyed(ADDRESS_KEY)
