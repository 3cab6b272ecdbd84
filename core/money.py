"""Amounts of money in words."""

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "JPY": "¥",
    "CHF": "CHF ",
    "SEK": "SEK ",
    "NOK": "NOK ",
    "DKK": "DKK ",
    "PLN": "PLN ",
    "MXN": "MX$",
    "BRL": "R$",
}

_WITHOUT_MINOR_UNIT = frozenset({"JPY", "KRW", "CLP", "ISK", "VND"})


def format_money(cents: int, currency: str) -> str:
    """Write an amount, such as `$1,234.50`, `€8` or `¥500`.

    `cents` counts hundredths of the currency's unit, which Patreon keeps for every currency.
    A currency without a known symbol is written with its code.
    """
    code = currency.upper()
    symbol = _SYMBOLS.get(code, f"{code} ")
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    if rest == 0 or code in _WITHOUT_MINOR_UNIT:
        return f"{sign}{symbol}{whole:,}"
    return f"{sign}{symbol}{whole:,}.{rest:02d}"
