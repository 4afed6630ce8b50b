"""Decodes pictures, clips and sound; knows nothing of vendors, and serves the sandbox too."""
