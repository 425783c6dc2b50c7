package dev.hardwire.docs;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The start script works from everywhere. */
class StartScriptIT {
  /** Of a process that was ended by SIGSYS, as a shell or a test sees it. */
  private static final int KILLED = 128 + 31;

  /** As /bin/sh may be. */
  private static final List<String> SHELLS = List.of("dash", "bash", "busybox sh");

  /** The name of a directory with all kinds of odd letters. */
  private static final String ODD = " : \n $x'\"*\\";

  @TempDir private Path folder;

  /** Runs a line of a shell that has a script as its second word. */
  private Outcome with(Path script, String command) {
    return Programs.run("sh", "-c", "cd \"$1\" && " + command, "sh", folder, script);
  }

  private static Outcome in(Path directory, String command) {
    return Programs.run("sh", "-c", "cd \"$1\" && " + command, "sh", directory);
  }

  private void patches(Path directory, String script) throws IOException {
    Path program = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
    String file = directory.equals(folder) ? "program" : program.toString();
    Outcome outcome = in(directory, script + " patch --deny ptrace --in-place " + file);
    outcome.succeeds();
    assertThat(outcome.out()).startsWith(program + ": hook ");
    assertThat(outcome.err()).isEmpty();
    assertThat(Programs.run(program).status()).isZero();
    Files.delete(program);
  }

  @Test
  void fromEveryDirectory() throws IOException {
    patches(folder, Cli.SCRIPT.toString());
    patches(Path.of("/"), Cli.SCRIPT.toString());
    patches(Cli.SCRIPT.getParent(), "./hardwire");
    patches(Cli.SCRIPT.getParent().getParent(), "bin/hardwire");
    Path odd = Files.createDirectory(folder.resolve("a b'c"));
    patches(odd, Cli.SCRIPT.toString());
  }

  @Test
  void throughLinks() throws IOException {
    Path one = Files.createSymbolicLink(folder.resolve("one"), Cli.SCRIPT);
    Files.createSymbolicLink(folder.resolve("two"), Path.of("one"));
    Files.createSymbolicLink(folder.resolve("bin"), Cli.SCRIPT.getParent());
    patches(folder, "./two");
    patches(folder, "bin/hardwire");
    patches(Path.of("/"), one.toString());
    patches(folder, "PATH=\"$PWD:$PATH\" two");
  }

  /** The tests have the locale C. */
  @Test
  void namesAreOfAnyLettersWithoutALocale() {
    String name = "name=$(printf 'tr\\303\\251'); cp /bin/true \"$name\"; ";
    for (String locale : new String[] {"env -u LC_ALL -u LANG ", "LC_ALL=POSIX ", ""}) {
      Outcome outcome =
          in(folder, name + locale + Cli.SCRIPT + " patch --deny ptrace --in-place \"$name\"");
      outcome.succeeds();
      assertThat(outcome.out()).contains("/tr\u00c3\u00a9: hook ");
    }
  }

  @Test
  void whatLearnStartsHasTheInputAndTheLocaleOfTheCaller() {
    String program = "sh -c 'wc -c; printenv LC_ALL' <&-";
    Outcome learned = in(folder, Cli.SCRIPT + " learn --exec --no-derive -o policy -- " + program);
    assertThat(learned.out()).as("%s", learned).isEqualTo("0\nC\n");
  }

  /** A JVM opens a file of its own as the first descriptor, which is not read. */
  @Test
  void closedInputIsEmpty() {
    Outcome log = in(folder, Cli.SCRIPT + " learn - <&-");
    assertThat(log.err()).as("%s", log).contains("no system call in it (0 lines)");
    for (String shell : new String[] {"", "busybox sh ", "bash "}) {
      Outcome other = in(folder, shell + Cli.SCRIPT + " why --log - <&-");
      assertThat(other.err()).as("%s", other).contains("standard input: no record");
    }
    Outcome patched = in(folder, Cli.SCRIPT + " patch --deny uname -o wired /bin/uname <&-");
    assertThat(patched.succeeds().err()).isEmpty();
  }

  @Test
  void worksInTheShellOfBusybox() {
    String hardwire = "busybox sh " + Cli.SCRIPT;
    Outcome patched = in(folder, hardwire + " patch --deny uname -o wired /bin/uname && ./wired");
    assertThat(patched.status()).as("%s", patched).isEqualTo(KILLED);
    Outcome ran = in(folder, hardwire + " run --deny uname -- /bin/uname");
    assertThat(ran.status()).as("%s", ran).isEqualTo(KILLED);
    assertThat(ran.err()).isIn("", "Bad system call\n"); // the shell may report the signal
    Outcome echo = in(folder, hardwire + " run --deny uname -- /bin/echo a 'b c'");
    assertThat(echo.out()).as("%s", echo).isEqualTo("a b c\n");
  }

  /** Neither coreutils nor another shell can be found there. */
  @Test
  void worksWhereOnlyBusyboxIs() throws IOException {
    Path room = Files.createDirectory(folder.resolve("room"));
    Programs.output("cp", "/usr/bin/busybox", room);
    for (String name : Programs.output("busybox", "--list").split("\n", -1)) {
      if (!name.isEmpty() && !name.equals("busybox")) {
        Files.createSymbolicLink(room.resolve(name), Path.of("busybox"));
      }
    }
    String hardwire =
        "env -i PATH=%s JAVA_HOME=%s %s/sh %s".formatted(room, Cli.home(), room, Cli.SCRIPT);
    in(folder, hardwire + " patch --deny ptrace -o wired /bin/echo").succeeds().isQuiet();
    in(folder, Cli.SCRIPT + " patch --deny ptrace -o usual /bin/echo").succeeds();
    assertThat(folder.resolve("wired")).has(sameBytesAs(folder.resolve("usual")));
    assertThat(Programs.output("stat", "-c", "%a %u:%g", folder.resolve("wired")))
        .isEqualTo(Programs.output("stat", "-c", "%a %u:%g", folder.resolve("usual")));
    in(folder, hardwire + " verify wired").succeeds().isQuiet();
    in(folder, hardwire + " restore -o back wired").succeeds().isQuiet();
    assertThat(folder.resolve("back")).has(sameBytesAs(Path.of("/bin/echo")));
    Outcome echo = in(folder, hardwire + " run --deny uname -- /bin/echo a 'b c'");
    assertThat(echo).isEqualTo(new Outcome(0, "a b c\n", ""));
    assertThat(in(folder, hardwire + " run --deny uname -- /bin/uname").status()).isEqualTo(KILLED);
  }

  @Test
  void theExitStatusIsTheCommands() {
    assertThat(in(folder, Cli.SCRIPT + " patch").status()).isEqualTo(2);
    assertThat(in(folder, Cli.SCRIPT + " inspect /bin/true").status()).isEqualTo(3);
    assertThat(in(folder, Cli.SCRIPT + " verify /bin/true").status()).isEqualTo(5);
    assertThat(in(folder, Cli.SCRIPT + " inspect nowhere").status()).isEqualTo(6);
  }

  @Test
  void withoutTheJarItSaysHowToMakeIt() throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path script = bin.resolve("hardwire");
    Files.copy(Cli.SCRIPT, script, StandardCopyOption.COPY_ATTRIBUTES);
    Outcome outcome = Programs.run(script, "--version");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("target/hardwire.jar is missing; build it with: mvn");
  }

  /** Copies the installation, without archives of classes. */
  private Path installed(String name) throws IOException {
    Path top = folder.resolve(name);
    Path lib = Files.createDirectories(top.resolve("lib"));
    for (String part : List.of("hardwire.jar", "hardwire.options", "native")) {
      Programs.output("cp", "-R", Path.of("target", part), lib);
    }
    Path script = Files.createDirectory(top.resolve("bin")).resolve("hardwire");
    return Files.copy(Cli.SCRIPT, script, StandardCopyOption.COPY_ATTRIBUTES);
  }

  @Test
  void theInstallationMayBeInAnyDirectory() throws IOException {
    worksIn(ODD, SHELLS.subList(0, 1));
  }

  /** What else the script does is the same for all commands. */
  @Test
  void runIsInAnyDirectoryWithEachShell() throws IOException {
    Path script = installed(ODD);
    for (String shell : SHELLS.subList(1, SHELLS.size())) {
      runs(script, shell);
    }
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {ODD, "a:b", "a b", "a\nb\n"})
  void theNameOfTheDirectoryHasOddLetters(String name) throws IOException {
    worksIn(name, SHELLS);
  }

  private void worksIn(String name, List<String> shells) throws IOException {
    Path script = installed(name);
    for (String shell : shells) {
      String hardwire = shell + " \"$2\" ";
      Outcome version = with(script, hardwire + "--version").succeeds().isQuiet();
      assertThat(version.out()).startsWith("hardwire ");
      with(script, hardwire + "patch --deny uname -o wired /bin/uname && rm wired").succeeds();
      runs(script, shell);
    }
  }

  private void runs(Path script, String shell) {
    Outcome ran = with(script, shell + " \"$2\" run --deny uname -- /bin/echo a 'b c'");
    assertThat(ran).as(shell).isEqualTo(new Outcome(0, "a b c\n", ""));
  }

  /** Bash makes no pipe of an empty here-document, and zsh of none. */
  @Test
  void runNeedsNoCertainShell() {
    for (String shell : SHELLS) {
      Outcome ran = in(folder, shell + " " + Cli.SCRIPT + " run --deny uname -- /bin/echo a 'b c'");
      assertThat(ran).as(shell).isEqualTo(new Outcome(0, "a b c\n", ""));
    }
  }

  @Test
  void worksWithoutHome() {
    for (String shell : SHELLS) {
      String hardwire = "env -i PATH=/usr/bin:/bin JAVA_HOME=%s %s %s --version";
      in(folder, hardwire.formatted(Cli.home(), shell, Cli.SCRIPT)).succeeds().isQuiet();
    }
  }

  @Test
  void worksWithoutProc() throws IOException {
    Path script = installed("a:b");
    String away = "unshare -m sh -c 'umount -l /proc && exec \"$@\"' sh ";
    for (String shell : SHELLS) {
      String hardwire = away + shell + " " + Cli.SCRIPT;
      in(folder, hardwire + " --version").succeeds().isQuiet();
      in(folder, hardwire + " patch --deny uname -o wired /bin/uname && rm wired").succeeds();
      fails(in(folder, hardwire + " run --deny uname -- true"), 6, "run needs /proc: mount it");
      Outcome colon = with(script, away + shell + " \"$2\" --version");
      fails(colon, 6, "an installation with a colon in its path needs /proc: mount it");
    }
  }

  @Test
  void aDeletedDirectoryIsNamed() throws IOException {
    Path gone = folder.resolve("gone");
    for (String shell : SHELLS) {
      Files.createDirectory(gone);
      Outcome outcome = in(gone, "rmdir \"$1\" && " + shell + " " + Cli.SCRIPT + " --version");
      assertThat(outcome.status()).isEqualTo(6);
      assertThat(outcome.out()).isEmpty();
      assertThat(outcome.err())
          .endsWith(
              "hardwire: the current directory does not exist any more; change to another one\n");
    }
  }

  @Test
  void theReasonWhyNoJvmStartsIsPrinted() {
    fails(in(folder, "ulimit -v 500000; " + Cli.SCRIPT + " --version"), 1, "Could not reserve");
    for (String variable : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
      Outcome small = in(folder, variable + "=-Xmx2m " + Cli.SCRIPT + " policy presets");
      assertThat(small.status()).isIn(1, 6);
      assertThat(small.out()).isEmpty();
      assertThat(small.err()).containsPattern("memory|OutOfMemoryError|Unable to use AOT cache");
    }
    String user = "setpriv --reuid 61234 --clear-groups --bounding-set=-all --inh-caps=-all ";
    Outcome threads = in(Path.of("/"), user + "prlimit --nproc=2 " + Cli.SCRIPT + " --version");
    fails(threads, 1, "Error occurred during initialization of VM");
  }

  private static void fails(Outcome outcome, int status, String text) {
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(status);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains(text);
  }

  @Test
  void aHeapOfTheUserMayBeSmallerThanThatOfTheProfile() {
    Outcome version = in(folder, "JAVA_TOOL_OPTIONS=-Xmx32m " + Cli.SCRIPT + " --version");
    assertThat(version.succeeds().out()).startsWith("hardwire ");
  }

  @Test
  void lackOfMemoryIsOneLine() throws IOException {
    String rule = "  - errno EPERM: [socket]\n    when: \"domain == %d && type == 1\"\n";
    StringBuilder policy = new StringBuilder("version: 1\ndefault: allow\nrules:\n");
    for (int i = 0; i < 20_000; i++) {
      policy.append(rule.formatted(i));
    }
    Files.writeString(folder.resolve("large.yaml"), policy);
    String command = Cli.SCRIPT + " patch --policy large.yaml -o out /bin/true";
    Outcome outcome = in(folder, "JDK_JAVA_OPTIONS=-Xmx16m " + command);
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(6);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines().skip(1)) // that the variable was read
        .singleElement()
        .asString()
        .startsWith("hardwire: ")
        .contains("not enough memory (Java heap space); ");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void nothingIsWrittenToTheFolderOfTemporaryFiles() {
    String readOnly =
        "mount --rbind /tmp /tmp && mount -o remount,bind,ro /tmp && ! touch /tmp/a 2>/dev/null";
    String command = "unshare -m sh -c '%s && exec \"$@\"' sh %s run --deny uname -- echo a";
    Outcome outcome = in(Path.of("/"), command.formatted(readOnly, Cli.SCRIPT));
    assertThat(outcome).isEqualTo(new Outcome(0, "a\n", ""));
  }

  @Test
  void damagedPartsAreNamed() throws IOException {
    Path script = installed("damaged");
    Path lib = script.resolveSibling("../lib").normalize();
    Files.writeString(lib.resolve("hardwire.jar"), "damaged");
    fails(with(script, "\"$2\" --version"), 1, "Could not find or load main class");
    Path java = Files.createDirectories(folder.resolve("jvm/bin")).resolve("java");
    Files.writeString(java, "\177ELF");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Outcome broken =
        in(folder, "JAVA_HOME=" + folder.resolve("jvm") + " " + Cli.SCRIPT + " --version");
    assertThat(broken.status()).as("%s", broken).isIn(2, 126, 127);
    assertThat(broken.err()).contains("java");
    fails(in(folder, "JAVA_HOME=/nowhere " + Cli.SCRIPT + " --version"), 1, "needs Java 17");
  }
}
