"""What each route does: a module for each subject."""
