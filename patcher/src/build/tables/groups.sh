#!/usr/bin/env bash
# Prints systemd's groups of system calls: "@group MEMBER...", a line each, in systemd's order.
#
# usage: groups.sh
#
# They come from the installed systemd-analyze.
# Members that the architecture lacks are kept: they exist on others. A member may be a group.
#
# ../tables.sh calls this.
set -euo pipefail
export LC_ALL=C

systemd-analyze syscall-filter --no-pager 2>/dev/null | awk '
  /^@/ { if (line != "") print line; line = $1; next }
  /^ +[@a-z_]/ { line = line " " $1 }
  END { print line }'
