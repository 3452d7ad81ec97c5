"""What happens when somebody orders."""

from shop.clients import payments
from shop.domain.orders import Order
from shop.domain.prices import read_prices


def place(order: Order) -> str:
    prices = read_prices("data/prices.csv")
    return payments.charge(order.customer, order.total(prices))
