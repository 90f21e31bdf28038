"""The clients that speak to others over HTTP: they ask where they were told, and nowhere else."""

import ssl
from collections.abc import Mapping
from functools import cache

import httpx

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


def client_of(
    *,
    timeout: float | httpx.Timeout,
    limits: httpx.Limits = LIMITS,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
) -> httpx.Client:
    """Return a client; neither the environment's proxies nor redirects lead it elsewhere."""
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=timeout,
        limits=limits,
        verify=_trusted(),
        follow_redirects=False,
        trust_env=False,
    )


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)  # reads hundreds of certificates
