package dev.hardwire.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.SampleElf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Common mistakes get an error that names them, and what was meant. */
class NamedMistakesTest {
  @TempDir private Path folder;

  private Path program;

  @BeforeEach
  void write() throws IOException {
    program = Files.write(folder.resolve("program"), new SampleElf().build().toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                           | it is empty; build or fetch it again",
        "'\u001f\u008b\b'                             | it is gzip data; decompress it first",
        "'\u00fd7zXZ\u0000\u0000'                     | it is xz data; decompress it first",
        "'(\u00b5/\u00fd'                             | it is zstd data; decompress it first",
        "'BZh9'                                       | it is bzip2 data; decompress it first",
        "'PK\u0003\u0004'                             | it is a zip archive; unpack it",
        "'MZ\u0090'                                   | it is a PE file for Windows; only",
        "'\u00cf\u00fa\u00ed\u00fe\u0007'             | it is a Mach-O file for macOS; only",
        "'!<arch>\ndebian-binary'                     | it is a Debian package; give it to apply",
        "'!<arch>\nx.o/'                              | it is a static library; link it",
        """
        '#!/bin/sh
        echo' | a script for /bin/sh; patch its interpreter\
        """,
        """
        '#! /bin/sh
        # x - temporary wrapper script for .libs/x
        ' | it is libtool's wrapper script; patch the program of this name in .libs/\
        """,
        "'text'                                       | \\x7fELF; give an ELF executable",
      })
  void filesOfOtherKinds(String content, String message) throws IOException {
    Path file = Files.write(folder.resolve("file"), content.getBytes(ISO_8859_1));
    Path out = folder.resolve("out");
    Cli.run("patch", "--preset", "no-exec", "-o", out, file).fails(3, message);
    Cli.run("inspect", file).fails(3, message);
    Cli.run("derive", file).fails(3, file + ": ");
    assertThat(out).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "errno       | \"errno\" requires a name, as in \"errno EPERM\"",
        "erno EPERM  | unknown action \"erno EPERM\"; did you mean \"errno\"?",
        "errno EPERN | unknown error name \"EPERN\"; did you mean \"EPERM\"?",
        "kill-proces | did you mean \"kill-process\"?",
      })
  void actions(String action, String message) throws IOException {
    String text = "version: 1\ndefault: allow\nrules:\n  - " + action + ": [read]\n";
    Path policy = Files.writeString(folder.resolve("policy.yaml"), text);
    Cli.run("policy", "check", policy).fails(4, "policy.yaml:4:5: ").fails(4, message);
  }

  @Test
  void valuesOfOptions() {
    Cli.run("patch", "--preset", "no-exce", "-o", "x", program)
        .fails(2, "but was 'no-exce'; did you mean \"no-exec\"?");
    Cli.run("patch", "--preset", "no-exec", "--hook", "inti", "-o", "x", program)
        .fails(2, "but was 'inti'; did you mean \"init\"?");
    Cli.run("policy", "presets", "stdoi").fails(2, "did you mean \"stdio\"?");
  }

  @Test
  void oneDashBeforeALongOption() {
    for (String word : new String[] {"-out", "-output"}) {
      String message =
          "\"%s\" would be \"-o %s\"; did you mean \"--output\"?"
              .formatted(word, word.substring(2));
      Cli.run("patch", "--preset", "no-exec", word, "x", program).fails(2, message);
      Cli.run("patch", "--preset", "no-exec", word, program).fails(2, message);
    }
    assertThat(Path.of("ut")).doesNotExist();
    Path out = folder.resolve("attached");
    Cli.ok("patch", "--preset", "no-exec", "-o" + out, program);
    assertThat(out).exists();
  }

  @Test
  void aProgramInPlaceOfALog() {
    String message = "is a program, not a log; to run it and learn from that, add --exec";
    Cli.run("learn", "--", program).fails(2, message);
    Cli.run("learn", program).fails(2, message);
    Cli.run("learn", "--", "uname", "-a").fails(2, "\"uname\" " + message);
    Cli.run("learn", "missing.log").fails(6, "missing.log: no such file or directory");
  }

  @Test
  void emulateReadsPresets() {
    assertThat(Cli.ok("emulate", "--preset", "no-exec", "execve()", "read()").out())
        .containsPattern("execve\\(.*\\): kill-process .*\n.*read\\(.*\\): allow");
    Cli.run("emulate", "read()").fails(2, "give one of --policy FILE, --preset NAME and --filter");
    Cli.run("emulate", "--preset", "no-exec", "--policy", "x", "read()")
        .fails(2, "--preset and --policy cannot be used together");
  }

  @Test
  void missingDirectories() {
    Path missing = folder.resolve("missing");
    String message = missing + "/out: the directory " + missing + " does not exist";
    Cli.run("patch", "--preset", "no-exec", "-o", missing.resolve("out"), program)
        .fails(6, message);
    Cli.run("library", "--preset", "no-exec", "-o", missing.resolve("out")).fails(6, message);
    Cli.run("inspect", missing.resolve("out")).fails(6, message);
    Cli.run("inspect", missing).fails(6, missing + ": no such file or directory");
  }
}
