#!/bin/sh
# Installs programs of Node.js into a root with this machine's npm, which knows its registry; the root needs no npm.
# Nothing that comes from there is run on this machine, so what would have to be compiled is left out.
# usage: build-npm.sh FOLDER PACKAGE@VERSION...      runs in mount, pid and uts namespaces of its own
set -eu
umask 022
folder=$1
shift
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --omit=optional --no-audit --no-fund "$@"
