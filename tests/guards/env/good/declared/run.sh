#!/bin/sh
echo "$SOMETHING"
