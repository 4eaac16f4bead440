#!/bin/bash
# Mailboxes come to be when their owner first logs in, and LMTP refuses a user who has none. Then the small quota,
# and a mailbox of nobody's in which everybody may do everything.
set -euo pipefail

# imap USER PASSWORD COMMAND...: one connection, each command in its turn, the first that is refused is the end
imap() {
    local line number=0
    exec 3<>/dev/tcp/127.0.0.1/@port_imap@
    read -r -t 10 line <&3
    for command in "LOGIN $1 $2" "${@:3}" LOGOUT; do
        number=$((number + 1))
        printf 'a%d %s\r\n' "$number" "$command" >&3
        until [[ $line == "a$number "* ]]; do
            read -r -t 10 line <&3
        done
        [[ $line == "a$number OK"* ]] || { echo "$command: $line"; return 1; }
    done
    exec 3>&-
}

for n in 1 2 3; do
    imap "user$n" "pass$n" "SELECT INBOX"
done
imap cyrus cyrus "SETQUOTA user/user3 (STORAGE 20 MESSAGE 10)" 'CREATE everyone' 'SETACL everyone anyone lrswipkxtea' \
    'SETMETADATA "" (/shared/comment "Cyrus of the lab" /shared/admin "mailto:postmaster@mail.test")'
