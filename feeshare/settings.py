"""Settings: deployment facts only, read once; every problem is listed at the start.

Controls (limits, holds, approvals) are data in the books: see `feeshare policy`.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from chains.registry import CHAINS, provider_name
from ledger.errors import BadInput, Problem

FILE = Path("feeshare.toml")
PREFIX = "FEESHARE_"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_safe_address(url: str) -> bool:
    """Return whether an address is https, or http on this machine alone."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    )


def _safe(url: SecretStr) -> SecretStr:
    if not is_safe_address(url.get_secret_value()):
        raise ValueError("an https address, or http on this machine")
    return url


SafeAddress = Annotated[SecretStr, AfterValidator(_safe)]
"""An address that may hold a key; what it answers cannot be read or changed on the way."""


class ChainSetting(BaseModel):
    """The providers of one chain, and how many of them have to tell the same."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    providers: tuple[SafeAddress, ...]
    """Where JSON-RPC of this chain is served, the first choice first; it may hold keys."""

    agreeing: int = Field(default=2, ge=1)
    """How many providers have to agree before anything of the chain counts."""

    identity: str | None = None
    """Another chain id or genesis hash than the public chain's: a test network's."""

    @model_validator(mode="after")
    def _enough(self) -> Self:
        names = [provider_name(each.get_secret_value()) for each in self.providers]
        if len(set(names)) < len(names):
            raise ValueError("each provider once: two addresses of one host are one provider")
        if len(names) < self.agreeing:
            raise ValueError(
                f"{self.agreeing} or more providers, as {self.agreeing} have to agree; "
                "add one, or set agreeing = 1 and rely on one alone"
            )
        return self


def _chains(given: object) -> object:
    return _by_chain(given, '{"bsc": {"providers": ["https://…", "https://…"]}}')


def _services(given: object) -> object:
    return _by_chain(given, '{"ethereum": "https://…"}')


def _by_chain(given: object, shape: str) -> object:
    """Read what is set by chain, as JSON where the environment holds it; refuse other chains."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise ValueError(f"JSON such as {shape}") from None
    known = [chain.name for chain in CHAINS]
    unknown = sorted(set(given) - set(known)) if isinstance(given, dict) else []
    if unknown:
        raise ValueError(f"chains among {', '.join(known)}, not {', '.join(map(str, unknown))}")
    return given


class Settings(BaseModel):
    """What this installation is: where its data lies and who acts."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    home: Path = Path(".feeshare")
    """Folder of the embedded database."""

    database_url: SecretStr | None = None
    """PostgreSQL of one's own, as the service's role; without it the embedded one is used."""

    database_owner_url: SecretStr | None = None
    """The same database as the owner of its tables, for `init` alone."""

    actor: str | None = None
    """Who acts on the command line. It names, it does not prove."""

    mappings: Path = Path("mappings")
    """Folder of the statement mappings, one YAML file a format."""

    clock: str | None = None
    """A fixed moment (ISO 8601) instead of the present one."""

    coingecko_url: SafeAddress | None = None
    """Where CoinGecko's API is asked for prices, up to and with its version."""

    coingecko_key: SecretStr | None = None
    """The key that this API wants, if it wants one."""

    chainlink_url: SafeAddress | None = None
    """JSON-RPC of a node of the chain where Chainlink's price feeds are; it may hold a key."""

    snapshot_url: SafeAddress | None = None
    """Where Snapshot's hub is asked for proposals, in GraphQL."""
    github_url: SafeAddress = SecretStr("https://api.github.com")
    """Where GitHub's API is asked for evidence; on a server of one's own, up to `/api/v3`."""

    github_token: SecretStr | None = None
    """A token that may read there, if it takes one."""

    github_token_file: Path | None = None
    """A file with this token instead, which nobody else may read."""

    chains: Annotated[dict[str, ChainSetting], BeforeValidator(_chains)] = Field(
        default_factory=dict
    )
    """The chains that are read, by name, each with its providers."""

    safe_services: Annotated[dict[str, SafeAddress], BeforeValidator(_services)] = Field(
        default_factory=dict
    )
    """Safe Transaction Services that exported batches may be proposed to, by chain."""

    safe_service_key: SecretStr | None = None
    """The key that these services want, if they want one."""

    safe_delegate_key: Path | None = None
    """File of the key by which batches are proposed there: a delegate's, which moves nothing."""

    scan_seconds: int = Field(default=15, ge=1, le=3600)
    """How often a worker reads each chain."""

    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Where a worker serves Prometheus its metrics, on this machine alone; nowhere without it."""


SHOWN = frozenset({"home", "actor", "mappings", "clock", "scan_seconds", "metrics_port"})
"""Settings whose values a message may show."""


def read_settings() -> Settings:
    """Read the settings from the environment, and from `feeshare.toml` what it leaves out.

    Raises:
        BadInput: a setting is unknown or wrong; all are listed. Values are shown of settings
            that hold no secret only: a misspelt name may hold one.
    """
    problems = _misspelt()
    if problems:
        raise BadInput(problems)
    try:
        return Settings.model_validate(_in_file() | _in_environment())
    except tomllib.TOMLDecodeError as unreadable:
        raise BadInput(
            [
                Problem(
                    code="config_invalid",
                    place=str(FILE),
                    expected=f"well-formed TOML ({unreadable})",
                )
            ]
        ) from None
    except ValidationError as invalid:
        raise BadInput(
            [
                Problem(
                    code="config_invalid",
                    place=PREFIX + ".".join(str(part) for part in error["loc"]).upper(),
                    value=str(error["input"]) if error["loc"][0] in SHOWN else None,
                    expected=error["msg"].removeprefix("Value error, "),
                )
                for error in invalid.errors()
            ]
        ) from None


def _in_file() -> dict[str, object]:
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def _in_environment() -> dict[str, object]:
    return {
        name.upper().removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX)
    }


def _misspelt() -> list[Problem]:
    """Return variables of our prefix that are no setting: a letter off is another database."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return [
        Problem(
            code="config_invalid",
            place=name,
            expected=f"one of {', '.join(sorted(known))}",
            mend="Mend its spelling, or unset it.",
        )
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]
