package dev.hardwire.docs;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The start script works from everywhere. */
class StartScriptIT {
  /** Of a process that was ended by SIGSYS, as a shell or a test sees it. */
  private static final int KILLED = 128 + 31;

  @TempDir private Path folder;

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
    Outcome learned = in(folder, Cli.SCRIPT + " learn --exec -o policy -- printenv LC_ALL");
    assertThat(learned.out()).as("%s", learned).isEqualTo("C\n");
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
    Files.copy(Cli.SCRIPT, script, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    Outcome outcome = Programs.run(script, "--version");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("target/hardwire.jar is missing; build it with: mvn");
  }
}
