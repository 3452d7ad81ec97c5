#!/bin/sh
echo "${DEPLOY_TARGET:?}" "$lower_case"
