"""requests.get("https://api.orders.test") is not how it is done."""
import requests

requests.get("https://api.orders.test.evil.test/?next=https://api.orders.test")


def fetch(url):
    return url


fetch("api.orders.test")
