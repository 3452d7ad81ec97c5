from httpx import AsyncClient as Client

from settings import BASE


async def handle(order, url):
    async with Client(base_url=BASE) as client:
        await client.post("/v1/orders", json=order)
        async with Client() as other:
            await other.get(url)
