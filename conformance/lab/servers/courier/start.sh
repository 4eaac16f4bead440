#!/bin/sh
set -eu
for settings in /lab/settings/*; do
    cat "$settings" >>"/etc/courier/${settings##*/}"
done
cat /share/server.key /share/server.pem >/etc/courier/lab.pem
chown courier:courier /etc/courier/lab.pem
chmod 600 /etc/courier/lab.pem
install -d -o courier -g courier /run/courier /run/courier/authdaemon

# pop3d and imapd do not make a maildir that is missing.
install -d -o vmail -g vmail /srv/mail
umask 077
for n in 1 2 3; do
    home=/srv/mail/user$n
    install -d -o vmail -g vmail "$home"
    su vmail -c "maildirmake $home/Maildir; for name in Sent Drafts Trash; do maildirmake -f \$name $home/Maildir; done"
    printf 'user%s\tuid=5000|gid=5000|home=%s|mail=%s/Maildir' "$n" "$home" "$home"
    printf '|systempw=%s' "$(echo "pass$n" | userdbpw -md5)"
    for scheme in hmac-md5 hmac-sha1 hmac-sha256; do
        printf '|%spw=%s' "$scheme" "$(echo "pass$n" | userdbpw "-$scheme")"
    done
    echo
done >/etc/courier/userdb
for n in 1 2; do su vmail -c "maildirmake -q 104857600S /srv/mail/user$n/Maildir"; done
su vmail -c "maildirmake -q 20480S,10C /srv/mail/user3/Maildir"
makeuserdb
umask 022

# Who may be asked for mailboxes that an access control list opens to others.
install -d /etc/courier/shared
for n in 1 2 3; do
    printf 'user%s\t5000\t5000\t/srv/mail/user%s\tMaildir\n' "$n" "$n"
done >/etc/courier/shared/index

authdaemond start
for daemon in imapd imapd-ssl pop3d pop3d-ssl; do
    "/usr/lib/courier/$daemon" start
done
