package dev.hardwire.derive.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Go's own packages do only for programs that ask for it. */
@Tag("system")
class GoFeaturesTest {
  private static final String[] TIMERS = {"timer_create", "timer_settime", "timer_delete"};
  private static final String[] PROCESSES = {"pidfd_open", "pidfd_send_signal", "waitid"};

  private static final String PROGRAM =
      """
      package main

      import (
        "os"
        "runtime"
        "syscall"
        _ "unsafe"
      )

      var arguments = os.Args

      %s

      func main() {
        runtime.Gosched()
        println(len(arguments), syscall.Getpid())
        %s
      }
      """;

  @TempDir private Path folder;

  private Derivation derive(String declarations, String code, String mode) throws IOException {
    Files.writeString(folder.resolve("main.go"), PROGRAM.formatted(declarations, code));
    Files.writeString(folder.resolve("go.mod"), "module example\n\ngo 1.19\n");
    Files.writeString(folder.resolve("empty.s"), ""); // for functions without bodies
    Path program = folder.resolve("program");
    Programs.output(
        "env",
        "CGO_ENABLED=0",
        "GOFLAGS=-mod=mod",
        "GOCACHE=" + Fixtures.directory().resolve("gocache"),
        "go",
        "build",
        "-C",
        folder,
        "-trimpath",
        "-buildmode=" + mode,
        "-ldflags=-s -w -checklinkname=0",
        "-o",
        program,
        ".");
    return new Deriver().derive(program, DeriveOptions.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"exe", "pie"})
  void whatNothingAsksForIsLeftOut(String mode) throws IOException {
    Derivation found = derive("", "", mode);
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).doesNotContain(TIMERS).doesNotContain(PROCESSES);
    assertThat(found.names()).contains("clone", "futex", "tgkill", "mmap");
    assertThat(found.rules())
        .anyMatch(rule -> rule.startsWith("go-profile: "))
        .anyMatch(rule -> rule.startsWith("go-processes: "));
  }

  /** A program with a rate, by the function for that, and by the internal one. */
  @ParameterizedTest
  @CsvSource({
    "'', runtime.SetCPUProfileRate(100)",
    "//go:linkname set runtime.setThreadCPUProfiler\\nfunc set(hertz int32), set(100)",
    "//go:linkname set runtime.setcpuprofilerate\\nfunc set(hertz int32), set(100)",
  })
  void profiledThreadsHaveTimers(String declarations, String code) throws IOException {
    Derivation found = derive(declarations.replace("\\n", "\n"), code, "exe");
    assertThat(found.names()).contains(TIMERS).doesNotContain(PROCESSES);
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("go-profile: "));
  }

  /** A program that starts or finds others, and one that reads the variable itself. */
  @ParameterizedTest
  @CsvSource({
    "'', 'os.StartProcess(arguments[0], arguments, &os.ProcAttr{})'",
    "'', os.FindProcess(1)",
    "//go:linkname try os.checkPidfdOnce\\nvar try func() error, println(try() == nil)",
    "//go:linkname try os.checkPidfd\\nfunc try() error, println(try() == nil)",
    "//go:linkname try os.checkPidfd\\nfunc try() error\\nvar kept = try, kept()",
  })
  void descriptorsOfProcessesAreTried(String declarations, String code) throws IOException {
    Derivation found = derive(declarations.replace("\\n", "\n"), code, "exe");
    assertThat(found.names()).contains(PROCESSES).doesNotContain(TIMERS);
    assertThat(found.rules()).noneMatch(rule -> rule.startsWith("go-processes: "));
  }

  /** The address of a variable that only others write may be passed on. */
  @Test
  void variablesMayBeWrittenThroughPointers() throws IOException {
    String declarations =
        """
        //go:linkname try os.checkPidfdOnce
        var try func() error

        var kept = []*func() error{&try}
        """;
    Derivation found = derive(declarations, "println((*kept[len(arguments)-1])() == nil)", "exe");
    assertThat(found.names()).contains(PROCESSES);
  }
}
