package dev.hardwire.live.guests;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run-cases} makes a file out of another and changes, and then takes them back. */
class GuestChangesTest {
  @TempDir Path folder;

  @Test
  void saysWhatDiffers() {
    byte[] original = new byte[200];
    byte[] patched = new byte[203];
    patched[3] = 'a';
    patched[5] = 'b';
    patched[100] = 'c';
    Arrays.fill(patched, 200, 203, (byte) 'd');
    assertThat(new String(GuestChanges.between(original, patched), StandardCharsets.US_ASCII))
        .isEqualTo("203\n3 3\na\0b100 1\nc200 3\nddd");
  }

  @Test
  void runsTheChangedFileAndRestoresIt() throws IOException {
    Path runner = folder.resolve("run-cases");
    String source = "../fixtures/src/tools/run-cases.c";
    Programs.output("gcc", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", runner);
    Path script = program("script", "#!/bin/sh\necho one\nexit 3\n");
    Path other = program("other", "#!/bin/sh\necho two $NAME $1 >&2\nkill -SYS $$\n");
    Path same = program("same", "#!/bin/sh\necho one\nexit 3\n");
    GuestChanges.write(script, other, folder.resolve("changes"));
    GuestChanges.write(script, same, folder.resolve("none"));
    Path cases = folder.resolve("cases");
    Files.writeString(
        cases,
        command("a", script)
            + command("b", "NAME=value", "+" + folder.resolve("changes"), script, "x=y")
            + command("c", "+" + folder.resolve("none"), script)
            + command("d", folder.resolve("missing"))
            + command("e", "/bin/sleep", "600"));
    Path results = folder.resolve("results");
    Outcome outcome = Programs.run(runner, cases, results, "5");
    assertThat(outcome).isEqualTo(new Outcome(0, "a\nb\nc\nd\ne\n", ""));
    String missing = "run-cases: " + folder.resolve("missing") + ": No such file or directory\n";
    assertThat(Files.readString(results))
        .isEqualTo(
            """
            a 3 4 0
            one
            b 159 0 14
            two value x=y
            c 3 4 0
            one
            d 127 0 %d
            %se 137 0 0
            """
                .formatted(missing.length(), missing));
    assertThat(script).has(sameBytesAs(same));
  }

  private static String command(Object... words) {
    return String.join("\0", Programs.strings(words)) + "\0\0";
  }

  private Path program(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file;
  }
}
