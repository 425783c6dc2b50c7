#!/bin/sh
# Runs FILE under the name of PROGRAM, as a user without rights: in-its-place.sh PROGRAM FILE ARGUMENT...
# Expects namespaces of its own: mounts, processes, network. The program cannot gain rights, not by setuid either,
# and everything that it starts ends with this script. Exit status: the program's; 124 if it took 15 seconds; 199 if it could not be shut in.
set -eu
trap 'exit 199' EXIT
program=$1
exec 3<"$2" # what is mounted next hides it
shift 2
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t proc proc /proc
mkdir /tmp/home
chown 65534:65534 /tmp/home
cd /tmp/home
ulimit -c 0
ulimit -f 65536
# The last thing before the program: it may be one of those that are used above.
mount --no-canonicalize --bind /proc/self/fd/3 "$program"
exec 3<&-
trap - EXIT
status=0
setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp/home USER=nobody TERM=dumb LC_ALL=C \
  timeout -k 2 15 "$program" "$@" || status=$?
exit $status
