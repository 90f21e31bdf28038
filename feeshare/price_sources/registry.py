"""The sources of prices, one line each, as the settings reach them."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from feeshare.asking import Asker
from feeshare.price_sources.chainlink import Chainlink
from feeshare.price_sources.coingecko import CoinGecko
from feeshare.price_sources.source import Source, SourceUnavailable
from feeshare.settings import PREFIX, Settings
from ledger.errors import BadInput, Problem

SOURCES: Mapping[str, Callable[[str, SecretStr | None], Source]] = {
    "coingecko": lambda url, key: CoinGecko(
        url, _open(key), Asker("coingecko", SourceUnavailable)
    ),
    "chainlink": lambda url, _: Chainlink(url, Asker("chainlink", SourceUnavailable)),
}
"""Source: how it is made from its address and key, the settings `<source>_url` and `_key`."""


def source_named(name: str, settings: Settings) -> Source:
    """Return a source of prices by its name.

    Raises:
        BadInput: there is none of that name, or the settings do not say where it is.
    """
    if name not in SOURCES:
        raise BadInput(
            [
                Problem(
                    code="value_unknown",
                    place="--source",
                    value=name,
                    expected=f"one of {', '.join(SOURCES)}",
                )
            ]
        )
    url = getattr(settings, f"{name}_url")
    if url is None:
        raise BadInput(
            [
                Problem(
                    code="config_invalid",
                    place=f"{PREFIX}{name}_url".upper(),
                    expected="the address of the source",
                    mend="See docs/prices.md.",
                )
            ]
        )
    return SOURCES[name](url.get_secret_value(), getattr(settings, f"{name}_key", None))


def configured(settings: Settings) -> list[str]:
    """Return the names of the sources whose addresses the settings say."""
    return [name for name in SOURCES if getattr(settings, f"{name}_url") is not None]


def _open(key: SecretStr | None) -> str | None:
    return key.get_secret_value() if key else None
