#!/bin/sh
set -eu
install -d -o pyspf-milter -g pyspf-milter /run/pyspf-milter
exec pyspf-milter /etc/pyspf-milter/pyspf-milter.conf
