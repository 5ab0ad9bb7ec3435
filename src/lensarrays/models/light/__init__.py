"""Light profiles, one family a file."""
