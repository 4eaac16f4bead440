#!/bin/sh
set -eu
exec @python@ -I /lab/serve.py @port_imap@ @port_imaps@
