import os

from settings import env

host = env("DB_HOST")
password = os.environ["DB_PASSWORD"]
mode = env("MODE", "fast")
budget = float(os.environ.get("BUDGET_USD", "1.0"))
key = os.environ.get("OPENAI_KEY") or os.environ["OPENAI_KEYS"]
other = os.environ.get("NEW_ONE", "x")
anything = os.environ[f"SVC_{host}"]
