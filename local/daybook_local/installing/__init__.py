"""The installation behind `make run` and `make setup`. Standard library only: it runs before anything is installed."""
