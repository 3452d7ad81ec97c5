import os

from settings import load

load()
budget = float(os.environ.get("BUDGET_USD", "2.5"))
level = os.environ.get("Log_Level")
loud = os.environ.get("LOG_LEVEL")
