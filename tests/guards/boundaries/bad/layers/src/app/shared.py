def show():
    from . import cli
