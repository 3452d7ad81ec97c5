import api
