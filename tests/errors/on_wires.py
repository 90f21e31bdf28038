"""Bad bank details, as they are typed."""

from errors.reproductions import Provoke, Reproduction, typed

HEADER = "payee,rail,address,commodity,holder,bank_code,bank_country\n"
IBAN = "DE89370400440532013000"
BAD_INPUT = 2


def wire(
    address: str = IBAN, holder: str = "Coin Alpha", code: str = "DEUTDEFF", country: str = "DE"
) -> Provoke:
    """Return the load of a wire's destination."""
    row = f"CoinAlpha,wire,{address},USD,{holder},{code},{country}\n"
    return typed("payee", "destination", "load", "{wires}", wires=HEADER + row)


WIRES: tuple[tuple[str, Provoke], ...] = (
    ("an IBAN whose check digits fail", wire("DE88370400440532013000")),
    ("an IBAN of another length", wire("DE8937040044053201300")),
    ("a BIC of another country", wire(code="DEUTFRFF")),
    ("a BIC too short", wire(code="DEUTDE")),
    (
        "a routing number whose check digit fails",
        wire("123456789", code="021000022", country="US"),
    ),
    ("a routing number outside the US", wire(code="021000021")),
    ("a bank code without its country", wire(country="")),
    ("a holder whose name is too long", wire(holder="A" * 71)),
    ("a holder outside the characters of SEPA", wire(holder="Zoë")),
    (
        "a bank code on a chain",
        typed(
            *("payee", "destination", "load", "{safe}"),
            safe="payee,rail,chain,address,bank_code\n"
            "CoinAlpha,safe,ethereum,0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed,DEUTDEFF\n",
        ),
    ),
)


ON_WIRES = tuple(
    Reproduction(
        number=88,
        code="bank_details",
        level="E",
        status=BAD_INPUT,
        what=what,
        provoke=provoke,
    )
    for what, provoke in WIRES
)
