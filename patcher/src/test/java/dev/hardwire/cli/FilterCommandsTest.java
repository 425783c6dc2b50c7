package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.hardwire.arch.Target;
import dev.hardwire.filter.BpfAssembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.JsonSchema;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The forms in which filters are written, and the commands that read them out of files. */
@Tag("system")
class FilterCommandsTest {
  private static final Path POLICY =
      Path.of("src/test/resources/policies/e-argument-rules.json").toAbsolutePath();

  @TempDir private static Path made;
  private static byte[] raw;

  @TempDir Path folder;

  private void shell(Object... command) {
    Programs.together(folder, Map.of(), command).succeeds();
  }

  @BeforeAll
  static void compile() throws IOException {
    Path file = made.resolve("raw");
    assertThat(Cli.run("policy", "compile", "-o", file, POLICY).status()).isZero();
    raw = Files.readAllBytes(file);
    String uname = "/usr/bin/uname";
    Cli.ok(
        "patch",
        "--deny",
        "uname",
        "--default-action",
        "errno:EPERM",
        "-o",
        made.resolve("one"),
        uname);
    Cli.ok(
        "patch",
        "--stack",
        "--deny",
        "sync,uname",
        "-o",
        made.resolve("both"),
        made.resolve("one"));
  }

  private Path written(String format) {
    Path file = folder.resolve("filter." + format);
    assertThat(Cli.run("policy", "compile", "--format", format, "-o", file, POLICY).status())
        .isZero();
    return file;
  }

  @Test
  void rawIsWhatIsWrittenToAFile() throws IOException {
    assertThat(Files.readAllBytes(written("raw"))).isEqualTo(raw);
    Outcome refused = Cli.run("policy", "compile", "--format", "raw", POLICY);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("--format raw requires -o OUT: it is not text");
  }

  @Test
  void theCompilerMakesTheSameBytesOfTheSource() throws IOException {
    written("c");
    Files.writeString(
        folder.resolve("main.c"),
        """
        #include <stdio.h>
        #include "filter.c"
        int main(void) { return fwrite(hardwire_filter, sizeof hardwire_filter, 1, stdout) != 1; }
        """);
    shell("gcc", "-Wall", "-Wextra", "-Werror", "-std=c99", "-o", "main", "main.c");
    shell("sh", "-c", "./main > main.out");
    assertThat(Files.readAllBytes(folder.resolve("main.out"))).isEqualTo(raw);
  }

  @Test
  void theAssemblerMakesTheSameBytes() throws IOException {
    Filter filter = new Filter(BpfAssembler.assemble(Files.readString(written("asm"))));
    assertThat(filter.encode(ByteOrder.LITTLE_ENDIAN).toArray()).isEqualTo(raw);
    assertThat(Cli.run("policy", "compile", "--format", "asm", POLICY).out())
        .isEqualTo(Files.readString(written("asm")));
  }

  @Test
  void jsonFollowsItsSchemaAndHasTheInstructions() throws IOException {
    JsonArray array =
        JsonSchema.validated("filter", Files.readString(written("json")))
            .getAsJsonObject()
            .getAsJsonArray("instructions");
    byte[] bytes = new byte[array.size() * Filter.INSTRUCTION_SIZE];
    for (int i = 0; i < array.size(); i++) {
      JsonObject one = array.get(i).getAsJsonObject();
      long word =
          one.get("code").getAsLong()
              | one.get("jt").getAsLong() << 16
              | one.get("jf").getAsLong() << 24
              | one.get("k").getAsLong() << 32;
      for (int b = 0; b < 8; b++) {
        bytes[8 * i + b] = (byte) (word >>> (8 * b));
      }
    }
    assertThat(bytes).isEqualTo(raw);
  }

  private static Path stacked() {
    return made.resolve("both");
  }

  @Test
  void disasmShowsTheFiltersOfAHardWiredFile() {
    Path both = stacked();
    String outer = Cli.run("disasm", "--layer", "1", both).out();
    String inner = Cli.run("disasm", "--layer", "2", both).out();
    assertThat(outer).contains("kill-process").doesNotContain("EPERM");
    assertThat(inner)
        .contains("; errno EPERM")
        .isEqualTo(Cli.run("disasm", made.resolve("one")).out());
    assertThat(Cli.run("disasm", both).out())
        .isEqualTo("layer 1:\n" + outer + "layer 2:\n" + inner);
  }

  @Test
  void emulateRunsAllFiltersOfAHardWiredFile() {
    Path both = stacked();
    assertThat(
            Cli.run("emulate", "--filter", both, "uname", "sync", "getpid")
                .out()
                .replaceAll("\\d+ instr", "N instr"))
        .isEqualTo(
            """
            uname(0): kill-process (N instructions; layer 1: kill-process, layer 2: errno EPERM)
            sync(): kill-process (N instructions; layer 1: kill-process, layer 2: allow)
            getpid(): allow (N instructions; layer 1: allow, layer 2: allow)
            """);
    assertThat(Cli.run("emulate", "--filter", both, "--layer", "2", "uname").out())
        .startsWith("uname(0): errno EPERM (");
  }

  /** The byte order of the instructions tells, too: no code of one order is a code of the other. */
  @ParameterizedTest
  @EnumSource
  void aFilterIsOneOfTheArchitectureThatItTestsFor(Target target) throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("p.yaml"),
            "version: 1\ndefault: trap\nrules:\n- allow: [read]\n  when: fd < 3\n");
    Path filter = folder.resolve("filter.bpf");
    Cli.ok("policy", "compile", "--arch", target, "--format", "raw", "-o", filter, policy);
    assertThat(Cli.ok("policy", "import", filter).out())
        .contains("default: trap\n", "  - allow: [read]\n    when: \"fd <= 2\"\n");
  }

  @Test
  void explainTakesTheFiltersOfAHardWiredFileTogether() {
    Path both = stacked();
    assertThat(Cli.run("policy", "explain", both).out())
        .isEqualTo(
            """
            CALL                     DECISION      WHEN    FROM
            sync                     kill-process  always  layer 1, instruction 7
            uname                    kill-process  always  layer 1, instruction 7
            every other call         allow         always  layer 2, instruction 6
            numbers from 0x40000000  kill-process  always  layer 2, instruction 7
            other architectures      kill-process  always  layer 2, instruction 7
            """);
    assertThat(Cli.run("policy", "explain", "--layer", "2", both, "sync", "uname").out())
        .isEqualTo(
            """
            CALL   DECISION     WHEN    FROM
            sync   allow        always  instruction 6
            uname  errno EPERM  always  instruction 4
            """);
  }

  @Test
  void whatIsNoFilterIsRefused() {
    Outcome plain = Cli.run("disasm", "/usr/bin/uname");
    assertThat(plain.status()).isEqualTo(3);
    assertThat(plain.err())
        .startsWith("hardwire: /usr/bin/uname: not-patched: ")
        .endsWith("the file is not hard-wired; patch it first\n");
    assertThat(Cli.run("policy", "explain", "/usr/bin/uname")).isEqualTo(plain);
    assertThat(Cli.run("emulate", "--filter", "/usr/bin/uname", "read")).isEqualTo(plain);
    Outcome text = Cli.run("disasm", POLICY);
    assertThat(text.status()).isEqualTo(4);
    assertThat(text.err())
        .contains(POLICY + ": filter")
        .contains("expected an array of struct sock_filter or a hard-wired file");
    Path both = stacked();
    assertThat(Cli.run("disasm", "--layer", "3", both).err()).contains("has layers 1 to 2, not 3");
    assertThat(Cli.run("emulate", "--filter", both, "--layer", "0", "read").status()).isEqualTo(2);
    assertThat(Cli.run("disasm", "--layer", "1", made.resolve("raw")).status()).isEqualTo(2);
    assertThat(Cli.run("emulate", "--policy", POLICY, "--layer", "1", "read").status())
        .isEqualTo(2);
  }

  @Test
  void aHardWiredFileTellsItsArchitecture() {
    Path both = stacked();
    assertThat(Cli.run("disasm", "--arch", "x86_64", both)).isEqualTo(Cli.run("disasm", both));
    String refused = "hardwire: --arch i386: " + both + " is for x86_64; omit --arch";
    for (Outcome result :
        List.of(
            Cli.run("disasm", "--arch", "i386", both),
            Cli.run("emulate", "--arch", "i386", "--filter", both, "read"),
            Cli.run("policy", "explain", "--arch", "i386", both))) {
      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err()).startsWith(refused);
    }
  }
}
