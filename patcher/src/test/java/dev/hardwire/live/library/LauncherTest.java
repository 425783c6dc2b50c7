package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher by itself: its file, its command line, and what it refuses. */
class LauncherTest {
  private static final Map<String, String> PTRACE = Map.of("SECCOMP_SYSCALL_DENY", "ptrace");

  @TempDir private Path folder;
  private Path launcher;

  @BeforeEach
  void writeTheLauncher() {
    launcher = launcher();
  }

  private Path launcher(Object... options) {
    Path file = folder.resolve("launcher" + options.length);
    Outcome outcome = Cli.run("launcher", "-o", file, List.of(options));
    outcome.succeeds();
    return file;
  }

  private Outcome run(Map<String, String> variables, Object... command) {
    return Programs.run(
        variables, Stream.concat(Stream.of(launcher), Stream.of(command)).toArray());
  }

  @Test
  void toolsFindNoFault() {
    for (Path file : List.of(launcher, launcher("--deny=uname"))) {
      OurFiles.toolsFindNoFault(file);
      assertThat(file).isExecutable();
      assertThat(Programs.output("file", file)).contains("static-pie linked");
      assertThat(Programs.output("ldd", file)).isEqualTo("\tstatically linked\n");
      assertThat(Programs.output("readelf", "-lW", file)).doesNotContain("INTERP", "RWE");
    }
    assertThat(launcher.toFile().length()).isLessThan(30_000);
  }

  @Test
  void theSamePolicyMakesTheSameLauncher() throws IOException {
    byte[] first = Files.readAllBytes(launcher("--deny", "uname"));
    assertThat(Files.readAllBytes(launcher("--deny", "uname"))).isEqualTo(first);
  }

  @Test
  void theProgramFindsWhatItWouldWithout() {
    Map<String, String> variables = new HashMap<>(PTRACE);
    variables.put("SECCOMP_DEFAULT_ACTION", "kill");
    variables.put("A_LAST", "x");
    Object[] show = {"sh", "-c", "echo $0 $@; cat; cat /proc/self/environ", "a0", "", "b c"};
    String plain = Programs.run(Map.of("A_LAST", "x"), show).out();
    assertThat(run(variables, show)).isEqualTo(new Outcome(0, plain, ""));
    assertThat(run(PTRACE, "cat", "/proc/self/comm").out()).isEqualTo("cat\n");
    assertThat(run(PTRACE, "readlink", "/proc/self/exe").out())
        .isEqualTo("/memfd:readlink (deleted)\n");
    assertThat(run(PTRACE, "sh", "-c", "exit 7").status()).isEqualTo(7);
    assertThat(run(PTRACE, "sh", "-c", "kill -TERM $$").status()).isEqualTo(128 + 15);
    assertThat(run(PTRACE, "ls", "/proc/self/fd").out())
        .isEqualTo(Programs.output("ls", "/proc/self/fd"));
  }

  @Test
  void itIsTheSameProcessAndGetsItsSignals() throws Exception {
    Process process =
        Programs.start(
            PTRACE,
            List.of(launcher.toString(), "sleep", "60"),
            folder.resolve("out"),
            folder.resolve("err"));
    Path comm = Path.of("/proc/" + process.pid() + "/comm");
    while (!Files.readString(comm).equals("sleep\n")) {
      Thread.sleep(10);
    }
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
  }

  /** The rights that the talk's launcher needs are not there. */
  @Test
  void itNeedsNoRights() {
    Programs.output("chmod", "755", folder);
    Outcome outcome =
        Programs.run(
            Map.of("SECCOMP_SYSCALL_DENY", "execve:execveat:uname"),
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "sh",
            "-c",
            "exec \"$0\" uname",
            launcher);
    outcome.endsWith(Programs.KILLED_BY_SIGSYS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SECCOMP_SYSCALL_DENY   | ptrace,:unmae | , item 3: unknown system call \"unmae\"",
        "SECCOMP_SYSCALL_ALLOW  | @basic-oi     | , item 1: unknown group \"@basic-oi\"",
        "SECCOMP_DEFAULT_ACTION | lgo           | : unknown action \"lgo\"",
      })
  void whatIsNotUnderstoodStopsTheProgram(String variable, String value, String message) {
    Map<String, String> variables = new HashMap<>(PTRACE);
    variables.put(variable, value);
    for (String option : List.of("--", "--before-exec")) {
      assertThat(run(variables, option, "echo", "started"))
          .isEqualTo(
              new Outcome(
                  126,
                  "",
                  "hardwire: " + variable + message + ", so the program was not started\n"));
    }
  }

  @Test
  void withoutAPolicyNothingStarts() {
    for (Map<String, String> variables :
        List.of(Map.<String, String>of(), Map.of("SECCOMP_DEFAULT_ACTION", "log"))) {
      Outcome outcome = run(variables, "echo", "started");
      assertThat(outcome.status()).isEqualTo(126);
      assertThat(outcome.out()).isEmpty();
      assertThat(outcome.err()).startsWith("hardwire: no policy: ");
    }
  }

  @Test
  void aBuiltInPolicyIsTheOnlyOne() {
    Path own = launcher("--deny", "uname");
    Map<String, String> variables = Map.of("SECCOMP_SYSCALL_DENY", "unmae");
    assertThat(Programs.run(variables, own, "uname").status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(Programs.run(variables, own, "printenv", "SECCOMP_SYSCALL_DENY").out())
        .isEqualTo("unmae\n");
    Outcome outcome = Programs.run(launcher("--allow", "", "--default-action=log"), "uname");
    assertThat(outcome).isEqualTo(new Outcome(0, "Linux\n", ""));
  }

  @Test
  void usageIsToldApart() {
    for (List<Object> wrong :
        List.<List<Object>>of(
            List.of(), List.of("--"), List.of("--unknown", "true"), List.of("-"))) {
      Outcome outcome = run(PTRACE, wrong.toArray());
      assertThat(outcome.status()).as(wrong.toString()).isEqualTo(2);
      assertThat(outcome.err()).startsWith("hardwire: usage: ");
    }
    Outcome help = run(Map.of(), "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).startsWith("Usage: " + launcher).contains("--before-exec", "126");
  }

  @Test
  void whatCannotBeExecutedIsNotStarted() throws IOException {
    refused(127, "no-such-program: no such program in PATH: error 2", "no-such-program");
    refused(127, "/no/such/program: cannot find out what it is: error 2", "/no/such/program");
    refused(126, "it is not a regular file", "/tmp");
    Path plain = Files.copy(Path.of("/bin/true"), folder.resolve("plain"));
    Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rw-r--r--"));
    refused(126, plain + ": cannot be executed: error 13", plain);
    Path setuid = Files.copy(Path.of("/bin/true"), folder.resolve("setuid"));
    Programs.output("chmod", "4755", setuid);
    refused(126, setuid + ": it is setuid or setgid", setuid);
    Path empty = folder.resolve("empty");
    Files.write(empty, new byte[0]);
    Programs.output("chmod", "755", empty);
    refused(126, empty + ": it is empty", empty);
  }

  private void refused(int status, String message, Object program) {
    Outcome outcome = run(PTRACE, program);
    outcome.endsWith(status);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("hardwire: ").contains(message);
  }

  @Test
  void aLauncherWithRightsStartsNothing() {
    Programs.output("chmod", "4755", launcher);
    Programs.output("chmod", "755", folder);
    Outcome outcome =
        Programs.run(PTRACE, "setpriv", "--reuid=65534", "--clear-groups", launcher, "true");
    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                126,
                "",
                "hardwire: a launcher with rights that its caller does not have starts nothing\n"));
  }

  /** What is not there to be copied gets its filter before it is executed. */
  @Test
  void aProgramThatCannotBeRead() throws IOException {
    Path secret = Files.copy(Path.of("/bin/uname"), folder.resolve("secret"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("--x--x--x"));
    Programs.output("chmod", "-R", "go+X", folder);
    Programs.output("chmod", "755", launcher);
    List<Object> user = List.of("setpriv", "--reuid=65534", "--clear-groups");
    Map<String, String> errno =
        Map.of("SECCOMP_SYSCALL_DENY", "uname", "SECCOMP_DEFAULT_ACTION", "errno:ENETDOWN");
    Outcome outcome = Programs.run(errno, user, launcher, secret);
    assertThat(outcome.err())
        .startsWith(
            "hardwire: " + secret + ": it cannot be read, so the filter is installed before")
        .endsWith("Network is down\n");
    Outcome denied = Programs.run(Map.of("SECCOMP_SYSCALL_ALLOW", "uname"), user, launcher, secret);
    assertThat(denied.status()).isEqualTo(126);
    assertThat(denied.err()).contains("the policy would have to allow execve");
  }

  @ParameterizedTest
  @ValueSource(strings = {"memfd_create", "execveat"})
  void withoutCopiesInMemoryTheFilterComesFirst(String call) {
    List<Object> without = List.of(Fixtures.tool("deny-call"), call, "EPERM", "--", launcher);
    Map<String, String> errno =
        Map.of("SECCOMP_SYSCALL_DENY", "uname", "SECCOMP_DEFAULT_ACTION", "errno:ENETDOWN");
    assertThat(Programs.run(errno, without, "uname").err())
        .contains("a copy of it in memory cannot be executed, so the filter is installed before")
        .endsWith("Network is down\n");
    Outcome denied = Programs.run(Map.of("SECCOMP_SYSCALL_DENY", "execve"), without, "uname");
    assertThat(denied.status()).isEqualTo(126);
    assertThat(denied.out()).isEmpty();
  }

  @Test
  void whatCannotBeInstalledStopsTheProgram() {
    for (String option : List.of("--", "--before-exec")) {
      Outcome outcome =
          Programs.run(
              PTRACE,
              Fixtures.tool("deny-call"),
              "seccomp",
              "ENOSYS",
              "--",
              launcher,
              option,
              "uname");
      assertThat(outcome.status()).isEqualTo(126);
      assertThat(outcome.out()).isEmpty();
      assertThat(outcome.err()).endsWith("so the program was not started; the call returned -38\n");
    }
  }

  @Test
  void originInTheEnvironmentNeedsTheFile() {
    Map<String, String> variables = new HashMap<>(PTRACE);
    variables.put("LD_LIBRARY_PATH", "/x:${ORIGIN}/lib");
    assertThat(run(variables, "echo", "started").out()).isEqualTo("started\n");
    assertThat(run(variables, "echo", "started").err()).contains("$ORIGIN in the environment");
  }

  @Test
  void aHardWiredProgramKeepsItsPolicy() {
    Path wired = folder.resolve("wired");
    Cli.run("patch", Policies.UNAME_ERRNO, "-o", wired, "/bin/uname");
    assertThat(run(PTRACE, wired).err()).contains("Network is down");
  }

  /** Fields of the headers that lie; the program must not be started without the filter. */
  @ParameterizedTest
  @CsvSource({
    "0x18, 8, 0, it is a shared library without a start",
    "0x18, 8, 0x7fffffffffff, its start is not in the file",
    "0x20, 8, 0x7fffffffffffffff, its program header table is damaged",
    "0x20, 8, 0x41, its program header table is damaged",
    "0x36, 2, 32, its program header table is damaged",
    "0x38, 2, 0xffff, its program header table is damaged",
    "0x38, 2, 0x7fff, its program header table is damaged",
    "0x38, 2, 0, its segments are damaged",
    "0x12, 2, 183, it is for another machine",
    "0x04, 1, 1, it is for another machine",
    "0x05, 1, 2, it is for another machine",
    "0x10, 2, 1, it is not an executable",
  })
  void damagedHeadersAreRefused(String offset, int size, String value, String message)
      throws IOException {
    byte[] file = Files.readAllBytes(Fixtures.named("gcc-pie").path());
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(0, Long.decode(value));
    System.arraycopy(bytes.array(), 0, file, Integer.decode(offset), size);
    damaged(file, message);
  }

  @ParameterizedTest
  @CsvSource({"8, 0x7fffffffffffffff", "16, -8192", "32, -1", "40, -1", "16, 1"})
  void damagedSegmentsAreRefused(int field, String value) throws IOException {
    byte[] file = Files.readAllBytes(Fixtures.named("gcc-pie").path());
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = 0;
    for (int at = 64, loads = 0; loads < 2; at += 56) {
      loads += bytes.getInt(at) == 1 ? 1 : 0;
      header = at;
    }
    bytes.putLong(header + field, Long.decode(value));
    damaged(file, "its segments are damaged");
  }

  private void damaged(byte[] file, String message) throws IOException {
    Path damaged = folder.resolve("damaged");
    Files.write(damaged, file);
    Programs.output("chmod", "755", damaged);
    refused(126, damaged + ": " + message, damaged);
  }

  @Test
  void truncatedProgramsAreRefused() throws IOException {
    byte[] file = Files.readAllBytes(Fixtures.named("gcc-pie").path());
    for (int size : List.of(1, 4, 63, 64, 500, 4096, 8192)) {
      damaged(java.util.Arrays.copyOf(file, size), "it");
    }
  }
}
