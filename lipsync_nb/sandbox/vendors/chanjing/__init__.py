"""蝉镜 Chanjing, as described on its page "Lip-Syncing" (doc.chanjing.cc)."""

from lipsync_nb.sandbox.vendors.chanjing.service import ChanjingService

__all__ = ["ChanjingService"]
