"""The proxies that the environment, or the system, names."""

from urllib.request import getproxies, proxy_bypass

import httpx

from lipsync_nb.http.addresses import is_local


def proxy_of(url: httpx.URL) -> str | None:
    """Return the proxy for a URL; ``None`` if its host is reached directly, as this machine is."""
    if is_local(url.host):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
