package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import java.nio.ByteOrder;

/**
 * The code for x86-64 to which the PLT entry of a function jumps in place of the function itself.
 *
 * <pre>
 *   0  80 3d FLAG 01      cmpb $1, flag(%rip)
 *   7  75 06              jne 15
 *   9  ff 25 SLOT         jmp *slot(%rip)
 *  15  41 53 50 51        push %r11; push %rax; push %rcx
 *  19  31 c0 6a 02 59     xor %eax, %eax; push $2; pop %rcx
 *  24  f0 0f b0 0d FLAG   lock cmpxchg %cl, flag(%rip)
 *  32  74 12              je 52
 *  34  b9 WAIT            mov $WAIT, %ecx
 *  39  f3 90              pause
 *  41  80 3d FLAG 01      cmpb $1, flag(%rip)
 *  48  74 16              je 72
 *  50  e2 f3              loop 39
 *  52  59 58              pop %rcx; pop %rax
 *  54  e9 ENTRY           jmp entry
 *  59  f3 0f 1e fa        endbr64
 *  63  c6 05 FLAG 01      movb $1, flag(%rip)
 *  70  eb 02              jmp 74
 *  72  59 58              pop %rcx; pop %rax
 *  74  41 5b              pop %r11
 *  76  ff 25 SLOT         jmp *slot(%rip)
 * </pre>
 *
 * <p>The stub at {@code entry} installs the filter of a phase, with every register saved that may
 * hold an argument, and goes on at offset {@value #RETURN}. It uses r11, in which the PLT entries
 * of mold have the index of a function that is not bound yet.
 *
 * <p>The flag is 0 at first, 2 while a thread installs the filter, and then 1. Other threads wait
 * for that, but not for ever: the thread may have been interrupted by the signal handler that comes
 * here, or be missing in a process that another thread has forked. To install the filter once more
 * is harmless, and has no effect where it is in force already.
 *
 * @param address virtual address of the code
 * @param flag address of a byte that is zero until the phase has begun
 * @param slot address of the word of the global offset table that the PLT entry jumped through
 * @param entry address of the stub
 */
public record Veneer(long address, long flag, long slot, long entry) {
  /** Bytes of the code, with those that align what follows. */
  public static final int SIZE = 96;

  /** Where the stub goes on, in bytes from the start. */
  public static final int RETURN = 59;

  /** Bytes of the jump to the code. */
  public static final int JUMP_SIZE = 6;

  private static final int JUMP = 0xe9;
  private static final int JUMP_LENGTH = 5;
  private static final int NOP = 0x90;
  private static final int TRAP = 0xcc;

  /** How often a thread looks whether another one is done: a few dozen milliseconds. */
  private static final int WAIT = 0x20_0000;

  /** Checks the distances. */
  public Veneer {
    displacement(flag, address);
    displacement(slot, address);
    displacement(entry, address);
  }

  /** Whether code at two addresses can refer to each other, whatever of 4 KiB there it is. */
  public static boolean isNear(long one, long other) {
    long distance = one - other;
    return distance > Integer.MIN_VALUE + 0x1000L && distance < Integer.MAX_VALUE - 0x1000L;
  }

  private static long displacement(long to, long end) {
    long displacement = to - end;
    if (displacement != (int) displacement) {
      throw new IllegalArgumentException(
          "0x%x is too far from the code at 0x%x".formatted(to, end));
    }
    return displacement & 0xffff_ffffL;
  }

  public Bytes encode() {
    ByteWriter code = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    bytes(code, 0x80, 0x3d).u32(displacement(flag, address + 7)).u8(1);
    bytes(code, 0x75, 0x06);
    bytes(code, 0xff, 0x25).u32(displacement(slot, address + 15));
    bytes(code, 0x41, 0x53, 0x50, 0x51, 0x31, 0xc0, 0x6a, 0x02, 0x59);
    bytes(code, 0xf0, 0x0f, 0xb0, 0x0d).u32(displacement(flag, address + 32));
    bytes(code, 0x74, 0x12, 0xb9).u32(WAIT);
    bytes(code, 0xf3, 0x90, 0x80, 0x3d).u32(displacement(flag, address + 48)).u8(1);
    bytes(code, 0x74, 0x16, 0xe2, 0xf3, 0x59, 0x58);
    bytes(code, JUMP).u32(displacement(entry, address + RETURN));
    bytes(code, 0xf3, 0x0f, 0x1e, 0xfa);
    bytes(code, 0xc6, 0x05).u32(displacement(flag, address + 70)).u8(1);
    bytes(code, 0xeb, 0x02, 0x59, 0x58, 0x41, 0x5b);
    bytes(code, 0xff, 0x25).u32(displacement(slot, address + 82));
    while (code.size() < SIZE) {
      code.u8(TRAP);
    }
    return code.toBytes();
  }

  private static ByteWriter bytes(ByteWriter code, int... values) {
    for (int value : values) {
      code.u8(value);
    }
    return code;
  }

  /**
   * The bytes that replace the jump of a PLT entry.
   *
   * @param jump virtual address of that jump
   */
  public Bytes jumpFrom(long jump) {
    return new ByteWriter(ByteOrder.LITTLE_ENDIAN)
        .u8(JUMP)
        .u32(displacement(address, jump + JUMP_LENGTH))
        .u8(NOP)
        .toBytes();
  }
}
