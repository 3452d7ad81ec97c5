from core import run
from core.inner import secret
