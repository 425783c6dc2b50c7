#!/bin/sh
# Copies files that differ from those that are there, so that what is generated again and the same is not compiled again.
# Usage: copy-changed.sh FROM TO
set -eu
cd "$1"
find . -type f | while read -r file; do
  if ! cmp -s "$file" "$2/$file"; then
    mkdir -p "$2/${file%/*}"
    cp "$file" "$2/$file"
  fi
done
