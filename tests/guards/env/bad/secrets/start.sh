#!/bin/sh
set -a
. ./.env
echo "$DIR"
