#!/usr/bin/env bash
# Prints the arguments of the system calls of x86-64: "call TYPE NAME[|ALIAS...] TYPE NAME...", a
# line each, by name.
#
# usage: arguments.sh TRACEFS
#
# TRACEFS is where a tracefs is mounted ("mount -t tracefs none /mnt") of a kernel built with
# CONFIG_FTRACE_SYSCALLS: the declarations in the kernel's source, as SYSCALL_DEFINE recorded them.
# argument-notes.txt beside this script has the rest.
#
# The kernel counts the arguments that it calls "arg2" and the like from 1; here they are "arg_2",
# since arg0 to arg5 are the six registers.
#
# A type is i or u (signed or not) and the bits of the register that the kernel looks at, or ptr.
#
# ../tables.sh calls this.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
events=${1:?usage: arguments.sh TRACEFS}/events/syscalls
[[ -d $events ]] || { echo "arguments.sh: no $events" >&2; exit 1; }

# call|type name|type name...
declared() {
  awk '
    FNR == 1 {
      if (name != "") print name line
      name = FILENAME
      sub(/.*\/sys_enter_/, "", name)
      sub(/\/format$/, "", name)
      line = ""
    }
    /^\tfield:/ && !/ (common_[a-z_]*|__syscall_nr);/ {
      sub(/^\tfield:/, ""); sub(/;.*/, ""); line = line "|" $0
    }
    END { print name line }' "$events"/sys_enter_*/format
}

declared | awk -F'|' -v notes="$here/argument-notes.txt" '
  function type_of(declaration) {
    gsub(/const |_type$/, "", declaration)
    if (declaration ~ /\*|cap_user_(header|data)_t/) return "ptr"
    if (declaration in types) return types[declaration]
    print "arguments.sh: unknown type: " declaration > "/dev/stderr"
    failed = 1
  }
  function names_of(call, name,    names, other, key, i) {
    names = name
    for (i = 1; i <= aliases; i++) {
      if ((alias_call[i] == call || alias_call[i] == "*") && alias_name[i] == name) {
        other = alias_other[i]
        if (!((call, other) in taken) && ("|" names "|") !~ ("\\|" other "\\|")) {
          names = names "|" other
          taken[call, other] = 1
        }
      }
    }
    return names
  }
  BEGIN {
    split("int=i32|unsigned int=u32|unsigned=u32|unsigned long=u64|size_t=u64|pid_t=i32|u32=u32|" \
      "umode_t=u16|uid_t=u32|gid_t=u32|long=i64|loff_t=i64|off_t=i64|clockid_t=i32|" \
      "aio_context_t=u64|timer_t=i32|mqd_t=i32|key_t=i32|__u32=u32|rwf_t=i32|qid_t=u32|" \
      "key_serial_t=i32|enum landlock_rule=u32|__u64=u64|__s32=i32", list, "|")
    for (i in list) { split(list[i], pair, "="); types[pair[1]] = pair[2] }
    while ((getline line < notes) > 0) {
      words = split(line, word, " ")
      if (word[1] == "rename") rename[word[2]] = word[3]
      if (word[1] == "width") width[word[2], word[3]] = word[4]
      if (word[1] == "alias") {
        aliases++
        alias_call[aliases] = word[2]; alias_name[aliases] = word[3]; alias_other[aliases] = word[4]
      }
      if (word[1] == "call") {
        given[word[2]] = ""
        for (i = 3; i < words; i += 2) given[word[2]] = given[word[2]] "|" word[i] " " word[i + 1]
      }
    }
  }
  function add(call, count, type, name,    i, line) {
    for (i = 1; i <= count; i++) taken[call, name[i]] = 1
    line = call
    for (i = 1; i <= count; i++) {
      if ((call, name[i]) in width) type[i] = width[call, name[i]]
      line = line " " type[i] " " names_of(call, name[i])
    }
    print line
  }
  {
    call = $1 in rename ? rename[$1] : $1
    for (i = 2; i <= NF; i++) {
      name[i - 1] = $i; sub(/.* /, "", name[i - 1])
      sub(/^arg[0-9]$/, "arg_" substr(name[i - 1], 4), name[i - 1])
      declaration = $i; sub(/ [A-Za-z0-9_]*$/, "", declaration)
      type[i - 1] = type_of(declaration)
    }
    add(call, NF - 1, type, name)
    delete given[call]
  }
  END {
    for (call in given) {
      count = split(substr(given[call], 2), part, "|")
      for (i = 1; i <= count; i++) { split(part[i], word, " "); type[i] = word[1]; name[i] = word[2] }
      add(call, count, type, name)
    }
    exit failed
  }' | sort
