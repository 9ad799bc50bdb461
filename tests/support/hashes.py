"""The key that all tests hash addresses with, and the hashes of it."""

from daybook.core import keyed_hash

ADDRESS_KEY = "the key of the tests' hashes"
hashed = keyed_hash.keyed(ADDRESS_KEY)
