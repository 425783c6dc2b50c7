package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.nio.file.Path;
import java.util.List;

/** What holds for every ELF file that Hardwire writes by itself. */
final class OurFiles {
  private OurFiles() {}

  static void toolsFindNoFault(Path file) {
    for (List<Object> tool :
        List.<List<Object>>of(
            List.of("readelf", "-aW", file),
            List.of("eu-readelf", "-a", file),
            List.of("eu-elflint", file),
            List.of("eu-elflint", "--gnu-ld", file),
            List.of("objdump", "-xd", file),
            List.of("ldd", file),
            List.of("gdb", "-q", "-nx", "-batch", "-ex", "info functions", file))) {
      Outcome outcome = Programs.run(tool);
      assertThat(outcome.status()).as(tool + ": " + outcome).isZero();
      assertThat(outcome.err()).as(tool.toString()).isEmpty();
    }
    assertThat(Programs.output("eu-elflint", file)).isEqualTo("No errors\n");
    assertThat(Programs.output("nm", "-D", file)).isEmpty();
    assertThat(Programs.output("readelf", "-rW", file)).contains("There are no relocations");
  }
}
