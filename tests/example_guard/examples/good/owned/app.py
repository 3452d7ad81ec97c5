x = 1  # FIXME(ada): rounds the wrong way
PREFIXMEN = 2
