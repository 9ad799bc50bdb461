"""The search index of an org: terms, segments and where they are stored, writer, remover, reindexing."""
