package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.result.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program that exports more constants than any table may have entries: programs that Haskell's
 * compiler links have hundreds of thousands.
 */
@Tag("system")
class ExportedSymbolsTest {
  private static final String SOURCE =
      """
      #include <stdio.h>
      int main(void) { return puts("started") < 0; }
      __asm__(".section .rodata\\n"
              ".altmacro\\n"
              ".macro constant n\\n.globl constant\\\\n\\nconstant\\\\n: .long \\\\n\\n.endm\\n"
              ".set i, 0\\n"
              ".rept 20000\\nconstant %i\\n.set i, i + 1\\n.endr\\n");
      """;

  private static Bytes original;

  @BeforeAll
  static void build(@TempDir Path folder) throws IOException {
    Path source = Files.writeString(folder.resolve("exports.c"), SOURCE);
    Path program = folder.resolve("exports");
    Programs.output("gcc", "-rdynamic", "-o", program, source);
    original = Bytes.wrap(Files.readAllBytes(program));
  }

  private static List<String> failed(Bytes file) {
    Expectations expectations =
        Expectations.NONE.withPolicy(on -> PatchedFile.POLICY).withOriginal(original);
    return Verifier.verify(file, expectations).checks().stream()
        .filter(check -> !check.passed())
        .map(Check::name)
        .toList();
  }

  @Test
  void theirNumberIsNoReasonToFail() {
    for (Hook hook : Hook.values()) {
      assertThat(failed(PatchedFile.of(original, hook, PatchedFile.POLICY, false).bytes()))
          .isEmpty();
    }
  }

  @Test
  void oneThatIsElsewhereIsNamed() {
    ElfFile elf = ElfFile.parse(original);
    Section table = elf.section(s -> s.type() == Section.SHT_DYNSYM).orElseThrow();
    int rodata = elf.section(s -> s.name().equals(".rodata")).orElseThrow().index();
    long entry = table.offset();
    while (original.u16(entry + 6) != rodata) {
      entry += elf.header().elfClass().symbolSize();
    }
    PatchedFile patched = PatchedFile.of(original, Hook.INIT, PatchedFile.POLICY, false);
    Forgery forgery = Forgery.of(original, patched);
    forgery.word(entry + 8, original.u64(entry + 8) + 4);
    forgery.withRecord(UnaryOperator.identity());
    assertThat(failed(forgery.bytes())).containsExactly("changes");
  }
}
