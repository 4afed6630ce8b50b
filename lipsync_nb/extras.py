"""The optional dependencies, and the error that names the pip command if one is missing."""

from importlib.util import find_spec

MODULES = {
    "batch": ("openpyxl",),
    "compare": ("cv2", "loky", "matplotlib", "pyarrow", "rapidfuzz", "threadpoolctl"),
    "keyring": ("keyring",),
    "s3": ("fsspec",),
    "sandbox": ("cv2", "espeakng_loader", "noto_cjk_sans_otc", "pptx", "python_multipart"),
    "socks": ("socksio",),
}
"""The modules that each extra installs."""


class MissingExtra(ImportError):
    """An optional dependency is not installed."""


def require(extra: str, purpose: str) -> None:
    """Raise `MissingExtra` unless an extra is installed.

    Args:
        extra: The name of the extra, such as ``"compare"``.
        purpose: What needs it, which begins the error's text.
    """
    missing = [name for name in MODULES[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"{purpose} needs the optional dependency {', '.join(missing)}: "
            f'pip install "lipsync_nb[{extra}]"'
        )
