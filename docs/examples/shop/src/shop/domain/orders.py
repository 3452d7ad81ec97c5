"""An order, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    customer: str
    sku: str
    quantity: int

    def total(self, prices: Mapping[str, int]) -> int:
        return prices[self.sku] * self.quantity
