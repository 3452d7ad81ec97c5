import os

os.environ["PAYMENT_KEY"], os.environ["WORKERS"], os.environ["COLOR"], os.environ["DIR"]
