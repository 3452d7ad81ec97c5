from settings import env, load

load()
env("STRIPE_KEY")
env("OPENAI_KEY") or env("OPENAI_KEYS")
float(env("BUDGET_USD", "1"))
