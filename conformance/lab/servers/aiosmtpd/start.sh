#!/bin/sh
set -eu
exec @python@ -I /lab/serve.py @port_smtp@ @port_smtps@ @port_submission@ @port_lmtp@
