#!/bin/sh
set -eu
chmod 1777 /var/mail
for n in 1 2 3; do
    install -o "user$n" -g mail -m 660 /dev/null "/var/mail/user$n"
    # What pop_auth writes: the complement of the secret, in hexadecimal.
    perl -e 'printf "APOPSecret %s\n", unpack "H*", ~$ARGV[0]' "pass$n" >/tmp/secret
    install -o "user$n" -g "user$n" -m 600 /tmp/secret "/home/user$n/.spop3d"
done
