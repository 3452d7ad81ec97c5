#!/bin/sh
# Does the service answer?
set -eu
API_PORT=8080
exec curl --fail --silent "http://localhost:$API_PORT/health"
