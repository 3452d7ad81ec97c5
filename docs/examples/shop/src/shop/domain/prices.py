"""Prices in cents, from a table."""

import csv


def read_prices(path: str) -> dict[str, int]:
    with open(path, encoding="utf-8", newline="") as file:
        return {row["sku"]: int(row["cents"]) for row in csv.DictReader(file)}
