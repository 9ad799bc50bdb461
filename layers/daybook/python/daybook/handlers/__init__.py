"""The wiring of each Lambda function and the handlers of its triggers; `functions/<name>/app.py` calls it."""
