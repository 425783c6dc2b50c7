package dev.hardwire.live.images;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.container.archive.RpmHeader;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RPM packages whose programs are patched: rpm accepts and installs them. */
class RpmProgramsTest {
  private static final String SPEC =
      """
      Name: sample
      Epoch: 2
      Version: 1.0
      Release: 1
      Summary: a sample
      License: None
      %description
      It has programs.
      %package more
      Summary: more of it
      Requires: sample = 2:1.0-1, sample(x86-64) = 2:1.0-1
      %description more
      More of it.
      %install
      mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/sample
      cp /usr/bin/uname %{buildroot}/usr/bin/sample-uname
      ln %{buildroot}/usr/bin/sample-uname %{buildroot}/usr/bin/sample-link
      cp /usr/bin/true %{buildroot}/usr/bin/sample-true
      chmod 4755 %{buildroot}/usr/bin/sample-uname
      ln -s sample-true %{buildroot}/usr/bin/sample-false
      echo text > %{buildroot}/usr/share/sample/text
      : > %{buildroot}/usr/share/sample/empty
      echo more > %{buildroot}/usr/share/sample/more
      %files
      /usr/bin/*
      /usr/share/sample/text
      /usr/share/sample/empty
      %files more
      /usr/share/sample/more
      """;

  private static final String WIRED = "sample-2:1.0-1^hardwire1.x86_64";

  /** The folders with the packages of a compression of the payload. */
  private static final Map<String, Path> BUILT = new HashMap<>();

  @TempDir static Path common;

  @TempDir Path folder;
  private Path manifest;
  private Path room;

  @BeforeEach
  void files() throws IOException {
    Files.writeString(folder.resolve("sample.spec"), SPEC);
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
    room = Files.createDirectory(folder.resolve("room"));
  }

  /** Copies packages that are made once. */
  private Path build(String payload) throws IOException {
    Path packages = BUILT.get(payload);
    if (packages == null) {
      Path top = common.resolve(payload);
      Programs.run(
              "rpmbuild",
              "--quiet",
              "-bb",
              "--define",
              "_topdir " + top,
              "--define",
              "_binary_payload " + payload,
              "--define",
              "__os_install_post %{nil}",
              "--define",
              "debug_package %{nil}",
              folder.resolve("sample.spec"))
          .succeeds();
      packages = top.resolve("RPMS/x86_64");
      BUILT.put(payload, packages);
    }
    Path copies = folder.resolve("packages");
    Programs.run("cp", "-a", packages, copies).succeeds();
    return copies.resolve("sample-1.0-1.x86_64.rpm");
  }

  private Path patched(Path original, Object... more) {
    Path out = folder.resolve("wired.rpm");
    Outcome applied = Cli.ok("apply", "--root", original, "-o", out, manifest, List.of(more));
    assertThat(applied.out()).contains(original + ":/usr/bin/sample-link: hook init, ");
    return out;
  }

  private Outcome rpm(Object... words) {
    return Programs.run("rpm", "--root", room, "--nodeps", List.of(words));
  }

  private static String query(Path file, String format) {
    return Programs.output("rpm", "--query", "--package", file, "--queryformat", format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"w6.xzdio", "w.ufdio"})
  void rpmInstallsWhatWasPatched(String payload) throws IOException {
    Path original = build(payload);
    Path wired = patched(original);
    assertThat(Programs.output("rpm", "--checksig", wired)).isEqualTo(wired + ": digests OK\n");
    rpm("--install", original).succeeds();
    rpm("--upgrade", wired).succeeds();
    assertThat(rpm("--verify", "sample").succeeds().out()).isEmpty();
    assertThat(Programs.output("rpm", "--root", room, "-q", "--queryformat", "%{nevra}", "sample"))
        .isEqualTo(WIRED);
    String files = "[%{filenames} %{filemodes:perms} %{fileusername} %{filemtimes} %{fileflags}\n]";
    assertThat(query(wired, files)).isEqualTo(query(original, files)).contains("-rwsr-xr-x");
    String installed = Programs.output("du", "-b", room.resolve("usr/bin/sample-link"));
    assertThat(query(wired, "[%{filenames} %{filesizes}\n]"))
        .contains("/usr/bin/sample-uname " + installed.split("\t", 2)[0] + "\n");
    assertThat(Programs.run(room.resolve("usr/bin/sample-uname")).endsWith(1).err())
        .contains("cannot get system name: Network is down");
    assertThat(Cli.ok("apply", "--check", "--root", wired, manifest).out()).contains("2 already");

    Path back = folder.resolve("back.rpm");
    Cli.ok("restore", "-o", back, wired);
    assertThat(Programs.output("rpm", "--checksig", back)).contains("digests OK");
    String digests = "%{nevra} %{size} [%{filedigests} ][%{provideversion} ]%{payloaddigestalt}";
    assertThat(query(back, digests)).isEqualTo(query(original, digests));
    if (payload.equals("w.ufdio")) {
      assertThat(back).has(sameBytesAs(original));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w6.gzdio", "w3.zstdio"})
  @Tag("long")
  void alsoWithOtherCompression(String payload) throws IOException {
    rpmInstallsWhatWasPatched(payload);
  }

  /** Packages that need exactly the former version stay installed, and can be installed. */
  @Test
  void exactDependenciesAreKept() throws IOException {
    Path original = build("w6.gzdio");
    Path more = original.resolveSibling("sample-more-1.0-1.x86_64.rpm");
    Path wired = patched(original);
    rpm("--install", original, more).succeeds();
    for (List<Path> next : List.of(List.of(wired), List.of(more))) {
      Outcome upgrade = Programs.run("rpm", "--root", room, "--test", "--replacepkgs", "-U", next);
      assertThat(upgrade.err()).doesNotContain("is needed by (installed) sample-more");
      assertThat(upgrade.err()).doesNotContain("sample = 2:1.0-1 is needed");
    }
    Path other = patched(original, "--version-suffix", ".other");
    assertThat(query(other, "%{release}")).isEqualTo("1.other");
    Path kept = patched(original, "--version-suffix", "");
    assertThat(query(kept, "%{release}[ %{provideversion}]")).isEqualTo("1 2:1.0-1 2:1.0-1");
  }

  @ParameterizedTest
  @CsvSource({
    "1,1.1",
    "1,2",
    "1,1_1",
    "1,1+1",
    "1.el9,1.el9_1",
    "1.el9,1.el9.1",
    "1.fc40,1.fc41",
    "1.fc40,2.fc40",
    "150400.1.1,150400.1.2"
  })
  void everyUpdateReplacesIt(String release, String update) {
    String compare = "%%{lua: print(rpm.vercmp('%s', '%s'))}";
    String changed = release + "^hardwire1";
    List<String> former = List.of("--eval", compare.formatted(changed, release));
    List<String> next = List.of("--eval", compare.formatted(changed, update));
    assertThat(Programs.output("rpm", former, next)).isEqualTo("1\n-1\n");
  }

  @Test
  void signaturesAreRemovedAndSaidAndMadeAgain() throws IOException {
    Path home = Files.createDirectory(folder.resolve("gnupg"));
    Programs.run("chmod", "700", home).succeeds();
    List<Object> gpg = List.of("gpg", "--homedir", home, "--batch", "--passphrase", "");
    Programs.run(gpg, "--quick-generate-key", "tests@example.org", "ed25519", "sign").succeeds();
    Path key = folder.resolve("key.asc");
    Programs.run(gpg, "--armor", "--output", key, "--export").succeeds();
    Path keys = Files.createDirectory(folder.resolve("keys"));
    Programs.run("rpmkeys", "--dbpath", keys, "--import", key).succeeds();
    List<Object> sign =
        List.of(
            "rpmsign",
            "--define",
            "_gpg_path " + home,
            "--define",
            "_gpg_name tests@example.org",
            "--addsign");
    List<Object> check = List.of("rpmkeys", "--dbpath", keys, "--checksig");
    Path original = build("w6.gzdio");
    Programs.run(sign, original).succeeds();
    assertThat(Programs.run(check, original).succeeds().out()).contains("digests signatures OK");
    Path wired = folder.resolve("wired.rpm");
    assertThat(Cli.ok("apply", "--root", original, "-o", wired, manifest).out())
        .contains("its signature, which does not hold for the changed package, was removed; sign");
    assertThat(Programs.run(check, wired).succeeds().out())
        .contains("digests OK")
        .doesNotContain("signatures");
    Programs.run(sign, wired).succeeds();
    assertThat(Programs.run(check, wired).succeeds().out()).contains("digests signatures OK");
    Path back = folder.resolve("back.rpm");
    assertThat(Cli.ok("restore", "-o", back, wired).out()).contains("was removed; sign");
    Programs.run("gpgconf", "--homedir", home, "--kill", "all");
  }

  /** Whatever is damaged is refused; nothing is written. */
  @Test
  void damagedPackagesAreRefused() throws IOException {
    byte[] original = Files.readAllBytes(build("w6.gzdio"));
    Path file = folder.resolve("damaged.rpm");
    Path out = folder.resolve("out.rpm");
    Random random = new Random(38);
    int header = new String(original, ISO_8859_1).lastIndexOf("\u008e\u00ad\u00e8\u0001");
    for (int round = 0; round < 18; round++) {
      byte[] bytes = original.clone();
      int from = round % 3 == 0 ? 96 : round % 3 == 1 ? header : header + 2000;
      int at = from + random.nextInt(round % 3 == 2 ? bytes.length - from : 600);
      bytes[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(file, bytes);
      Outcome outcome = Cli.run("apply", "--root", file, "-o", out, manifest);
      if (outcome.status() == 0) { // what is not under a digest, such as a reserved space
        Programs.run("rpm", "--checksig", "--nosignature", out).succeeds();
        Files.delete(out);
      } else {
        outcome.endsWith(6);
        assertThat(outcome.err()).startsWith("hardwire: " + file);
        assertThat(out).doesNotExist();
      }
    }
    Files.write(file, Arrays.copyOf(original, original.length - 1));
    Cli.run("verify", file).endsWith(6);
  }

  /** Or a header of a megabyte would take all memory. */
  @Test
  void valuesThatShareBytesAreRefused() {
    int size = 1000;
    ByteBuffer header = ByteBuffer.allocate(16 + 3 * 16 + size + 16);
    header.putInt(0x8eade801).putInt(0).putInt(3).putInt(size + 16);
    header.putInt(RpmHeader.IMMUTABLE).putInt(7).putInt(size).putInt(16);
    header.putInt(1000).putInt(7).putInt(0).putInt(size);
    header.putInt(1001).putInt(7).putInt(0).putInt(size);
    header.position(header.limit() - 16);
    header.putInt(RpmHeader.IMMUTABLE).putInt(7).putInt(-3 * 16).putInt(16);
    Bytes bytes = Bytes.wrap(header.array());
    assertThatThrownBy(() -> RpmHeader.read(bytes, 0, RpmHeader.IMMUTABLE, "a.rpm"))
        .hasMessage("a.rpm: not an RPM package, or damaged: tag 1001 shares its value with others");
  }

  @Test
  void sourcePackagesAreRefused() {
    Programs.run(
            "rpmbuild",
            "--quiet",
            "-bs",
            "--define",
            "_topdir " + folder.resolve("top"),
            folder.resolve("sample.spec"))
        .succeeds();
    Path source = folder.resolve("top/SRPMS/sample-1.0-1.src.rpm");
    assertThat(Cli.run("apply", "--root", source, manifest).endsWith(6).err())
        .contains("a source package; build it");
  }
}
