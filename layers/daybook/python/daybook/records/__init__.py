"""The register of records: which there are, by what they are found, and what heads a record's page."""
