import os
os.environ["ONLY_IN_TESTS"]
