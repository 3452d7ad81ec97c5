from .domain import price
