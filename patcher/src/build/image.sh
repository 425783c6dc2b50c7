#!/bin/sh
# Makes a container image, as an archive of the OCI image layout (image-layout.md of the OCI image specification), of
# the tarball that runtime.sh has made: no daemon, no base image. It has the command with its Java runtime, the shared
# libraries that the runtime needs, and busybox as the shell.
# Usage: image.sh VERSION TIME TARGET
set -eu
export LC_ALL=C
target=$(cd "$3" && pwd)
time=$(date -d "$2" +%s)
machine=$(uname -m)
case $machine in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  loongarch64) architecture=loong64 ;;
  *) architecture=$machine ;; # riscv64, ppc64le and s390x have the same name
esac
busybox=$(command -v busybox) && ! ldd "$busybox" 2>/dev/null | grep -q '/' || {
  echo "image.sh: the image needs a static busybox; install Debian's busybox-static" >&2
  exit 2
}
work=$target/image
root=$work/root
layout=$work/layout
umask 022
rm -rf "$work"
mkdir -p "$root/bin" "$root/usr/bin" "$root/opt/hardwire" "$root/etc" "$root/work" "$root/tmp" "$layout/blobs/sha256"
chmod 1777 "$root/tmp"

tar -C "$root/opt/hardwire" --strip-components=1 -xf "$target/hardwire-$1-linux-$machine.tar.gz"
rm -rf "$root/opt/hardwire/docs"
ln -s /opt/hardwire/bin/hardwire "$root/usr/bin/hardwire"
cp "$busybox" "$root/bin/busybox"
for command in sh readlink; do
  ln -s busybox "$root/bin/$command"
done
java=$root/opt/hardwire/lib/java
find "$java" \( -name '*.so' -o -path '*/bin/*' \) -type f | xargs ldd 2>/dev/null |
  sed -n 's,^.* => \(/.*\) (0x.*,\1,p; s,^\s*\(/.*\) (0x.*,\1,p' | grep -v "^$root" | sort -u |
  while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
echo 'root:x:0:0:root:/work:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

# blob FILE: moves a file to where the layout has it, and prints its digest.
blob() {
  digest=$(sha256sum "$1" | cut -d ' ' -f 1)
  mv "$1" "$layout/blobs/sha256/$digest"
  echo "sha256:$digest"
}

size() {
  stat -c %s "$layout/blobs/sha256/${1#sha256:}"
}

# The archive of classes names the time of the jar, which tar keeps.
find "$root" ! -path "$root/opt/hardwire/*" -exec touch -h -d "@$time" {} +
tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
diff=sha256:$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
gzip -6n "$work/layer.tar"
layer=$(blob "$work/layer.tar.gz")
created=$(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)
cat >"$work/config" <<JSON
{"created":"$created","architecture":"$architecture","os":"linux","config":{"Entrypoint":["/usr/bin/hardwire"],"Env":["PATH=/usr/bin:/bin"],"WorkingDir":"/work","Labels":{"org.opencontainers.image.title":"hardwire","org.opencontainers.image.version":"$1","org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":["$diff"]},"history":[{"created":"$created","created_by":"image.sh"}]}
JSON
config=$(blob "$work/config")
cat >"$work/manifest" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"$config","size":$(size "$config")},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"$layer","size":$(size "$layer")}]}
JSON
manifest=$(blob "$work/manifest")
cat >"$layout/index.json" <<JSON
{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"$manifest","size":$(size "$manifest"),"platform":{"architecture":"$architecture","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"$1"}}]}
JSON
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
image=$target/hardwire-$1-linux-$machine-oci.tar
tar -C "$layout" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" -cf "$image" oci-layout index.json blobs
rm -rf "$work"
echo "$image"
