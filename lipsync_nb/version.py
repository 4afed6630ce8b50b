"""The package's version, for requests and for ``lipsync_nb.__version__``."""

VERSION = "0.1.0"
