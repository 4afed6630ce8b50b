"""蝉镜 Chanjing, as its page "Lip-Syncing" (doc.chanjing.cc) says."""

from lipsync_nb.sandbox.vendors.chanjing.vendor import Chanjing

__all__ = ["Chanjing"]
