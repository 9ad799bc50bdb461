"""The operations by subject, as in `daybook.api`: each module gives those of its routes, by route."""
