package dev.hardwire.live.images;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian packages whose programs are patched: dpkg installs them, and nothing else changes. */
class DebianPackageTest {
  private static final String CONTROL =
      """
      Package: sample
      Version: 1.0-1
      Architecture: amd64
      Maintainer: Nobody <nobody@example.org>
      Installed-Size: 100
      Section: misc
      Priority: optional
      Description: a sample
       Of programs.
      """;

  @TempDir Path folder;

  private Path manifest;

  @BeforeEach
  void tree() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("tree/usr/bin"));
    Files.copy(Path.of("/usr/bin/uname"), bin.resolve("sample-uname"));
    Files.copy(Path.of("/usr/bin/true"), bin.resolve("sample-true"));
    Files.createLink(bin.resolve("sample-link"), bin.resolve("sample-uname"));
    String longName = "directory-with-a-long-name/".repeat(5) + "a-file-with-a-long-name";
    Path share = folder.resolve("tree/usr/share/sample").resolve(longName);
    Files.createDirectories(share.getParent());
    Files.writeString(share, "text");
    Path control = Files.createDirectories(folder.resolve("tree/DEBIAN"));
    Files.writeString(control.resolve("control"), CONTROL);
    Files.writeString(control.resolve("postinst"), "#!/bin/sh\nexit 0\n");
    String script =
        "cd \"$1\" && chmod 755 DEBIAN/postinst && chmod 4755 usr/bin/sample-uname"
            + " && find usr -type f | sort | xargs md5sum > DEBIAN/md5sums";
    Programs.run("sh", "-c", script, "sh", folder.resolve("tree")).succeeds();
    Files.writeString(
        folder.resolve("p.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n");
    manifest =
        Files.writeString(
            folder.resolve("m.yaml"),
            """
            version: 1
            files:
              - match: [usr/bin/sample-uname, usr/bin/sample-link]
                policy: p.yaml
            """);
  }

  /** The start script sets a locale; the jar alone does not. */
  @Test
  void digitsAreTheSameInEveryLocale() throws IOException {
    Path original = build("gzip");
    Path ours = folder.resolve("ours.deb");
    Path theirs = folder.resolve("theirs.deb");
    Cli.ok("apply", "--root", original, manifest, "--output", ours);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertThat("%d".formatted(1)).isNotEqualTo("1");
      Cli.ok("apply", "--root", original, manifest, "--output", theirs);
    } finally {
      Locale.setDefault(before);
    }
    assertThat(theirs).has(sameBytesAs(ours));
  }

  @Test
  void messagesHaveTheSameDigitsInEveryLocale() throws IOException {
    messagesAreTheSame("patch", "--deny", "uname", "/usr/bin/uname");
  }

  @Test
  @Tag("long")
  void messagesOfApplyHaveTheSameDigitsInEveryLocale() throws IOException {
    messagesAreTheSame("apply", "--root", build("gzip"), manifest);
  }

  private void messagesAreTheSame(Object... command) throws IOException {
    Path ours = folder.resolve("ours");
    Path theirs = folder.resolve("theirs");
    Outcome here = Cli.ok(List.of(command), "--output", ours);
    Outcome there =
        Cli.process()
            .jvm("-Duser.language=ar", "-Duser.country=EG")
            .call(List.of(command), "--output", theirs)
            .succeeds();
    assertThat(there.out().replace(theirs.toString(), ours.toString()))
        .isEqualTo(here.out())
        .containsPattern("[0-9]");
    assertThat(theirs).has(sameBytesAs(ours));
  }

  @Test
  void digestsOfStrangeNames() throws IOException {
    Path bin = folder.resolve("tree/usr/bin");
    List<String> names = List.of("with two  spaces ", "back\\slash\\n", " first");
    for (String name : names) {
      Files.copy(Path.of("/usr/bin/true"), bin.resolve(name));
    }
    Files.delete(folder.resolve("tree/DEBIAN/md5sums"));
    String sums = "cd \"$1\" && find usr -type f -print0 | sort -z | xargs -0 md5sum";
    Path tree = folder.resolve("tree");
    Files.writeString(
        tree.resolve("DEBIAN/md5sums"), Programs.output("sh", "-c", sums, "sh", tree));
    Path all =
        Files.writeString(
            folder.resolve("all.yaml"),
            "version: 1\nfiles:\n  - match: \"usr/bin/*\"\n    policy: p.yaml\n");
    Path out = folder.resolve("strange.deb");
    Cli.ok("apply", "--root", build("gzip"), "--output", out, all);
    Path unpacked = folder.resolve("strange");
    Programs.run("dpkg-deb", "-R", out, unpacked).succeeds();
    assertThat(Files.readString(unpacked.resolve("DEBIAN/md5sums")))
        .isEqualTo(Programs.output("sh", "-c", sums, "sh", unpacked))
        .isNotEqualTo(Files.readString(tree.resolve("DEBIAN/md5sums")))
        .contains("\\\\slash");
  }

  private Path build(String compression) {
    Path file = folder.resolve(compression + ".deb");
    Programs.run(
            "dpkg-deb",
            "--root-owner-group",
            "-Z" + compression,
            "-b",
            folder.resolve("tree"),
            file)
        .succeeds();
    return file;
  }

  private static String contents(Path file) {
    return Programs.output("dpkg-deb", "-c", file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz", "gzip", "zstd", "none"})
  void dpkgInstallsWhatWasPatched(String compression) throws IOException {
    Path original = build(compression);
    Path patched = folder.resolve("patched.deb");
    Outcome applied = Cli.ok("apply", "--root", original, "--output", patched, manifest);
    assertThat(applied.out())
        .contains(original + ":/usr/bin/sample-link: hook init, ")
        .endsWith("2 files: 2 patched, 0 already, 0 refused, 0 failed, 0 skipped\n");
    assertThat(names(patched)).isEqualTo(names(original));
    assertThat(withoutPrograms(contents(patched))).isEqualTo(withoutPrograms(contents(original)));
    assertThat(contents(patched)).contains("-rwsr-xr-x root/root");
    String fields = Programs.output("dpkg-deb", "-f", patched);
    long grown = (size(patched) - size(original) + 1023) / 1024;
    assertThat(fields)
        .isEqualTo(
            CONTROL
                .replace("Version: 1.0-1", "Version: 1.0-1a~hardwire1\nProvides: sample (= 1.0-1)")
                .replace("Size: 100", "Size: " + (100 + grown)));
    Path root = folder.resolve("root");
    Programs.run("dpkg-deb", "-R", patched, root).succeeds();
    Programs.run("sh", "-c", "cd \"$1\" && md5sum --strict -c DEBIAN/md5sums", "sh", root)
        .succeeds();
    assertThat(root.resolve("DEBIAN/postinst")).isExecutable();
    install(patched);
    Cli.ok("verify", "--policy", folder.resolve("p.yaml"), "--exclude", "sample-true", patched);
  }

  private static List<String> names(Path file) {
    return Programs.output("ar", "t", file).lines().toList();
  }

  private static List<String> withoutPrograms(String contents) {
    return contents.lines().filter(line -> !line.contains("/sample-link")).toList();
  }

  private static long size(Path file) {
    return contents(file)
        .lines()
        .filter(line -> line.matches("-.*/usr/bin/sample-.*") && !line.contains(" link to "))
        .mapToLong(line -> Long.parseLong(line.strip().split(" +", -1)[2]))
        .sum();
  }

  /** Installs it into a root of its own. */
  private void install(Path file) throws IOException {
    Path root = folder.resolve("installed");
    Files.createDirectories(root.resolve("var/lib/dpkg/updates"));
    Files.createDirectories(root.resolve("var/lib/dpkg/info"));
    Files.createFile(root.resolve("var/lib/dpkg/status"));
    Programs.run(
            "dpkg", "--root=" + root, "--force-script-chrootless", "--force-not-root", "-i", file)
        .succeeds();
    for (String name : List.of("sample-uname", "sample-link")) {
      Outcome denied = Programs.run(root.resolve("usr/bin").resolve(name));
      assertThat(denied.err()).contains("Network is down");
    }
    assertThat(Programs.output("dpkg", "--root=" + root, "--verify", "sample")).isEmpty();
  }

  @Test
  void aSecondRunChangesNothing() throws IOException {
    Path file = build("gzip");
    Cli.ok("apply", "--root", file, "--version-suffix", "+local2", manifest);
    byte[] first = Files.readAllBytes(file);
    Outcome again = Cli.ok("apply", "--root", file, manifest);
    assertThat(again.out()).contains("2 files: 0 patched, 2 already");
    assertThat(file).hasBinaryContent(first);
    assertThat(Programs.output("dpkg-deb", "-f", file, "Version")).isEqualTo("1.0-1+local2\n");
  }

  @Test
  void aPackageInWhichNothingIsPatchedIsCopied() throws IOException {
    Path file = build("gzip");
    Cli.ok("apply", "--root", file, manifest);
    Path copy = folder.resolve("copy.deb");
    Cli.ok("apply", "--root", file, "--output", copy, manifest);
    assertThat(copy).has(sameBytesAs(file));
  }

  /** Java asks the file whether another member follows one that ends where its buffer does. */
  @Test
  void packagesOfSeveralGzipMembers() throws IOException {
    Path file = build("none");
    String extract = "cd \"$1\" && ar x none.deb && rm none.deb";
    Programs.run("sh", "-c", extract, "sh", folder).succeeds();
    byte[] data = Files.readAllBytes(folder.resolve("data.tar"));
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.writeBytes(member(gzip(Arrays.copyOf(data, 20_000)), 1 << 16));
    members.writeBytes(gzip(Arrays.copyOfRange(data, 20_000, data.length)));
    Files.write(folder.resolve("data.tar.gz"), members.toByteArray());
    String pack = "cd \"$1\" && ar rc none.deb debian-binary control.tar data.tar.gz";
    Programs.run("sh", "-c", pack, "sh", folder).succeeds();
    Cli.ok("apply", "--root", file, manifest);
    assertThat(contents(file)).contains("sample-uname", "sample-true");
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(content);
    }
    return packed.toByteArray();
  }

  /** A member of gzip (RFC 1952) with an extra field that makes it {@code length} bytes long. */
  private static byte[] member(byte[] plain, int length) {
    int extra = length - plain.length - 2;
    byte[] member = new byte[length];
    System.arraycopy(plain, 0, member, 0, 10);
    member[3] = 4;
    member[10] = (byte) extra;
    member[11] = (byte) (extra >> 8);
    System.arraycopy(plain, 10, member, 12 + extra, plain.length - 10);
    return member;
  }

  @Test
  void filesAndFieldsThatAreThereTwice() throws IOException {
    byte[] good = Files.readAllBytes(build("none"));
    String text = new String(good, ISO_8859_1);
    refused(
        with(good, text.indexOf("Section: misc"), "Version: 9.99"),
        "\"control\" does not have one field Version");
    String add = "cd \"$1\" && ar x none.deb && tar -rf data.tar -C tree ./usr/bin/sample-true";
    String pack = " && rm none.deb && ar rc none.deb debian-binary control.tar data.tar";
    Programs.run("sh", "-c", add + pack, "sh", folder).succeeds();
    refused(
        Files.readAllBytes(folder.resolve("none.deb")),
        "usr/bin/sample-true: the archive has this file twice");
  }

  @Test
  void damagedPackagesAreRefused() throws IOException {
    Path file = build("none");
    byte[] good = Files.readAllBytes(file);
    refused(Arrays.copyOf(good, good.length - 5000), "ends early");
    byte[] damaged = good.clone();
    damaged[8 + 58] ^= 1;
    refused(damaged, "the header of a member at offset 8 is damaged");
    String text = new String(good, ISO_8859_1);
    int control = text.indexOf("control.tar");
    refused(with(good, control, "_ontrol.tar"), "this one has debian-binary, data.tar");
    int name = text.indexOf("./usr/bin/sample-true");
    refused(with(good, name, "./../bin/sample-true "), "is damaged");
  }

  private static byte[] with(byte[] content, int at, String text) {
    byte[] changed = content.clone();
    byte[] octets = text.getBytes(UTF_8);
    System.arraycopy(octets, 0, changed, at, octets.length);
    return changed;
  }

  private void refused(byte[] content, String message) throws IOException {
    Path file = Files.write(folder.resolve("damaged.deb"), content);
    Outcome applied = Cli.run("apply", "--root", file, manifest);
    assertThat(applied.err()).contains(message);
    assertThat(applied.status()).isEqualTo(6);
    assertThat(file).hasBinaryContent(content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz", "gzip", "zstd"})
  void damagedCompression(String compression) throws IOException {
    byte[] good = Files.readAllBytes(build(compression));
    byte[] damaged = good.clone();
    int data = new String(good, ISO_8859_1).indexOf("data.tar") + 60;
    for (int i = data + 2000; i < data + 6000; i++) {
      damaged[i] = (byte) i;
    }
    refused(damaged, "damaged.deb: data.tar.");
    int control = new String(good, ISO_8859_1).indexOf("control.tar") + 90;
    damaged = good.clone();
    Arrays.fill(damaged, control, control + 50, (byte) 0x55);
    refused(damaged, "damaged.deb: control.tar.");
  }

  @Test
  void suffixesThatDebianDoesNotAllow() {
    Path file = build("gzip");
    Outcome applied = Cli.run("apply", "--root", file, "--version-suffix", "_1", manifest);
    assertThat(applied.status()).isEqualTo(2);
    assertThat(applied.err()).contains("--version-suffix may contain letters");
  }
}
