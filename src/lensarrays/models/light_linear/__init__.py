"""Light profiles whose intensity a fit solves for, one family a file."""
