#!/bin/sh
# Installs one server's packages into a layer over the base, and asks it for its version.
# usage: build-layer.sh FOLDER BASE VERSION-COMMAND PACKAGE...      runs in mount, pid and uts namespaces of its own
set -eu
umask 022
folder=$1 base=$2 version=$3
shift 3
root=$folder/root
mkdir "$folder/layer" "$folder/work" "$root"

hostname mail.test
if ! mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/layer,workdir=$folder/work" "$root"; then
    echo "no layer can lie on this file system: the root becomes a whole copy"
    rmdir "$folder/layer" "$folder/work"
    cp -a "$base" "$folder/whole"
    mount --bind "$folder/whole" "$root"
fi
mount -t tmpfs archives "$root/var/cache/apt"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq -y --no-install-recommends install "$@"
chroot "$root" sh -c "$version" >"$folder/version"
