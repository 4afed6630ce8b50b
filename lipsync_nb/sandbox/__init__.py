"""The five vendors' APIs on loopback. They render real talking videos, and no key is needed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
