from asyncio import create_task as spawn
from datetime import UTC, datetime

spawn(work())
started = datetime.now()
ended = datetime.now(UTC)
try:
    work()
except:
    raise
