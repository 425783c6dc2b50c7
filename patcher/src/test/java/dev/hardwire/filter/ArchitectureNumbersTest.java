package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers are those of {@code linux/audit.h} and {@code linux/elf-em.h}. */
class ArchitectureNumbersTest {
  private static final long BIT_64 = 0x8000_0000L;
  private static final long BIT_LITTLE_ENDIAN = 0x4000_0000L;

  private static long machine(String name) throws IOException {
    Matcher matcher =
        Pattern.compile("#define EM_" + name + "\\s+(\\d+)")
            .matcher(Files.readString(Path.of("/usr/include/linux/elf-em.h")));
    assertThat(matcher.find()).as(name).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Tag("system")
  @ParameterizedTest
  @CsvSource({
    "X86_64, X86_64",
    "I386, 386",
    "AARCH64, AARCH64",
    "ARM, ARM",
    "RISCV64, RISCV",
    "PPC64LE, PPC64",
    "S390X, S390",
    "LOONGARCH64, LOONGARCH"
  })
  void theAuditNumberIsMadeOfMachineWidthAndByteOrder(Target architecture, String machine)
      throws IOException {
    long bits =
        (architecture.wordBits() == 64 ? BIT_64 : 0)
            | (architecture.order() == ByteOrder.LITTLE_ENDIAN ? BIT_LITTLE_ENDIAN : 0);
    assertThat(architecture.auditNumber()).isEqualTo(machine(machine) | bits);
    assertThat(Files.readString(Path.of("/usr/include/linux/audit.h")))
        .containsPattern("AUDIT_ARCH_" + (machine.equals("386") ? "I386" : architecture.name()));
  }

  @ParameterizedTest
  @EnumSource
  void everyNameLeadsBack(Target architecture) {
    assertThat(Target.ofName(architecture.id())).contains(architecture);
    assertThat(Target.ofName(architecture.systemdName())).contains(architecture);
    assertThat(Target.ofName(architecture.goName())).contains(architecture);
    assertThat(Target.ofName(architecture.libseccompName())).contains(architecture);
    assertThat(Target.ofAuditNumber(architecture.auditNumber())).contains(architecture);
  }

  @Test
  void knowsTheNamesOfOthers() {
    assertThat(Target.ofName("SCMP_ARCH_X86")).contains(Target.I386);
    assertThat(Target.ofName("ppc64-le")).contains(Target.PPC64LE);
    assertThat(Target.ofName("loong64")).contains(Target.LOONGARCH64);
    assertThat(Target.ofName("vax")).isEmpty();
    assertThat(Target.ofAuditNumber(1)).isEmpty();
    assertThat(Target.ids()).startsWith("x86_64", "i386").hasSize(8);
  }
}
