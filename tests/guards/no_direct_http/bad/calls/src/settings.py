BASE = "https://api.orders.test"
