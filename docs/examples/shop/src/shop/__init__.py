"""A small shop: prices, orders, and a client of the payment provider."""

__version__ = "1.4.0"
