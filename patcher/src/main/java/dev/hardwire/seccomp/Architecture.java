package dev.hardwire.seccomp;

import dev.hardwire.policy.format.ArchitectureName;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A system-call interface as seccomp sees it: one value of {@code seccomp_data.arch}.
 *
 * <p>The audit numbers are those of the kernel's {@code include/uapi/linux/audit.h}.
 */
public enum Architecture {
  /**
   * x86-64. Numbers from 0x40000000 up are refused: those with bit 30 use the x32 interface, whose
   * calls have other meanings under the same architecture number, and the others are never valid.
   */
  X86_64(
      0xc000003eL, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.of(0x4000_0000L), "x86-64", "amd64"),
  /** 32-bit x86, on a 32-bit or an x86-64 kernel. */
  I386(0x40000003L, ByteOrder.LITTLE_ENDIAN, 32, OptionalLong.empty(), "x86", "386"),
  /** 64-bit ARM. */
  AARCH64(0xc00000b7L, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.empty(), "arm64", "arm64"),
  /** 32-bit ARM, EABI; its private calls begin at 0x0f0000. */
  ARM(0x40000028L, ByteOrder.LITTLE_ENDIAN, 32, OptionalLong.empty(), "arm", "arm"),
  RISCV64(0xc00000f3L, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.empty(), "riscv64", "riscv64"),
  PPC64LE(0xc0000015L, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.empty(), "ppc64-le", "ppc64le"),
  S390X(0x80000016L, ByteOrder.BIG_ENDIAN, 64, OptionalLong.empty(), "s390x", "s390x"),
  LOONGARCH64(
      0xc0000102L, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.empty(), "loongarch64", "loong64");

  private final long auditNumber;
  private final ByteOrder byteOrder;
  private final int wordBits;
  private final OptionalLong refusedFrom;
  private final String systemdName;
  private final String goName;

  Architecture(
      long auditNumber,
      ByteOrder byteOrder,
      int wordBits,
      OptionalLong refusedFrom,
      String systemdName,
      String goName) {
    this.auditNumber = auditNumber;
    this.byteOrder = byteOrder;
    this.wordBits = wordBits;
    this.refusedFrom = refusedFrom;
    this.systemdName = systemdName;
    this.goName = goName;
  }

  /** The AUDIT_ARCH_ value, unsigned 32 bits. */
  public long auditNumber() {
    return auditNumber;
  }

  /** The order of the bytes of a filter, and of the halves of a 64-bit argument. */
  public ByteOrder byteOrder() {
    return byteOrder;
  }

  /** Width of an argument register in bits: 32 or 64. */
  public int wordBits() {
    return wordBits;
  }

  /**
   * The lowest call number, unsigned, from which on every filter kills the process, whatever the
   * policy says.
   */
  public OptionalLong refusedFrom() {
    return refusedFrom;
  }

  /** Its name in files and messages, such as {@code x86_64}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name in {@code SystemCallArchitectures=}, systemd.exec(5). */
  public String systemdName() {
    return systemdName;
  }

  /** Its name in Go, and therefore in the profiles of container runtimes. */
  public String goName() {
    return goName;
  }

  /** Its name in libseccomp, such as {@code SCMP_ARCH_X86}, and therefore in OCI profiles. */
  public String libseccompName() {
    return "SCMP_ARCH_" + (this == I386 ? "X86" : name());
  }

  /** Its names in the formats of policies. */
  public ArchitectureName formatName() {
    return new ArchitectureName(id(), libseccompName(), goName, systemdName);
  }

  /** The architecture with this AUDIT_ARCH_ value. */
  public static Optional<Architecture> ofAuditNumber(long auditNumber) {
    return Arrays.stream(values()).filter(a -> a.auditNumber == auditNumber).findFirst();
  }

  /** The architecture with a name: its id, or its name in systemd, Go or libseccomp. */
  public static Optional<Architecture> ofName(String name) {
    return Arrays.stream(values()).filter(a -> a.spellings().anyMatch(name::equals)).findFirst();
  }

  /** Every id, in order. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Architecture::id).toList();
  }

  private Stream<String> spellings() {
    return Stream.of(id(), systemdName, goName, libseccompName());
  }

  @Override
  public String toString() {
    return id();
  }
}
