package dev.hardwire.seccomp;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A system-call interface as seccomp sees it: one value of {@code seccomp_data.arch}.
 *
 * <p>The audit numbers are those of the kernel's {@code include/uapi/linux/audit.h}.
 */
public enum Architecture {
  /**
   * x86-64. Numbers from 0x40000000 up are refused: those with bit 30 call the x32 interface, whose
   * calls have other meanings under the same architecture number, and no other is ever valid.
   */
  X86_64(0xc000003eL, ByteOrder.LITTLE_ENDIAN, 64, OptionalLong.of(0x4000_0000L));

  private final long auditNumber;
  private final ByteOrder byteOrder;
  private final int wordBits;
  private final OptionalLong refusedFrom;

  Architecture(long auditNumber, ByteOrder byteOrder, int wordBits, OptionalLong refusedFrom) {
    this.auditNumber = auditNumber;
    this.byteOrder = byteOrder;
    this.wordBits = wordBits;
    this.refusedFrom = refusedFrom;
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
   * The first call number, unsigned, that every filter kills the process for, whatever the policy
   * says; larger ones too.
   */
  public OptionalLong refusedFrom() {
    return refusedFrom;
  }

  /** {@code x86_64} and the like: how files and messages name it. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The architecture with this AUDIT_ARCH_ value. */
  public static Optional<Architecture> ofAuditNumber(long auditNumber) {
    return Arrays.stream(values()).filter(a -> a.auditNumber == auditNumber).findFirst();
  }

  @Override
  public String toString() {
    return id();
  }
}
