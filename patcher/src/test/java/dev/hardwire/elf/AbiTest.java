package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Relatives of the known architectures are refused by name; what the stub does not depend on is
 * not.
 */
@Tag("system")
class AbiTest {
  @ParameterizedTest
  @CsvSource({
    "CLASS32, little, 62, the x32 ABI is not supported: filters for x86-64 kill its system calls",
    "CLASS32, little, 183, the ILP32 ABI of aarch64 is not supported",
    "CLASS32, big, 22, 31-bit programs are not supported",
    "CLASS32, little, 22, 31-bit programs are not supported",
    "CLASS64, big, 183, no stub for machine 183",
    "CLASS32, big, 40, no stub for machine 40",
    "CLASS64, big, 21, no stub for machine 21",
    "CLASS32, little, 243, no stub for machine 243",
    "CLASS64, little, 3, no stub for machine 3",
  })
  void anotherClassOrByteOrderIsRefused(
      ElfClass elfClass, String order, int machine, String reason) {
    ByteOrder bytes = order.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    FileHeader header = new FileHeader(elfClass, bytes, 2, machine, 0, 0, 0, 0, 0, 0);
    assertThat(Target.of(header.machine(), header.elfClass(), header.order())).isEmpty();
    assertThat(Abi.whyUnknown(header)).startsWith(reason);
  }

  private static Bytes withFlags(String fixture, String flags) {
    byte[] file = Patching.fixture(fixture);
    ElfFile elf = ElfFile.parse(Bytes.copyOf(file));
    Bytes word = new ByteWriter(elf.machine().order()).u32(Long.decode(flags)).toBytes();
    int at = HeaderField.E_FLAGS.offset(elf.header().elfClass());
    System.arraycopy(word.toArray(), 0, file, at, Integer.BYTES);
    return Bytes.wrap(file);
  }

  @ParameterizedTest
  @CsvSource({
    "arm-pie, 0, the stub is for EABI version 5",
    "arm-pie, 0x04000400, the stub is for EABI version 5",
    "ppc64le-pie, 0, the stub is for the ELFv2 ABI",
    "ppc64le-pie, 1, the stub is for the ELFv2 ABI",
    "riscv64-pie, 0xd, the stub is not for RV64E",
  })
  void anAbiThatTheStubIsNotForIsRefused(String fixture, String flags, String reason) {
    Bytes file = withFlags(fixture, flags);
    assertThatThrownBy(() -> ElfFile.parse(file))
        .isInstanceOfSatisfying(
            ElfFormatException.class,
            e -> assertThat(e.refusal()).isEqualTo(Refusal.UNKNOWN_ARCHITECTURE))
        .hasMessageStartingWith("e_flags at offset ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "arm-pie, 0x05000200",
    "arm-pie, 0x05000000",
    "riscv64-pie, 0",
    "loongarch64-pie, 0x41",
    "s390x-pie, 1",
  })
  void otherFlagsDoNotMatter(String fixture, String flags) {
    assertThat(ElfFile.parse(withFlags(fixture, flags)).machine().id())
        .isEqualTo(fixture.replace("-pie", ""));
  }
}
