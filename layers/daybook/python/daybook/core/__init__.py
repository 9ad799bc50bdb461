"""What knows nothing of logs: errors, timestamps, local time, ids, keyed hashes, addresses, text folding, paging."""
