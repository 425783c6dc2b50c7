package dev.hardwire.live.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutants of real executables are patched into files that start when the mutants do, or refused;
 * with little memory, in little time, and without leaving anything.
 */
class MutantTest {
  private static final List<String> PROGRAMS =
      List.of(
          "/usr/bin/true --version",
          "/usr/bin/cat --version",
          "/usr/bin/ls --version",
          "/usr/bin/sort --version",
          "/usr/bin/sed --version",
          "/usr/bin/od --version",
          "/usr/bin/env --version",
          "/usr/bin/date --version",
          "/usr/bin/gzip --version",
          "/usr/bin/xz --version",
          "/usr/bin/grep --version",
          "/usr/bin/find --version",
          "/usr/bin/tar --version",
          "/usr/bin/bash --version",
          "/usr/bin/openssl version",
          "/usr/bin/readelf --version",
          "/usr/bin/ld.gold --version",
          "/usr/bin/python3.13 -V",
          "/usr/bin/perl -v",
          "/usr/sbin/ldconfig --version");

  /** Those of the usual profile. */
  private static final List<String> SAMPLE =
      PROGRAMS.stream()
          .filter(line -> line.matches(".*/(true|cat|env|tar|openssl|ld\\.gold|ldconfig) .*"))
          .toList();

  private static final int PROCESSES = 2;

  @TempDir private Path folder;

  @Test
  void mutantsStartAsBeforeOrAreRefused() throws Exception {
    run(SAMPLE, 1, 3);
  }

  @Test
  @Tag("long")
  void manyMutantsStartAsBeforeOrAreRefused() throws Exception {
    run(PROGRAMS, PROCESSES, 1000);
  }

  private void run(List<String> programs, int count, int each) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        int number = i;
        processes.add(
            start(
                number,
                each,
                IntStream.range(0, programs.size())
                    .filter(program -> program % count == number)
                    .mapToObj(programs::get)
                    .toList()));
      }
      for (Process process : processes) {
        assertThat(process.waitFor(3, TimeUnit.HOURS)).isTrue();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    for (int i = 0; i < count; i++) {
      String report = Files.readString(report(i));
      assertThat(processes.get(i).exitValue()).as(report).isZero();
      assertThat(report).contains("starts as before=").contains("refused=");
    }
  }

  private static Path report(int process) {
    return Path.of("target", "mutants-%d.txt".formatted(process));
  }

  private Process start(int process, int each, List<String> programs) throws IOException {
    List<String> command =
        new ArrayList<>(
            Cli.java(MutantRun.class)
                .heap(512)
                .command(Files.createDirectory(folder.resolve("mutants-" + process)), each));
    command.addAll(programs);
    Files.createDirectories(report(process).getParent());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(report(process).toFile())
        .start();
  }
}
