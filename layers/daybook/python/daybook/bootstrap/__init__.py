"""Builds a function's graph of objects from its environment; every collaborator is handed in by name.

A module a function, so that its start loads nothing that only the others use.
"""
