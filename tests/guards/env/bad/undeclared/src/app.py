import os

URL = os.environ["REDIS_URL"]
LEVEL = os.environ.get("LOG_LEVEL", "info")
KEY = os.environ.get("SEARCH_KEY")
HOME = os.environ["HOME"]
KNOWN = os.environ["API_URL"]
