import requests

requests.get("https://api.orders.test/v1")
