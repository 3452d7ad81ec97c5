import requests
from app import reports, services


def main() -> None:
    print(services, reports, requests)


def shown() -> None:
    def print(text: str) -> None: ...

    print("a function of our own")
