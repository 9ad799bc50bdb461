"""Finding audit entries of an org: query line, index terms, segments, writer, remover, reindex."""
