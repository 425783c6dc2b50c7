package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples are good files: the kernel runs them, and other tools find nothing to say. */
@Tag("system")
class SampleElfTest {
  @TempDir private Path folder;

  private void isGood(Bytes file) throws IOException {
    Path program = folder.resolve("program");
    Files.write(program, file.toArray());
    assertThat(program.toFile().setExecutable(true)).isTrue();
    assertThat(Programs.run(program)).isEqualTo(new Outcome(7, "", ""));
    Outcome readelf = Programs.run("readelf", "-aW", program);
    assertThat(readelf.status()).isZero();
    assertThat(readelf.err()).isEmpty();
    Outcome lint = Programs.run("eu-elflint", "--gnu-ld", program);
    assertThat(lint.out()).isEqualTo("No errors\n");
    Files.delete(program);
  }

  @Test
  void everyKindRuns() throws IOException {
    isGood(new SampleElf().build());
    isGood(new SampleElf().relocations(SampleElf.Relocations.RELR).build());
    isGood(new SampleElf().withoutProperty().withoutBuildId().build());
    isGood(new SampleElf().withoutInterpreter().bss(1 << 20).build());
    isGood(new SampleElf().fixed(0x400000).gap(100).build());
    isGood(new SampleElf().headersAlone().repeatedAddends().build());
    isGood(new SampleElf().fixed(0x400000).isStatic().build());
  }
}
