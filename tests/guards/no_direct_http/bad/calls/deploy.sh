#!/bin/sh
HOST=api.orders.test
curl -fsS -H "Referer: https://elsewhere.test" "https://${HOST}/health"
