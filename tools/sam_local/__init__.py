"""Runs the built functions in the containers of `sam local`, against the running local stack."""
