#!/bin/sh
set -eu
for n in 1 2 3; do
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done
exec exim4 -bdf -q5s
