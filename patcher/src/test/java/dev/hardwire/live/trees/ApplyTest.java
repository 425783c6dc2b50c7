package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees made what a manifest says. */
@Tag("system")
class ApplyTest {
  @TempDir Path folder;

  private Path tree;

  @BeforeEach
  void tree() throws IOException {
    tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("bin"));
    Files.createDirectory(tree.resolve("sbin"));
    Files.copy(Path.of("/bin/true"), tree.resolve("bin/true"));
    Files.copy(Path.of("/bin/uname"), tree.resolve("bin/uname"));
    Files.writeString(tree.resolve("bin/notes"), "text");
    Files.createLink(tree.resolve("sbin/nothing"), tree.resolve("bin/true"));
    Files.createSymbolicLink(tree.resolve("sbin/link"), Path.of("../bin/uname"));
    write("deny.yaml", "version: 1\ndefault: allow\nrules:\n  - errno ENETDOWN: [uname]\n");
    write("none.yaml", "version: 1\ndefault: allow\nrules: []\n");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path manifest(String files) throws IOException {
    return write("manifest.yaml", "version: 1\nroot: tree\nfiles:\n" + files);
  }

  private static Outcome apply(Object... words) {
    return Cli.run(Stream.concat(Stream.of("apply"), Stream.of(words)).toArray());
  }

  /** Runs a command that derives, in a process that knows the C library. */
  private static Outcome derived(Object... words) {
    return CommandLoop.shared().run(words);
  }

  /** Every file with its time and size. */
  private Map<String, String> state() throws IOException {
    Map<String, String> state = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        FileTime time = Files.getLastModifiedTime(file);
        state.put(file.toString(), time + " " + Files.size(file));
      }
    }
    return state;
  }

  @Test
  void theFirstEntryThatNamesAFileDecides() throws IOException {
    Path manifest =
        manifest(
            """
              - match: [bin/true, sbin/nothing]
                policy: none.yaml
                hook: entry
              - match: "bin/*"
                policy: deny.yaml
            """);
    Outcome first = apply(manifest);
    first.succeeds();
    assertThat(first.out())
        .contains("tree/bin/true: hook entry, ")
        .contains("tree/bin/uname: hook init, ")
        .endsWith("4 files: 3 patched, 0 already, 0 refused, 0 failed, 1 skipped (not-elf 1)\n");
    assertThat(Programs.run(tree.resolve("bin/uname")).err()).contains("Network is down");
    assertThat(Files.isSameFile(tree.resolve("bin/true"), tree.resolve("sbin/nothing"))).isTrue();

    Map<String, String> before = state();
    assertThat(apply(manifest).out()).contains("4 files: 0 patched, 3 already");
    Outcome check = apply("--check", manifest);
    check.succeeds();
    assertThat(check.out()).contains("4 files: 0 pending, 3 already");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void ofAManifestThatIsRefusedNoDirectoryIsLeft() throws IOException {
    Path results = folder.resolve("results");
    for (String entry :
        List.of(
            "  - match: bin/true\n    policy: missing.yaml\n",
            "  - match: bin/missing\n    policy: deny.yaml\n")) {
      assertThat(apply("--output-dir", results, manifest(entry)).status()).isIn(4, 6);
      assertThat(results).doesNotExist();
    }
    Files.createDirectory(results);
    assertThat(apply("--output-dir", results, manifest("  - match: x\n    leave: true\n")).status())
        .isEqualTo(4);
    assertThat(results).isEmptyDirectory(); // it was there before
  }

  @Test
  void everyProgramGetsThePolicyThatIsDerivedFromIt() throws IOException {
    Path small = Fixtures.named("musl-static").path();
    Path bin = tree.resolve("bin");
    Path copy = Files.copy(small, bin.resolve(small.getFileName()));
    Files.createLink(tree.resolve("sbin/small"), copy);
    Path manifest =
        manifest("  - match: [bin/musl-static, sbin/small, bin/uname]\n    derive: once\n");
    assertThat(derived("apply", "--check", manifest).status()).isEqualTo(5);
    derived("apply", manifest).succeeds();
    for (Path original : List.of(small, Path.of("/bin/uname"))) {
      Path policy = folder.resolve("derived");
      Path wired = bin.resolve(original.getFileName());
      derived("derive", "-o", policy, original).succeeds();
      Cli.run("verify", "--policy", policy, wired).succeeds();
      assertThat(Programs.run(wired)).isEqualTo(Programs.run(original));
    }
    assertThat(derived("apply", manifest).out()).contains("3 already");
    derived("apply", "--check", manifest).succeeds();

    derived("apply", manifest("  - match: bin/uname\n    derive: again\n    hook: first\n"))
        .succeeds();
    assertThat(Cli.run("inspect", tree.resolve("bin/uname")).out()).contains("first", "phases");
    Programs.run(tree.resolve("bin/uname")).succeeds();
  }

  @Test
  void aPolicyThatCannotBeDerivedIsARefusal() throws IOException {
    Files.copy(Path.of("/usr/bin/true"), tree.resolve("bin/foreign"));
    Cli.ok("patch", "--preset", "no-exec", "--in-place", tree.resolve("bin/foreign"));
    byte[] changed = Files.readAllBytes(tree.resolve("bin/foreign"));
    changed[changed.length / 2] ^= 1;
    Files.write(tree.resolve("bin/foreign"), changed);
    Outcome refused = apply(manifest("  - match: bin/foreign\n    derive: once\n"));
    assertThat(refused.status()).isEqualTo(3);
    assertThat(refused.out()).contains("1 refused (not-derived 1)");
  }

  /** Its loader enters the program only after other code, which is not that of the program. */
  @Test
  void theOriginalOfAHardWiredProgramIsDerived() throws IOException {
    Path policy = folder.resolve("derived");
    Path program = tree.resolve("bin/uname");
    derived("derive", "-o", policy, program).succeeds();
    String before = Files.readString(policy);
    for (String hook : List.of("init", "first")) {
      Cli.run("patch", "--preset", "no-exec", "--hook", hook, "--replace", "--in-place", program)
          .succeeds();
      derived("derive", "-o", policy, program).succeeds();
      assertThat(Files.readString(policy)).isEqualTo(before);
    }
  }

  @Test
  void programsWhoseFunctionsRunFirstArePatchedIfTheManifestSaysSo() throws IOException {
    Files.copy(Fixtures.named("preinit-pie").path(), tree.resolve("bin/early"));
    String rule = "  - match: [bin/early, bin/uname]\n    policy: deny.yaml\n";
    Outcome refused = apply(manifest(rule));
    assertThat(refused.status()).isEqualTo(3);
    assertThat(refused.err()).contains("tree/bin/early: runs-before-hook: ");

    Path manifest = manifest(rule + "    hook: auto-post-init\n");
    Outcome patched = apply(manifest);
    patched.succeeds();
    assertThat(patched.out())
        .contains("tree/bin/early: hook post-init, ")
        .contains("2 files: 1 patched, 1 already");
    assertThat(patched.err())
        .contains("bin/early: warning: hook post-init: ")
        .contains("its constructors run before the policy is installed");
    assertThat(Cli.run("verify", tree.resolve("bin/early")).out())
        .contains("leads to the stub, after the program's constructors");
    apply("--check", manifest).succeeds();
  }

  @Test
  void aCheckWritesNothingAndSaysWhatIsNotDone() throws IOException {
    Path manifest = manifest("  - match: \"bin/*\"\n    policy: deny.yaml\n");
    Map<String, String> before = state();
    Outcome check = apply("--check", "--json", manifest);
    assertThat(check.status()).isEqualTo(5);
    assertThat(check.out()).contains("\"result\": \"pending\"").contains("\"pending\": 2");
    Outcome elsewhere = apply("--check", "--output-dir", folder.resolve("out"), manifest);
    assertThat(elsewhere.status()).isEqualTo(5);
    assertThat(elsewhere.out()).contains("tree/bin/uname: would be patched");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void anotherPolicyTakesThePlaceOfTheFirst() throws IOException {
    Path manifest = manifest("  - match: bin/uname\n    policy: deny.yaml\n");
    assertThat(apply(manifest).status()).isZero();
    write("deny.yaml", "version: 1\ndefault: allow\nrules:\n  - errno EPERM: [uname]\n");
    assertThat(apply("--check", manifest).status()).isEqualTo(5);
    assertThat(apply(manifest).out()).contains("1 file: 1 patched");
    assertThat(Programs.run(tree.resolve("bin/uname")).err()).contains("not permitted");
    Path original = folder.resolve("original");
    Cli.run("restore", "-o", original, tree.resolve("bin/uname"));
    assertThat(original).has(sameBytesAs(Path.of("/bin/uname")));
  }

  @Test
  void resultsGoToTheirPlacesInAnotherDirectory() throws IOException {
    Path out = folder.resolve("out");
    Path manifest =
        manifest(
            "  - match: bin/uname\n    policy: deny.yaml\n  - match: nothing\n    leave: true\n");
    Outcome first = apply("--output-dir", out, manifest);
    first.succeeds();
    assertThat(first.out())
        .endsWith("2 files: 1 patched, 0 already, 0 refused, 0 failed, 1 skipped (left 1)\n");
    assertThat(Programs.run(out.resolve("bin/uname")).err()).contains("Network is down");
    assertThat(tree.resolve("bin/uname")).has(sameBytesAs(Path.of("/bin/uname")));
    assertThat(apply("--check", "--output-dir", out, manifest).status()).isZero();
    assertThat(apply("--output-dir", out, manifest).out()).contains("0 patched, 1 already");
    assertThat(apply("--output-dir", tree, manifest).status()).isEqualTo(2);
  }

  @Test
  void aFileThatIsNamedHasToBeAProgram() throws IOException {
    Path manifest = manifest("  - match: [bin/notes, bin/uname]\n    policy: deny.yaml\n");
    Outcome outcome = apply(manifest);
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).contains("bin/notes: not-elf");
    assertThat(outcome.out()).contains("1 patched");
  }

  @Test
  void whatMatchesNothingIsAnErrorAndNothingIsWritten() throws IOException {
    Map<String, String> before;
    Path manifest =
        manifest(
            """
              - match: bin/uname
                policy: deny.yaml
              - match: ["lib/**", uname]
                policy: deny.yaml
            """);
    before = state();
    Outcome nothing = apply(manifest);
    assertThat(nothing.status()).isEqualTo(4);
    assertThat(nothing.err())
        .contains("manifest.yaml:6:13: \"lib/**\" matches no file in ")
        .contains("tree; correct or remove it");
    assertThat(state()).isEqualTo(before);

    Outcome shadowed =
        apply(
            manifest(
                """
                  - match: "bin/*"
                    policy: deny.yaml
                  - match: bin/uname
                    policy: deny.yaml
                """));
    assertThat(shadowed.status()).isEqualTo(4);
    assertThat(shadowed.err())
        .contains("manifest.yaml:6:5: earlier entries match all of these files");
    assertThat(tree.resolve("bin/uname")).has(sameBytesAs(Path.of("/bin/uname")));
  }

  @Test
  void oneFileCannotGetTwoPolicies() throws IOException {
    Outcome outcome =
        apply(
            manifest(
                """
                  - match: bin/true
                    policy: none.yaml
                  - match: sbin/nothing
                    policy: deny.yaml
                """));
    assertThat(outcome.status()).isEqualTo(4);
    assertThat(outcome.err())
        .containsPattern(
            "manifest.yaml:6:5: .*bin/true and .*sbin/nothing are the same file, but different"
                + " entries match them")
        .contains("(first at ")
        .contains("manifest.yaml:4:5)");
    assertThat(tree.resolve("bin/true")).has(sameBytesAs(Path.of("/bin/true")));
  }

  @Test
  void filesAreSignedByTheirEntrysKey() throws IOException {
    OpensslKey.make(folder.resolve("k.pem"), folder.resolve("c.pem"), "Builder");
    Path manifest =
        write(
            "manifest.yaml",
            """
            version: 1
            root: tree
            signing: {key: k.pem, cert: c.pem, digest: sha384}
            files:
              - match: bin/uname
                policy: deny.yaml
              - match: [bin/true, sbin/nothing]
                policy: none.yaml
                signing: false
            """);
    Outcome outcome = apply(manifest);
    outcome.succeeds();
    assertThat(outcome.out())
        .containsPattern("bin/uname: hook init, \\d+ bytes larger, signed by CN=Builder\n")
        .containsPattern("bin/true: hook init, \\d+ bytes larger\n");
    Outcome verified =
        Cli.run("verify", "--trust", folder.resolve("c.pem"), tree.resolve("bin/uname"));
    assertThat(verified.status()).as(verified.out()).isZero();
    assertThat(apply("--check", manifest).status()).isZero();
  }

  @Test
  void aFileThatWasSignedIsNotWhatAManifestWithoutSignaturesSays() throws IOException {
    OpensslKey.make(folder.resolve("k.pem"), folder.resolve("c.pem"), "Builder");
    String entry = "  - match: bin/uname\n    policy: deny.yaml\n";
    Path manifest = manifest(entry);
    apply(manifest).succeeds();
    Path program = tree.resolve("bin/uname");
    Object[] sign = {"--key", folder.resolve("k.pem"), "--cert", folder.resolve("c.pem")};
    Cli.ok("sign", "--in-place", List.of(sign), program);
    assertThat(apply("--check", manifest).status()).isZero();
    for (Path unsigned :
        List.of(
            manifest(entry + "    signing: false\n"),
            write("all.yaml", "version: 1\nroot: tree\nsigning: false\nfiles:\n" + entry))) {
      Outcome check = apply("--check", unsigned);
      assertThat(check.status()).isEqualTo(5);
      assertThat(check.out()).contains("uname: would be patched");
      apply(unsigned).succeeds();
      assertThat(apply("--check", unsigned).status()).isZero();
      assertThat(Cli.ok("verify", program).out()).doesNotContain("Builder");
      Cli.ok("sign", "--in-place", List.of(sign), program);
    }
  }

  /** A removed package is no reason to leave the other programs unconfined. */
  @Test
  void entriesMayBeOptional() throws IOException {
    Path manifest =
        manifest(
            """
              - match: bin/uname
                policy: deny.yaml
              - match: [bin/removed, "lib/**"]
                optional: true
                policy: deny.yaml
              - match: sbin/gone
                optional: true
                leave: true
            """);
    assertThat(apply(manifest).succeeds().out()).contains("1 file: 1 patched");
    assertThat(apply("--check", manifest).status()).isZero();
    Outcome strict = apply(manifest(Files.readString(manifest).replace("optional: true", "")));
    assertThat(strict.status()).isEqualTo(4);
  }

  /** Only what patterns name is read: other parts of a tree may be unreadable, or endless. */
  @Test
  void onlyPartsThatPatternsNameAreRead() throws IOException {
    Path other = Files.createDirectory(tree.resolve("var"));
    Programs.run("mount", "-t", "tmpfs", "-o", "strictatime", "none", other).succeeds();
    try {
      Files.setAttribute(other, "lastAccessTime", FileTime.fromMillis(0));
      apply(partly()).succeeds();
      assertThat(Files.getAttribute(other, "lastAccessTime")).isEqualTo(FileTime.fromMillis(0));
      assertThat(other).isEmptyDirectory(); // which reads it
      assertThat(Files.getAttribute(other, "lastAccessTime")).isNotEqualTo(FileTime.fromMillis(0));
    } finally {
      Programs.run("umount", other).succeeds();
    }
  }

  private Path partly() throws IOException {
    return manifest("  - match: [bin/true, \"sbin/n*\", sbin/nothing]\n    policy: deny.yaml\n");
  }

  @Test
  @Tag("long")
  void onlyPartsThatPatternsNameAreLookedAt() throws IOException {
    Path forbidden = Files.createDirectories(tree.resolve("var/forbidden"));
    Path manifest = partly();
    Programs.run("mount", "-t", "tmpfs", "none", forbidden).succeeds();
    try {
      Path opened = folder.resolve("opened");
      String run = "strace -f --seccomp-bpf -y -e trace=openat,newfstatat,statx -o \"$@\"";
      Programs.run("sh", "-c", run, "sh", opened, Cli.process().command("apply", manifest))
          .succeeds();
      assertThat(Files.readString(opened)).contains("sbin/nothing").doesNotContain("/var");
    } finally {
      Programs.run("umount", forbidden).succeeds();
    }
    assertThat(apply("--check", manifest).status()).isZero();
  }

  @Test
  void patternsDoNotLeadOutOfTheTree() throws IOException {
    Files.createSymbolicLink(tree.resolve("out"), folder.resolve("elsewhere"));
    Files.createDirectory(folder.resolve("elsewhere"));
    Files.copy(Path.of("/bin/true"), folder.resolve("elsewhere/true"));
    for (String pattern :
        List.of(
            "out/true", "out/*", "../elsewhere/true", "bin/../../elsewhere/true", "./../*/t*")) {
      Outcome outcome = apply(manifest("  - match: \"" + pattern + "\"\n    policy: deny.yaml\n"));
      assertThat(outcome.status()).as(pattern).isEqualTo(4);
      assertThat(outcome.err()).contains("matches no file");
    }
    assertThat(folder.resolve("elsewhere/true")).has(sameBytesAs(Path.of("/bin/true")));
  }

  /**
   * A pattern that may match anywhere reads the whole tree, but not what the kernel shows in it.
   */
  @Test
  void theKernelsDirectoriesAreNotEntered() throws IOException {
    Path other = Files.createDirectory(tree.resolve("proc"));
    Path bound = Files.createDirectory(tree.resolve("dev"));
    String mounts = "mount -t proc proc \"$1\" && mount --bind /dev \"$2\"";
    Programs.run("sh", "-c", mounts, "sh", other, bound).succeeds();
    try {
      Path manifest = manifest("  - match: [uname, \"**/exe\"]\n    policy: deny.yaml\n");
      Outcome outcome = apply("--allow-unmatched", manifest);
      assertThat(outcome.succeeds().out()).contains("1 file: 1 patched").doesNotContain("links");
      assertThat(outcome.err()).isEmpty();
    } finally {
      Programs.run("umount", other, bound).succeeds();
    }
  }

  @Test
  void aCheckComparesTheLibrariesOfDerivedPolicies() throws IOException {
    Path policy = folder.resolve("derived.yaml");
    derived("derive", "-o", policy, "/bin/uname").succeeds();
    Path manifest = manifest("  - match: bin/uname\n    policy: derived.yaml\n");
    assertThat(apply(manifest).succeeds().err()).isEmpty();
    assertThat(apply("--check", manifest).status()).isZero();
    Path library =
        Path.of(
            Files.readAllLines(policy).stream()
                .filter(line -> line.matches("# {3}/.*libc\\.so\\.6 .*"))
                .findFirst()
                .orElseThrow()
                .strip()
                .split(" +", -1)[1]);
    Path inTree = tree.resolve(library.toString().substring(1));
    Files.createDirectories(inTree.getParent());
    Files.copy(library, inTree);
    assertThat(apply("--check", manifest).status()).isZero();
    Files.copy(Path.of("/bin/true"), inTree, StandardCopyOption.REPLACE_EXISTING);
    Outcome check = apply("--check", manifest);
    assertThat(check.status()).isEqualTo(5);
    assertThat(check.err())
        .contains("warning: " + library + " is another file (build-id:")
        .hasLineCount(1);
    assertThat(apply(manifest).succeeds().err()).isEqualTo(check.err());
  }

  @Test
  void aValueThatAnOptionDoesNotTakeIsToldWithItsPlace() throws IOException {
    Outcome outcome =
        apply(
            manifest(
                """
                  - match: bin/uname
                    policy: deny.yaml
                    signing: {key: k.pem, digest: md5}
                """));
    assertThat(outcome.status()).isEqualTo(4);
    assertThat(outcome.err()).contains("manifest.yaml:6:35: ").contains("md5");
  }

  @Test
  void aPolicyThatIsMissingOrWrongLeavesEverythingAlone() throws IOException {
    Map<String, String> before;
    Path manifest =
        manifest(
            """
              - match: bin/uname
                policy: deny.yaml
              - match: [bin/true, sbin/nothing]
                policy: missing.yaml
            """);
    before = state();
    Outcome missing = apply(manifest);
    assertThat(missing.status()).isEqualTo(6);
    assertThat(missing.err()).contains("missing.yaml: no such file or directory");
    assertThat(state()).isEqualTo(before);
    write("missing.yaml", "version: 1\nrules: []\n");
    Outcome wrong = apply(manifest);
    assertThat(wrong.status()).isEqualTo(4);
    assertThat(wrong.err()).contains("missing.yaml:1:1: the policy has no \"default\"");
    assertThat(tree.resolve("bin/uname")).has(sameBytesAs(Path.of("/bin/uname")));
  }
}
