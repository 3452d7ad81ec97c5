import os
import subprocess

URL = os.environ["REDIS_URL"]
LEVEL = os.environ.get("LOG_LEVEL", "info")
if "DEBUG" in os.environ:
    print(os.environ["PATH"])
subprocess.run(["x"], env={**os.environ, "CHILD": "1"}, check=True)
os.environ["SET_HERE"] = "1"
