package dev.hardwire.live.why;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.JsonSchema;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Deaths that have happened: core files that the kernel has written, and its log. */
@Tag("system")
class WhyAfterwardsTest {
  private static final String RECORD =
      "audit: type=1326 audit(1700000000.%d:4%d): auid=0 uid=0 gid=0 ses=1 pid=%d comm=\"x\""
          + " exe=\"%s\" sig=31 arch=c000003e syscall=%d compat=0 ip=0x%x code=0x%x%n";

  @TempDir private static Path programs;
  @TempDir private Path folder;

  static Stream<String> kinds() {
    return DeniedProgram.kinds().stream();
  }

  private Path wired(String kind, String... options) throws IOException {
    Path wired = folder.resolve(kind);
    Cli.ok("patch", Stream.of(options).toList(), "-o", wired, DeniedProgram.build(programs, kind));
    return wired;
  }

  /** The core file; /proc/sys/kernel/core_pattern must not name a program or another folder. */
  private Path core(Path program, String argument) throws IOException {
    assertThat(Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip())
        .doesNotStartWith("|")
        .doesNotContain("/");
    String line = "ulimit -c unlimited; cd %s; %s %s".formatted(folder, program, argument);
    assertThat(Programs.run("sh", "-c", line).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("core"))
          .findFirst()
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aCoreFileHasTheCallAndItsCallers(String kind) throws IOException {
    Path program = wired(kind, "--deny", "socket");
    Outcome outcome = Cli.ok("why", "--core", core(program, "thread"));
    assertThat(outcome.out())
        .contains(program + " (process ", "was killed for a system call")
        .containsPattern("  from +forbidden\\+0x[0-9a-f]+ in " + program)
        .containsPattern("  from +work\\+0x[0-9a-f]+ in " + program)
        .contains("denied by policy of " + program + ":5:5: kill-process: [socket]");
    if (!kind.startsWith("i386")) {
      assertThat(outcome.out()).contains("socket(family=AF_NETLINK, type=SOCK_RAW|SOCK_CLOEXEC");
    }
  }

  @Test
  void thePolicyMayBeGivenWithTheCoreFile() throws IOException {
    Path core = core(wired("pie", "--deny", "socket"), "");
    Files.move(folder.resolve("pie"), folder.resolve("elsewhere"));
    assertThat(Cli.ok("why", "--core", core).out())
        .contains("socket(family=AF_NETLINK", "denied by another filter than those that are known");
    assertThat(Cli.ok("why", "--core", core, folder.resolve("elsewhere")).out())
        .contains("denied by policy of " + folder.resolve("elsewhere") + ":5:5");
    assertThat(Cli.ok("why", "--core", core, "--allow", "write,exit_group").out())
        .contains("default action: kill-process: no rule matches");
  }

  @Test
  void aCoreFileOfAnotherDeathIsToldApart() throws IOException {
    String line = "ulimit -c unlimited; cd %s; sh -c 'kill -SEGV $$'".formatted(folder);
    Programs.run("sh", "-c", line);
    try (Stream<Path> files = Files.list(folder)) {
      Path core = files.findFirst().orElseThrow();
      Cli.run("why", "--core", core).fails(5, core + ": no filter ended the program: it died of");
    }
    Cli.run("why", "--core", DeniedProgram.build(programs, "pie")).fails(6, "not a core file");
  }

  @Test
  void recordsOfTheKernelAreCountedAndExplained() throws IOException {
    Path fixed = wired("static", "--deny", "socket");
    String symbols = Programs.output("nm", fixed);
    String address =
        symbols.lines().filter(l -> l.endsWith(" T forbidden")).findFirst().orElseThrow();
    long inside = Long.parseLong(address.substring(0, 16), 16) + 8;
    String log =
        RECORD.formatted(1, 1, 71, fixed, 41, inside, 0x8000_0000L)
            + RECORD.formatted(2, 2, 72, fixed, 41, inside, 0x8000_0000L)
            + RECORD.formatted(2, 2, 72, fixed, 41, inside, 0x8000_0000L)
            + RECORD.formatted(3, 3, 73, "/bin/other", 63, 0x7fff_0000L, 0x5_0001L)
            + "[    1.0] something else\n";
    Path file = Files.writeString(folder.resolve("log"), log);
    Outcome all = Cli.ok("why", "--log", file);
    assertThat(all.out())
        .contains(fixed + " (process 71) was killed for a system call, 2 times")
        .contains("  at        forbidden+0x8 in " + fixed)
        .contains("denied by policy of " + fixed + ":5:5: kill-process: [socket]")
        .contains("/bin/other (process 73) got an error for a system call\n")
        .contains("  at        0x7fff0000, in no file that is known");
    Path relative = Path.of("").toAbsolutePath().relativize(fixed);
    for (Path named : List.of(fixed, relative)) {
      assertThat(Cli.ok("why", "--log", file, named).out())
          .contains("  at        forbidden+0x8 in " + fixed)
          .doesNotContain("/bin/other");
    }
    Outcome none = Cli.run("why", "--log", file, "/bin/nothing");
    assertThat(none.status()).isEqualTo(5);
    assertThat(none.err()).contains("no record of a denied call");
    Path empty = Files.writeString(folder.resolve("empty"), "text\n");
    assertThat(Cli.run("why", "--log", empty).status()).isEqualTo(5);
    Cli.run("why", "--log", folder.resolve("missing")).fails(6, "missing: no such file");
  }

  /** Without arguments, a rule counts if its action is the recorded one. */
  @Test
  void aRuleWithAConditionIsFoundByItsAction() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            version: 1
            name: two
            default: allow
            rules:
              - errno EACCES: [socket]
                when: "family == AF_INET"
              - kill-process: [socket]
                when: "family == AF_NETLINK"
            """);
    Path log =
        Files.writeString(
            folder.resolve("log"), RECORD.formatted(1, 1, 7, "/x", 41, 1L, 0x8000_0000L));
    assertThat(Cli.ok("why", "--log", log, "--policy", policy).out())
        .contains("socket(...), number 41")
        .contains(policy + ":7:5: kill-process: [socket] when family == AF_NETLINK")
        .contains("to allow  - allow: [socket]    (before that rule)");
  }

  /** As Linux 7.2 wrote them; the domain is told once, behind the first access. */
  @Test
  void accessesThatLandlockDeniedHaveTheLineToAdd() throws IOException {
    String log =
        """
        [   11.27] audit: type=1423 audit(1796032267.561:6): domain=1a7577f31 blockers=fs.read_file path="/init" dev="rootfs" ino=11
        [   11.27] audit: type=1424 audit(1796032267.561:6): domain=1a7577f31 status=allocated mode=enforcing pid=104 uid=0 exe="/t/t-l" comm="t-l"
        [   11.27] audit: type=1300 audit(1796032267.561:6): arch=c000003e syscall=257 success=no exit=-13 pid=104 comm="t-l" exe="/t/t-l" key=(null)
        [   11.28] audit: type=1423 audit(1796032267.581:7): domain=1a7577f31 blockers=fs.read_file path="/init" dev="rootfs" ino=11
        type=LANDLOCK_ACCESS msg=audit(1796032267.585:8): domain=1a7577f31 blockers=net.connect_send_udp daddr=127.0.0.1 dest=54
        type=LANDLOCK_ACCESS msg=audit(1796032267.586:9): domain=1a7577f31 blockers=fs.make_reg,fs.refer path=2F7420C3A4 dev="rootfs" ino=8
        type=LANDLOCK_ACCESS msg=audit(1796032267.587:10): domain=77 blockers=scope.signal opid=1 ocomm="init"
        """;
    Path file = Files.writeString(folder.resolve("log"), log);
    assertThat(Cli.ok("why", "--log", file).out())
        .isEqualTo(
            """
            hardwire: /t/t-l (process 104) was denied an access by Landlock, 2 times
              access    fs.read_file: /init
              to allow  read: [/init]    (under landlock)
            hardwire: /t/t-l (process 104) was denied an access by Landlock
              access    net.connect_send_udp: 54
              to allow  connect-udp: [54]    (under landlock)
            hardwire: /t/t-l (process 104) was denied an access by Landlock
              access    fs.make_reg, fs.refer: /t \u00e4
              to allow  write: [/t \u00e4]    (under landlock)
            hardwire: a program was denied an access by Landlock
              access    scope.signal: init
              to allow  take signal out of scope    (under landlock)
            """);
    JsonArray all =
        JsonSchema.validated("why", Cli.ok("why", "--json", "--log", file).out()).getAsJsonArray();
    assertThat(all).hasSize(4);
    assertThat(all.get(2).toString())
        .isEqualTo(
            "{\"program\":\"/t/t-l\",\"process\":104,\"count\":1,\"rights\":[\"fs.make_reg\",\"fs.refer\"],\"object\":\"/t"
                + " \u00e4\",\"remedy\":\"write: [/t \u00e4]\"}");
    assertThat(Cli.ok("why", "--log", file, "/x/t-l").out())
        .contains("/init")
        .doesNotContain("scope");
    assertThat(Cli.run("why", "--log", file, "/x/other").status()).isEqualTo(5);
  }

  /** At the address within the page is one call only, which loads the number of another one. */
  @Test
  void aPlaceThatMakesAnotherCallIsNotNamed() throws IOException {
    Path source = folder.resolve("one.s");
    Files.writeString(
        source, ".globl _start\n_start: hlt\n.balign 4096\none: mov $153, %eax\nsyscall\nhlt\n");
    Path one = folder.resolve("one");
    Programs.output("gcc", "-nostdlib", "-static-pie", "-o", one, source);
    for (int call : new int[] {153, 63}) {
      Path file =
          Files.writeString(
              folder.resolve("log"), RECORD.formatted(1, 1, 71, one, call, 0x7f7007L, 1 << 31));
      assertThat(Cli.ok("why", "--deny", "uname,vhangup", "--log", file).out())
          .contains(
              call == 153
                  ? "  at        0x2007 in " + one
                  : "  at        0x7f7007, in no file that is known");
    }
  }
}
