import requests


class Orders:
    base = "https://api.orders.test"

    def get(self, path):
        return requests.get(f"{self.base}/{path}")
