"""The renderer: pictures, clips, speech and slides become talking videos.

The names in ``__init__.pyi`` are imported when they are first used: the serving process needs the
voices only, and must not load OpenCV for them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
