package dev.hardwire.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.live.Programs.Outcome;
import dev.hardwire.policy.format.EnvironmentPolicy;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.Emulator;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.SyscallTable;
import dev.hardwire.seccomp.compile.FilterCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The library with the policy in the environment. */
class EnvironmentLibraryTest {
  private static final String ALLOW = "SECCOMP_SYSCALL_ALLOW";
  private static final String DENY = "SECCOMP_SYSCALL_DENY";
  private static final String ACTION = "SECCOMP_DEFAULT_ACTION";

  @TempDir private Path folder;
  private Path library;

  @BeforeEach
  void writeTheLibrary() {
    library = folder.resolve("libsandbox.so");
    assertThat(Programs.hardwire("library", "-o", library).status()).isZero();
  }

  private Map<String, String> with(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(variables);
    all.put("LD_PRELOAD", library.toString());
    return all;
  }

  private Outcome run(Map<String, String> variables, Object... command) {
    return Programs.run(with(variables), command);
  }

  private static Path program(String name) {
    return Fixtures.named(name).path();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "gcc-nonpie", "musl-pie", "musl-nonpie", "cxx-pie"})
  void theTalksDemonstration(String name) {
    assertThat(run(Map.of(DENY, "uname"), program(name)).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(run(Map.of(DENY, "uname", ACTION, "errno:ENETDOWN"), program(name)).out())
        .contains("main uname=errno 100\n");
    assertThat(run(Map.of(DENY, "uname", ACTION, "log"), program(name)).out())
        .isEqualTo(Programs.run(program(name)).out());
    assertThat(run(Map.of(ALLOW, ""), program(name)).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(run(Map.of(ALLOW, "@known", DENY, "uname"), program(name)).out())
        .isEqualTo(Programs.run(program(name)).out());
    assertThat(run(Map.of(ACTION, "log"), program(name), "status").out())
        .isEqualTo(Programs.run(program(name), "status").out());
  }

  @Test
  void everyThreadIsConfined() {
    Outcome outcome = run(Map.of(DENY, "ptrace"), program("lib-thread-pie"), "status");
    assertThat(outcome.out()).contains("\ntasks Seccomp: 2\n").doesNotContain("Seccomp: 0");
  }

  @Test
  void theVariablesAreGoneBeforeTheProgramRuns() {
    Map<String, String> variables =
        Map.of(
            DENY, "ptrace", ALLOW, "@known", ACTION, "kill", "A_LAST", "x", "SECCOMP_OTHER", "y");
    String environment = run(variables, "env").out();
    assertThat(environment)
        .contains("A_LAST=x\n", "SECCOMP_OTHER=y\n", "LD_PRELOAD=" + library + "\n")
        .doesNotContain("SECCOMP_SYSCALL", "SECCOMP_DEFAULT");
    assertThat(environment.lines()).doesNotContain("");
    assertThat(run(variables, "cat", "/proc/self/environ").out())
        .contains("A_LAST=x\0")
        .doesNotContain("SECCOMP_SYSCALL", "SECCOMP_DEFAULT", "@known");
  }

  @Test
  void whatIsNotUnderstoodStopsTheProgram() {
    stops(
        Map.of(DENY, "ptrace,:unmae"),
        "SECCOMP_SYSCALL_DENY, item 3: unknown system call \"unmae\"");
    stops(Map.of(ALLOW, "@basic-oi"), "SECCOMP_SYSCALL_ALLOW, item 1: unknown group \"@basic-oi\"");
    stops(Map.of(ALLOW, "~"), "SECCOMP_SYSCALL_ALLOW, item 1: unknown system call \"\"");
    for (String action :
        List.of("lgo", "allow", "errno", "errno:", "errno:ENOPE", "errno:4096", "errno:00001")) {
      stops(
          Map.of(DENY, "ptrace", ACTION, action),
          "SECCOMP_DEFAULT_ACTION: unknown action \"" + action + "\"");
    }
  }

  private void stops(Map<String, String> variables, String reason) {
    for (String name : List.of("gcc-pie", "musl-pie")) {
      assertThat(run(variables, program(name)))
          .isEqualTo(
              new Outcome(126, "", "hardwire: " + reason + ", so the program was not started\n"));
    }
  }

  @Test
  void whatCannotBeInstalledStopsTheProgram() {
    Outcome outcome =
        Programs.run(
            Fixtures.tool("deny-call"),
            "seccomp",
            "ENOSYS",
            "--",
            "/usr/bin/env",
            "LD_PRELOAD=" + library,
            DENY + "=uname",
            program("gcc-pie"));
    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                126,
                "",
                "hardwire: seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started\n"));
  }

  /** The program's own policy and that of the environment both apply. */
  @Test
  void aNeededProgramTakesBoth() {
    Path wired = folder.resolve("wired");
    assertThat(
            Programs.hardwire(
                    "patch",
                    Policies.UNAME_ERRNO,
                    "--mode=needed",
                    "--library",
                    library,
                    "-o",
                    wired,
                    "/bin/uname")
                .status())
        .isZero();
    Map<String, String> variables = Map.of(DENY, "write", ACTION, "errno:EIO");
    assertThat(Programs.run(variables, wired).status()).isEqualTo(1);
    assertThat(Programs.run(variables, wired).err()).isEmpty();
    assertThat(Programs.run(wired).err()).contains("Network is down");
  }

  static Stream<Map<String, String>> policies() {
    List<Map<String, String>> all = new ArrayList<>();
    for (String action :
        List.of("", "kill", "kill-thread", "trap", "log", "errno:EPERM", "errno 7", "errno:4095")) {
      all.add(Map.of(ALLOW, "read:write,exit_group", ACTION, action));
      all.add(Map.of(DENY, "uname", ACTION, action));
    }
    all.add(Map.of(ALLOW, ""));
    all.add(Map.of(DENY, ""));
    all.add(Map.of(DENY, "read"));
    all.add(Map.of(ALLOW, " read , :: read", DENY, "nonsense"));
    all.add(Map.of(ALLOW, "@system-service:~@privileged,~uname"));
    all.add(Map.of(DENY, "@known,~write,socketcall"));
    List<String> names = new ArrayList<>(SyscallTable.of(Architecture.X86_64).names());
    all.add(Map.of(ALLOW, String.join(":", names)));
    all.add(Map.of(DENY, String.join(",", everySecondNumber()), ACTION, "errno:ENOSYS"));
    CallGroups.names().forEach(group -> all.add(Map.of(DENY, group)));
    return all.stream();
  }

  /** As many ranges as there can be. */
  private static List<String> everySecondNumber() {
    SyscallTable table = SyscallTable.of(Architecture.X86_64);
    return IntStream.range(0, 512)
        .filter(number -> number % 2 == 1)
        .boxed()
        .flatMap(number -> table.name(number).stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void itsFilterDecidesAsTheCompilersDoes(Map<String, String> variables) throws IOException {
    Filter built = filterOf(variables);
    Filter compiled =
        FilterCompiler.compile(
            EnvironmentPolicy.read(variables).orElseThrow(), Architecture.X86_64);
    for (long arch : new long[] {Architecture.X86_64.auditNumber(), 0x40000003L, 0}) {
      LongStream.concat(
              LongStream.rangeClosed(0, 1100),
              LongStream.of(
                  0x3fffffffL, 0x40000000L, 0x40000001L, 0x7fffffffL, 0x80000000L, 0xffffffffL))
          .forEach(
              number -> {
                SeccompData call = SeccompData.of(Architecture.X86_64, number).withArch(arch);
                assertThat(Emulator.run(built, call).verdict())
                    .as("%d of 0x%x", number, arch)
                    .isEqualTo(Emulator.run(compiled, call).verdict());
              });
    }
  }

  /** The filter that the library hands to the kernel, as a debugger sees it. */
  private Filter filterOf(Map<String, String> variables) throws IOException {
    Path bytes = folder.resolve("filter");
    List<Object> command = new ArrayList<>(List.of("gdb", "-q", "-nx", "-batch"));
    List<String> steps = new ArrayList<>(List.of("set startup-with-shell off"));
    with(variables).forEach((name, value) -> steps.add("set environment " + name + " = " + value));
    steps.addAll(
        List.of(
            "catch syscall seccomp",
            "run",
            "set $start = *(char **)($rdx + 8)",
            "set $end = $start + 8 * *(unsigned short *)$rdx",
            "dump binary memory " + bytes + " $start $end",
            "kill"));
    steps.forEach(step -> command.addAll(List.of("-ex", step)));
    command.add("/bin/true");
    Outcome outcome = Programs.run(command);
    assertThat(bytes).as(outcome.toString()).exists();
    return Filter.decode(Bytes.wrap(Files.readAllBytes(bytes)));
  }
}
