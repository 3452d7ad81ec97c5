import os
os.environ["OF_OTHERS"]
