x = 1  # FIXME: rounds the wrong way
# FIXME(): and this
