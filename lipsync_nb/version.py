"""The package's version, and where it can be read about."""

__version__ = "0.1.0"
ADDRESS = "https://github.com/lipsync-nb/lipsync_nb"
