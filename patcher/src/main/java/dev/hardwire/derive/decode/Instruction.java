package dev.hardwire.derive.decode;

/**
 * One instruction. The object is filled by {@link Decoder} again and again, because a file has
 * millions of them.
 *
 * <p>Registers are 0 to 15 in the order of their encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi,
 * r8 and so on; -1 stands for none.
 */
public final class Instruction {
  public static final int RAX = 0;
  public static final int RCX = 1;
  public static final int RDX = 2;
  public static final int RBX = 3;
  public static final int RSP = 4;
  public static final int RBP = 5;
  public static final int RSI = 6;
  public static final int RDI = 7;
  public static final int R10 = 10;
  public static final int R11 = 11;
  public static final int NONE = -1;
  public static final int ALL = 0xffff;

  /** Vector instructions read and write so many bytes at most. */
  public static final int WIDEST = 64;

  /** rax, rcx, rdx, rsi, rdi, r8 to r11, which a function may change (x86-64 psABI, 3.2.1). */
  public static final int CALLER_SAVED = 0x0fc7;

  /** Those that pass arguments in C: rdi, rsi, rdx, rcx, r8, r9. */
  public static final int ARGUMENTS = 0x03c6;

  /** The registers that a system call changes. */
  public static final int SYSCALL_CHANGES = 1 << RAX | 1 << RCX | 1 << R11;

  Kind kind = Kind.INVALID;
  int length;
  int opcode;
  int second;
  int rex;
  boolean shortAddress;
  int size;
  int reg;
  int rm;
  int base;
  int index;
  int scale;
  boolean memory;
  boolean ripRelative;
  boolean vector;
  boolean media;
  boolean fromGeneral;
  boolean compressed;
  boolean storesMemory;
  boolean storesElsewhere;
  boolean thread;
  long displacement;
  boolean hasImmediate;
  long immediate;
  long target;
  int writes;

  void clear() {
    kind = Kind.OTHER;
    opcode = NONE;
    second = 0;
    rex = 0;
    shortAddress = false;
    size = 4;
    reg = NONE;
    rm = NONE;
    base = NONE;
    index = NONE;
    scale = 0;
    memory = false;
    ripRelative = false;
    vector = false;
    media = false;
    fromGeneral = false;
    compressed = false;
    storesMemory = false;
    storesElsewhere = false;
    thread = false;
    displacement = 0;
    hasImmediate = false;
    immediate = 0;
    target = 0;
    writes = 0;
  }

  // What the decoder finds out. Each of these methods returns true.

  boolean kind(Kind value) {
    kind = value;
    return true;
  }

  /**
   * Names another register as the first one; {@link #NONE} where ModRM has an operation instead.
   */
  boolean names(int register) {
    reg = register;
    return true;
  }

  boolean exchanges() {
    int first = reg;
    reg = rm;
    rm = first;
    return true;
  }

  boolean writes(int mask) {
    writes |= mask;
    return true;
  }

  boolean writesReg() {
    return writes(1 << reg);
  }

  boolean writesRm() {
    storesMemory |= memory;
    return memory || writes(bit(rm));
  }

  /** Pushes or pops; with a prefix for two bytes, the stack pointer is not followed. */
  boolean stack(Kind value) {
    if (size == 2) {
      boolean pops = value == Kind.POP;
      storesMemory |= !pops;
      return writes(1 << RSP | (pops ? 1 << reg : 0));
    }
    return kind(value);
  }

  /** Pops what is not kept. */
  boolean popped() {
    immediate = size == 2 ? 2 : Long.BYTES;
    reg = RSP;
    size = Long.BYTES;
    return kind(Kind.ADD_IMMEDIATE);
  }

  /** Operands of one byte: the register may be ah to bh, part of another. */
  boolean bytes() {
    size = 1;
    if (rex == 0) {
      reg &= reg >= 4 ? 3 : ~0;
      rm &= rm >= 4 ? 3 : ~0;
    }
    return true;
  }

  public Kind kind() {
    return kind;
  }

  /** In bytes; 1 for what is not an instruction. */
  public int length() {
    return length;
  }

  /** The first byte behind the prefixes; -1 for what is not an instruction. */
  public int opcode() {
    return opcode;
  }

  /** The byte behind {@link #opcode}: ModRM, or the opcode of one of two bytes. */
  public int second() {
    return second;
  }

  /** Which operation {@link #second} chooses, if it is ModRM. */
  public int extension() {
    return second >> 3 & 7;
  }

  /**
   * The condition of a jump or of a move: the lower 4 bits of its opcode; {@link #NONE} for jrcxz,
   * loop and xbegin.
   */
  public int condition() {
    int last = opcode == 0x0f ? second : opcode;
    int row = last >> 4;
    boolean conditional = opcode == 0x0f ? row == 4 || row == 8 : row == 7;
    return conditional ? last & 0xf : NONE;
  }

  /** Whether a register of one byte is not ah to bh, whatever its number. */
  public boolean hasRex() {
    return rex != 0;
  }

  /** Whether the address of the memory operand has 32 bits. */
  public boolean hasShortAddress() {
    return shortAddress;
  }

  /** The size of the operands in bytes. */
  public int size() {
    return size;
  }

  /** The destination register, or that which is stored; -1 for none. */
  public int reg() {
    return reg;
  }

  /** The other register, where the operand is no memory; -1 for none. */
  public int rm() {
    return rm;
  }

  public boolean hasMemory() {
    return memory;
  }

  /** Base register of the memory operand; -1 for none. */
  public int base() {
    return base;
  }

  /** Index register of the memory operand; -1 for none. */
  public int index() {
    return index;
  }

  /** What the index is multiplied by, as a power of two: 0 to 3. */
  public int scale() {
    return scale;
  }

  /** Displacement of the memory operand; with {@link #isRipRelative} the address itself. */
  public long displacement() {
    return displacement;
  }

  /** The bit of a register in masks; none for {@link #NONE}. */
  public static int bit(int register) {
    return register < 0 ? 0 : 1 << register;
  }

  /** A bit for each register that it names. */
  public int named() {
    return bit(reg) | bit(rm) | bit(base) | bit(index);
  }

  /** Whether {@link #displacement} is the address of the operand, relative to the instruction. */
  public boolean isRipRelative() {
    return ripRelative;
  }

  /** Whether the operand may have more than 8 bytes. */
  public boolean isVector() {
    return vector;
  }

  /** Whether it is one of MMX or SSE, which moves values to and from registers of their own. */
  public boolean isMedia() {
    return media;
  }

  /** Whether one of MMX, SSE or AVX reads a general register, which is {@link #rm}. */
  public boolean isFromGeneral() {
    return fromGeneral;
  }

  /** Whether the displacement is in units of the operand's size (EVEX). */
  public boolean isCompressed() {
    return compressed;
  }

  /** Whether memory is or may be written. */
  public boolean storesMemory() {
    return storesMemory;
  }

  /** Whether it names memory by its address, and may write to some bytes there. */
  public boolean mayStore(long address, int bytes) {
    return storesMemory
        && ripRelative
        && displacement < address + bytes
        && displacement + (vector ? WIDEST : Long.BYTES) > address;
  }

  /** Whether memory may be written far from the operand, or where a register leads. */
  public boolean storesElsewhere() {
    return storesElsewhere;
  }

  /** Whether the memory operand is relative to fs or gs: the thread's own data. */
  public boolean isThreadLocal() {
    return thread;
  }

  public boolean hasImmediate() {
    return hasImmediate;
  }

  /** Sign-extended to 64 bits as the processor does. */
  public long immediate() {
    return immediate;
  }

  /** Address of a direct call or jump. */
  public long target() {
    return target;
  }

  /** A bit for each general register that may change, beside what {@link #kind} says. */
  public int writes() {
    return writes;
  }

  /** The same with {@link #reg}, unless the kind only reads it. */
  public int changes() {
    return switch (kind) {
      case OTHER, STORE, STORE_IMMEDIATE, PUSH, PUSH_IMMEDIATE, BRANCH, JUMP -> writes;
      default -> writes | bit(reg);
    };
  }
}
