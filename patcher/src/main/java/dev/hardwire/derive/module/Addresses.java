package dev.hardwire.derive.module;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;

/** Records the addresses that the operands of instructions name. */
final class Addresses {
  private static final int LONG_MOVE = 10; // bytes, with a number of 64 bits

  /** The scale of indexes of words: 8, as a power of two. */
  private static final int WORDS = 3;

  /** Where all processes have the code of gettimeofday, time and getcpu (vsyscall). */
  private static final long OLD_PAGE = 0xffff_ffff_ff60_0000L;

  /** The distance between these. */
  private static final long OLD_STEP = 0x400;

  private final Image image;

  /** The address of the global offset table; 0 if there is none. */
  private final long offsets;

  /** Gets references. */
  private final LongList found;

  /** Gets the addresses of what may be tables of jumps. */
  private final LongList tables;

  Addresses(Image image, LongList found, LongList tables) {
    this.image = image;
    this.offsets = image.offsetTable();
    this.found = found;
    this.tables = tables;
  }

  /** The operands of an instruction that is neither a call nor a jump. */
  void operands(Instruction now) {
    Kind kind = now.kind();
    if (now.isRipRelative() && !now.isThreadLocal()) {
      long address = now.displacement();
      if (kind == Kind.LEA) {
        taken(address);
      } else if (kind != Kind.STORE_IMMEDIATE) {
        found.add((now.isVector() ? Reference.READ_WIDE : Reference.READ).to(address));
      }
    }
    if (kind == Kind.MOVE_IMMEDIATE && now.length() >= LONG_MOVE && offsets != 0) {
      distance(now.immediate());
    }
    if (image.isFixed()) {
      absolute(now);
      if (now.hasImmediate() && image.isMapped(now.immediate() & 0xffff_ffffL)) {
        taken(now.immediate() & 0xffff_ffffL);
      } else if (now.hasImmediate() && image.isMapped(now.immediate())) {
        taken(now.immediate());
      }
    }
  }

  /**
   * The large code model adds distances to the address of the global offset table. They are loaded
   * as 64 bits, as few other numbers that have 32.
   */
  private void distance(long immediate) {
    if (immediate == (int) immediate
        && image.isMapped(offsets + immediate)
        && image.computesOffsetTable()) {
      taken(offsets + immediate);
      found.add(Reference.READ.to(offsets + immediate));
    }
  }

  /** In files with fixed addresses, displacements may be addresses of data. */
  void absolute(Instruction now) {
    if (image.isFixed() && now.hasMemory() && !now.isRipRelative() && !now.isThreadLocal()) {
      long address = now.displacement() & 0xffff_ffffL;
      boolean element = now.scale() == WORDS && now.kind() != Kind.STORE;
      if (now.displacement() > 0 && element && now.index() >= 0) {
        found.add(Reference.READ_ELEMENT.to(address));
      }
      if (now.displacement() != 0 && image.isMapped(address)) {
        taken(address);
      }
    }
  }

  private void taken(long address) {
    if (image.elf().isExecutable(address)) {
      found.add(Reference.TAKE.to(address));
    }
    if (image.isMapped(address)) {
      found.add(Reference.DATA.to(address));
      tables.add(address);
    }
  }

  /** Whether an operand is an address of the kernel's page of old system calls. */
  static boolean isOldPage(Instruction now) {
    boolean absolute = now.hasMemory() && now.base() < 0 && now.index() < 0 && !now.isThreadLocal();
    return (now.hasImmediate() && isOldPage(now.immediate()))
        || (absolute && isOldPage(now.displacement()));
  }

  private static boolean isOldPage(long address) {
    long within = address - OLD_PAGE;
    return within == 0 || within == OLD_STEP || within == 2 * OLD_STEP;
  }
}
