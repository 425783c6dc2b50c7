package dev.hardwire.live.hostile;

import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts a damaged program as a user without rights, with little of everything. */
final class MutantStart {
  private static final int NOT_STARTED = 126;
  private static final int SIGSYS = 31;
  private static final long SECONDS = 20;

  /** Where other programs may have had the processors for long. */
  static final long PATIENCE_SECONDS = 180;

  /**
   * Whether a program ran as far as it usually does, and was not stopped by its damage. What the
   * kernel does not take for an executable is given to a shell, which complains; and the dynamic
   * linker ends with status 1 if a library lacks a version of symbols.
   */
  static boolean started(Outcome outcome) {
    return ended(outcome)
        && outcome.status() < NOT_STARTED
        && !outcome.out().matches("(?s)PROGRAM: [0-9]+: .*")
        && !outcome
            .out()
            .matches("(?s)PROGRAM: [^\n]*: version `.*' not found \\(required by PROGRAM\\)\n");
  }

  /** Whether it ended in time; {@link #run} says otherwise by the status -1. */
  static boolean ended(Outcome outcome) {
    return outcome.status() >= 0;
  }

  /** Whether a filter that allows nothing stopped it. */
  static boolean isKilled(Outcome outcome) {
    return outcome.status() == 128 + SIGSYS;
  }

  private final Path folder;
  private final Path program;
  private final List<String> command;

  MutantStart(Path folder, Path program, String argument) {
    this.folder = folder;
    this.program = program;
    this.command =
        List.of(
            "prlimit",
            "--core=0",
            "--cpu=5",
            "--fsize=1048576",
            "--nproc=512",
            "--as=4294967296",
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--no-new-privs",
            program.toString(),
            argument);
  }

  Outcome run() throws IOException, InterruptedException {
    return run(SECONDS);
  }

  Outcome run(long seconds) throws IOException, InterruptedException {
    Path out = folder.resolve("stdout");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectErrorStream(true);
    builder.environment().clear();
    builder
        .environment()
        .putAll(Map.of("PATH", "/usr/bin:/bin", "LC_ALL", "C", "HOME", "/nonexistent"));
    builder.directory(folder.toFile());
    Process process = builder.start();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      return new Outcome(-1, "", "");
    }
    String text = Files.readString(out, StandardCharsets.ISO_8859_1);
    return new Outcome(process.exitValue(), text.replace(program.toString(), "PROGRAM"), "");
  }
}
