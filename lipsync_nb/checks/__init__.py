"""Looks at the media of a request for what most often wastes money; refuses nothing."""
