"""The package's only logger, which writes nothing unless the user attaches a handler."""

import logging

log = logging.getLogger("lipsync_nb")
log.addHandler(logging.NullHandler())
