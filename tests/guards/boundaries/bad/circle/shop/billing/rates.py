from ..orders import Order
