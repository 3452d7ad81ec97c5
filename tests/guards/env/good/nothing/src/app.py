import os
os.environ["ANYTHING"]
os.environ.get("X", "1")
