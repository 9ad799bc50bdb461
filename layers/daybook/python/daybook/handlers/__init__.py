"""What each Lambda function is made of; `functions/<name>/app.py` is one page above it."""
