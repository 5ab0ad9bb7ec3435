"""Mass profiles, one family a file."""
