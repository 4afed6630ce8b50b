"""dask's Client and Future, for lip-sync and digital-human vendors, in a notebook.

See ``help(lipsync_nb.Client)``; each vendor's requests are in the module of its name. The public
names are listed in ``__init__.pyi``; each is imported when it is first used.
"""

import lazy_loader

from lipsync_nb import formatters
from lipsync_nb.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

formatters.register()
