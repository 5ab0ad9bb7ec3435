"""What an interferometer sees of an image, and the linear algebra of fitting what it measured."""
