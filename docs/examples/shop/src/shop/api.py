"""What the shop answers over HTTP."""

import logging
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shop.domain.orders import Order
from shop.service import place

log = logging.getLogger(__name__)


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def orders(request: Request) -> JSONResponse:
    order = Order(**await request.json())
    log.info("order for %s", order.sku)
    return JSONResponse({"receipt": place(order)})


app = Starlette(
    routes=[Route("/health", health), Route("/orders", orders, methods=["POST"])]
)


def main() -> None:
    import uvicorn

    uvicorn.run(app, port=int(os.environ["API_PORT"]))
