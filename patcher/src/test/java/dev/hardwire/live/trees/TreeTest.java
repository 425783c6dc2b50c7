package dev.hardwire.live.trees;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.JsonSchema;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directory trees: what is in them, patched and restored, once and again. */
class TreeTest {
  private static final Path PIE = Fixtures.named("gcc-pie").path();
  private static final Path STATIC = Fixtures.named("gcc-static").path();

  /** Which two processes patch at the same time. */
  private static final int COPIES = 30;

  private static final long TICKS = 20_000_000;

  @TempDir private Path folder;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
    Files.createDirectories(tree.resolve("bin/inner"));
    Files.copy(PIE, tree.resolve("bin/b"));
    Files.copy(STATIC, tree.resolve("bin/inner/a"));
    Files.createLink(tree.resolve("bin/z"), tree.resolve("bin/b"));
    Files.createLink(tree.resolve("link-outside"), Files.copy(PIE, tree.resolve("d")));
    Files.createSymbolicLink(tree.resolve("bin/link"), Path.of("b"));
    Files.createSymbolicLink(tree.resolve("loop"), Path.of("."));
    Files.copy(Fixtures.named("libwait.so").path(), tree.resolve("libwait.so"));
    Files.writeString(tree.resolve("script"), "#!/bin/sh\n");
    Programs.output("mkfifo", tree.resolve("pipe"));
    Programs.output("chmod", "-R", "u+rwx", tree);
    LockSupport.parkNanos(TICKS); // results are newer, by the clock of the file system
  }

  private static Outcome patch(Object... args) {
    return Cli.run("patch", Policies.UNAME_ERRNO, "--recursive", List.of(args));
  }

  private static String run(Path program) {
    return Programs.run(program).out();
  }

  private String shortened(String text) {
    return text.replace(folder + "/", "").replaceAll(", \\d+ bytes larger", "");
  }

  /** What must stay the same where nothing is changed. */
  private static Map<String, String> state(Path root) throws IOException {
    Map<String, String> state = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> !Files.isDirectory(f)).toList()) {
        state.put(
            root.relativize(file).toString(),
            Files.readAttributes(
                    file, "unix:ino,ctime,lastModifiedTime,mode", LinkOption.NOFOLLOW_LINKS)
                .toString());
      }
    }
    return state;
  }

  @Test
  void treeIsPatchedInPlaceAndASecondRunChangesNothing() throws IOException {
    Outcome first = patch("--in-place", "--exclude", "link-*", tree);
    first.succeeds();
    assertThat(shortened(first.out()))
        .isEqualTo(
            """
            tree/bin/b: hook init
            tree/bin/inner/a: hook entry
            tree/d: hook init
            6 files: 4 patched, 0 already, 0 refused, 0 failed, 2 skipped (not-elf 1, shared-library 1); \
            symbolic links not followed: 2
            """);
    assertThat(shortened(first.err()))
        .isEqualTo(
            "hardwire: tree/d: warning: 1 other name of the file, not among those given, keeps the"
                + " old contents\n");
    assertThat(run(tree.resolve("bin/b"))).contains("main uname=errno 100");
    assertThat(run(tree.resolve("bin/z"))).contains("main uname=errno 100");
    assertThat(Files.isSameFile(tree.resolve("bin/b"), tree.resolve("bin/z"))).isTrue();
    assertThat(tree.resolve("link-outside")).has(sameBytesAs(PIE));
    Map<String, String> before = state(tree);
    Outcome second = patch("--in-place", "--exclude", "link-*", tree);
    second.succeeds();
    assertThat(second.err()).isEmpty();
    assertThat(second.out())
        .contains("tree/bin/b: already\n", "6 files: 0 patched, 4 already, 0 refused");
    assertThat(state(tree)).isEqualTo(before);

    Outcome other = Cli.run("patch", "--deny", "uname", "-r", "--in-place", tree);
    assertThat(other.status()).isEqualTo(3);
    assertThat(other.out()).contains("1 patched", "4 refused (already-patched 4)");
    Outcome verified = Cli.run("verify", "--exclude", "link-*", tree);
    verified.succeeds();
    assertThat(verified.out()).contains("3 files: confined 3; signed 0");

    Outcome restored = Cli.run("restore", "--recursive", "--in-place", tree);
    restored.succeeds();
    assertThat(restored.out()).contains("5 restored", "not-patched 1");
    assertThat(tree.resolve("bin/z")).has(sameBytesAs(PIE));
    assertThat(tree.resolve("bin/inner/a")).has(sameBytesAs(STATIC));
  }

  @Test
  void outputDirectoryInsideTheTreeKeepsItsShape() throws IOException {
    Path out = tree.resolve("results");
    Outcome first = patch("--output-dir", out, "--jobs", 3, tree);
    first.succeeds();
    assertThat(first.err()).isEmpty();
    assertThat(state(out).keySet())
        .containsExactly("bin/b", "bin/inner/a", "bin/z", "d", "link-outside");
    assertThat(run(out.resolve("bin/z"))).contains("main uname=errno 100");
    assertThat(Files.isSameFile(out.resolve("bin/b"), out.resolve("bin/z"))).isTrue();
    assertThat(tree.resolve("bin/b")).has(sameBytesAs(PIE));
    Map<String, String> before = state(out);
    assertThat(patch("--output-dir", out, tree).out()).contains("0 patched, 5 already");
    assertThat(state(out)).isEqualTo(before);

    Files.copy(Fixtures.named("gcc-nonpie").path(), folder.resolve("new"));
    Files.move(
        folder.resolve("new"), tree.resolve("bin/inner/a"), StandardCopyOption.REPLACE_EXISTING);
    Files.delete(out.resolve("bin/z"));
    Outcome changed = patch("--output-dir", out, tree);
    assertThat(changed.out()).contains("bin/inner/a: hook init", "1 patched, 4 already");
    assertThat(Files.isSameFile(out.resolve("bin/b"), out.resolve("bin/z"))).isTrue();
    assertThat(patch("--output-dir", tree, tree).err()).contains("is the input");
  }

  @Test
  void whatIsNamedTwiceIsDoneOnce() {
    Outcome outcome = patch("--in-place", tree, tree.resolve("bin"), tree.resolve("bin/b"));
    outcome.succeeds();
    assertThat(outcome.out()).contains("5 patched, 0 already").containsOnlyOnce("bin/b: hook");
  }

  @Test
  void globsChoose() {
    Outcome outcome =
        patch(
            "--output-dir",
            folder.resolve("out"),
            "--include",
            "bin/**",
            "--include",
            "d",
            "--exclude",
            "inner",
            tree);
    assertThat(shortened(outcome.out()))
        .isEqualTo(
            """
            out/bin/b: hook init
            out/d: hook init
            3 files: 3 patched, 0 already, 0 refused, 0 failed, 0 skipped; symbolic links not followed: 1
            """);
    assertThat(patch("--in-place", "--include", "[", tree).err())
        .contains("\"[\" is not a valid pattern");
    assertThat(Cli.run("patch", "--deny", "uname", "--in-place", "--include", "x", tree))
        .extracting(Outcome::status)
        .isEqualTo(2);
  }

  @Test
  void damageIsRefusedAndTheRestIsDone() throws IOException {
    Files.writeString(tree.resolve("aaa-damaged"), "\177ELF and no more");
    Outcome outcome = patch("--in-place", "--json", tree);
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.err()).contains("aaa-damaged: bad-header");
    JsonSchema.validated("batch", outcome.out());
    JsonObject report = JsonParser.parseString(outcome.out()).getAsJsonObject();
    JsonArray files = report.getAsJsonArray("files");
    List<String> results = new ArrayList<>();
    files.forEach(
        file -> {
          JsonObject one = file.getAsJsonObject();
          results.add(
              shortened(one.get("file").getAsString()) + " " + one.get("result").getAsString());
        });
    assertThat(results)
        .containsExactly(
            "tree/aaa-damaged refused",
            "tree/bin/b patched",
            "tree/bin/z patched",
            "tree/bin/inner/a patched",
            "tree/d patched",
            "tree/link-outside patched",
            "tree/libwait.so skipped",
            "tree/script skipped");
    assertThat(files.get(2).getAsJsonObject().get("sameAs").getAsString()).endsWith("bin/b");
    assertThat(files.get(0).getAsJsonObject().get("reason").getAsString()).isEqualTo("bad-header");
    assertThat(report.getAsJsonObject("summary"))
        .hasToString(
            "{\"patched\":5,\"already\":0,\"skipped\":2,\"refused\":1,\"failed\":0,\"links\":2,\"special\":1}");
  }

  @Test
  void failFastBeginsNothingMore() throws IOException {
    Files.writeString(tree.resolve("aaa-damaged"), "\177ELF and no more");
    Outcome outcome = patch("--in-place", "--fail-fast", "--jobs", 1, tree);
    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.out())
        .isEqualTo(
            "1 file: 0 patched, 0 already, 1 refused (bad-header 1), 0 failed, 0 skipped; symbolic"
                + " links not followed: 2\n");
    assertThat(tree.resolve("d")).has(sameBytesAs(PIE));
  }

  @Test
  void progressIsShownWhereItIsWanted() {
    Outcome plain = patch("--output-dir", folder.resolve("one"), tree);
    assertThat(plain.err()).isEmpty();
    Outcome bar = patch("--output-dir", folder.resolve("two"), "--progress", "always", tree);
    assertThat(bar.err()).contains("5 of 5 files").endsWith("\r\033[K");
    assertThat(bar.out().replace("/two/", "/one/")).isEqualTo(plain.out());
  }

  @Test
  void onlyErrorsArePrintedIfNothingElseIsWanted() throws IOException {
    Outcome quiet = patch("--output-dir", folder.resolve("one"), "--quiet", tree);
    assertThat(quiet).isEqualTo(new Outcome(0, "", ""));
    Path wired = folder.resolve("one/d");
    assertThat(Cli.run("verify", "-q", wired)).isEqualTo(new Outcome(0, "", ""));
    assertThat(Cli.run("verify", "-q", "--json", wired).out()).contains("\"passed\": true");
    Outcome refused = Cli.run("verify", "-q", PIE, wired);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).startsWith("hardwire: " + PIE + ": ").hasLineCount(1);
    assertThat(refused.status()).isEqualTo(5);
    Cli.run("patch", "-q", "--allow", "read", "-o", folder.resolve("out"), PIE).isQuiet();
    Cli.run("patch", "-q", "--dry-run", "--deny", "uname", PIE)
        .fails(2, "--dry-run and --quiet cannot be used together");
    Cli.run("verify", "-q", "--progress", "always", wired)
        .fails(2, "--quiet and --progress always cannot be used together");
  }

  /** As another process that works on the same tree would leave it in the middle. */
  @Test
  void temporaryFilesOfOthersAreNotTouched() throws IOException {
    Path other = Files.copy(PIE, tree.resolve(".hardwire-0a1b2c3d.tmp"));
    assertThat(patch("--in-place", tree).out()).doesNotContain(".tmp");
    assertThat(other).has(sameBytesAs(PIE));
  }

  @Test
  void twoProcessesOnOneTreeLeaveEveryFileWhole() throws Exception {
    for (int i = 0; i < COPIES; i++) {
      Files.copy(PIE, tree.resolve("copy" + i));
    }
    Path expected = folder.resolve("expected");
    assertThat(Cli.run("patch", Policies.UNAME_ERRNO, "-o", expected, PIE).status()).isZero();
    List<CommandLoop> both = List.of(CommandLoop.shared(0), CommandLoop.shared(1));
    for (CommandLoop process : both) {
      process.send("patch", Policies.UNAME_ERRNO, "--recursive", "--in-place", tree);
    }
    for (CommandLoop process : both) {
      Outcome outcome = process.answer();
      if (outcome.status() != 0) { // the other one replaced some of them first
        outcome.fails(6, ": another process ");
      }
    }
    for (int i = 0; i < COPIES; i++) {
      assertThat(tree.resolve("copy" + i)).has(sameBytesAs(expected));
    }
    assertThat(Cli.run("verify", tree).out())
        .contains("%1$d files: confined %1$d; signed".formatted(COPIES + 3));
    assertThat(state(tree).keySet()).noneMatch(name -> name.endsWith(".tmp"));
  }
}
