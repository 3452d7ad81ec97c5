"""The one way to the payment provider: it has the key, the time-out and the retries."""

import os

import httpx

BASE = "https://api.payments.example/v1"


def charge(customer: str, cents: int) -> str:
    transport = httpx.HTTPTransport(retries=3)
    headers = {"Authorization": f"Bearer {os.environ['PAYMENTS_KEY']}"}
    with httpx.Client(
        base_url=BASE, headers=headers, timeout=5, transport=transport
    ) as client:
        answer = client.post("/charges", json={"customer": customer, "amount": cents})
        answer.raise_for_status()
        receipt: str = answer.json()["id"]
        return receipt
