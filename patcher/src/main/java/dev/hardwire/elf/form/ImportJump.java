package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Relocation;
import java.util.ArrayList;
import java.util.List;

/**
 * The one instruction through which a program for x86-64 calls a function of a library: {@code jmp
 * *slot(%rip)} of a PLT entry. The dynamic linker puts the function's address into the slot.
 *
 * <p>Nothing else in the program refers to the slot or to the symbol, so every call that the
 * program makes by the function's name goes through this instruction.
 *
 * @param address virtual address of the instruction
 * @param slot virtual address of the word of the global offset table
 */
public record ImportJump(long address, long slot) {
  /** Bytes of the instruction: two, and the distance of the slot. */
  public static final int SIZE = 6;

  private static final int CHUNK = 1 << 16;

  /** Of this many uses of a slot, no more are looked for. */
  private static final int MOST = 1000;

  private static final int DISTANCE = Integer.BYTES;

  /** Of the bytes before an operand, one of the last three is an opcode or says what follows. */
  private static final int BEFORE = 3;

  private static final int OPCODE = 2;
  private static final long ADDRESS32 = 0xffff_ffffL;

  /**
   * Finds the jump.
   *
   * @param function that a library defines
   * @throws ElfFormatException if there is none, or the program has other ways to the function
   */
  public static ImportJump of(ElfFile elf, String function) {
    if (elf.machine() != Target.X86_64) {
      throw refuse(
          elf, function, "first-call-of is not supported on %s".formatted(elf.machine().id()));
    }
    if (function.equals(StartCode.FUNCTION)) {
      throw refuse(elf, function, "it starts the program; use \"at: main\"");
    }
    if (!elf.hasInterpreter() || elf.dynamic().isEmpty()) {
      throw refuse(elf, function, "a static program calls no function of a library");
    }
    Relocation binding = binding(elf, function);
    long slot = binding.address();
    List<Use> uses = uses(elf, slot);
    if (uses.size() != 1) {
      throw refuse(
          elf,
          function,
          "%d places in the code use its slot, not one jump of a PLT entry".formatted(uses.size()));
    }
    long address = uses.get(0).address() - OPCODE;
    long offset = elf.fileOffset(address, SIZE).orElse(-1);
    if (offset < 0 || elf.bytes().u8(offset) != 0xff || elf.bytes().u8(offset + 1) != 0x25) {
      throw refuse(elf, function, "it is not called by a jump of a PLT entry");
    }
    if (!elf.relocations().touching(address, SIZE).isEmpty()) {
      throw refuse(elf, function, "a relocation changes its PLT entry");
    }
    return new ImportJump(address, slot);
  }

  private static ElfFormatException refuse(ElfFile elf, String function, String reason) {
    return HeaderField.E_TYPE.refuse(
        Refusal.NO_PHASE,
        elf.header().elfClass(),
        "no phase can begin with the first call of %s: %s".formatted(function, reason));
  }

  /** The one relocation that names the function; it sets the slot. */
  private static Relocation binding(ElfFile elf, String function) {
    ImportedSymbols symbols = new ImportedSymbols(elf);
    List<Relocation> all = elf.relocations().naming(index -> symbols.isNamed(index, function));
    if (all.isEmpty()) {
      throw refuse(elf, function, "the program does not import it");
    }
    if (all.size() != 1) {
      throw refuse(
          elf,
          function,
          "the program takes its address as well (%d relocations)".formatted(all.size()));
    }
    Relocation binding = all.get(0);
    if (binding.addend() != 0) { // glibc may rewrite the PLT entry that it names
      throw refuse(
          elf, function, "its relocation has an addend; link the program without -z mark-plt");
    }
    if (!MachineForm.of(elf).binds(binding.type())) {
      throw refuse(elf, function, "a relocation of type %d takes it".formatted(binding.type()));
    }
    if (!symbols.isOnly(binding.symbol(), function, false)) {
      throw refuse(elf, function, "the program defines it, or takes its address");
    }
    if (elf.relocations().touching(binding.address(), Long.BYTES).size() != 1) {
      throw refuse(elf, function, "several relocations write to its slot");
    }
    return binding;
  }

  /**
   * A word that leads to a slot, by its distance or by its address.
   *
   * @param offset in the file, in bytes
   * @param address virtual address
   * @param follows 0 if the three bytes before it are
   */
  private record Use(long offset, long address, int follows) {}

  /**
   * The words that lead to a slot, in the pages that a kernel may execute. It maps whole pages, so
   * these begin before the segments that are code, and end behind them. The relocations of the slot
   * may be in such a page, too.
   */
  private static List<Use> uses(ElfFile elf, long slot) {
    List<Use> found = new ArrayList<>();
    for (ProgramHeader load : elf.loads()) {
      if (StartCode.mayExecute(elf, load)) {
        long page = elf.machine().pageSize();
        long start = load.offset() - Math.min(load.vaddr() & (page - 1), load.offset());
        long end = Math.min((load.fileEnd() + page - 1) & -page, elf.bytes().size());
        for (long at = start; at < end && found.size() < MOST; at += CHUNK) {
          long from = Math.max(start, at - BEFORE);
          Bytes code = elf.bytes().slice(from, Math.min(at + CHUNK + DISTANCE - 1L, end) - from);
          uses(elf, code, from, load.vaddr() - load.offset(), (int) (at - from), slot, found);
        }
      }
    }
    for (Relocation one : elf.relocations().touching(slot, Long.BYTES)) {
      found.removeIf(use -> use.offset() == one.fileOffset());
    }
    return found;
  }

  private static void uses(
      ElfFile elf, Bytes code, long offset, long base, int first, long slot, List<Use> found) {
    boolean absolute = !elf.isPositionIndependent() && slot == (slot & ADDRESS32);
    byte[] bytes = code.toArray();
    for (int i = first; i + DISTANCE <= bytes.length && found.size() < MOST; i++) {
      int word =
          (bytes[i] & 0xff)
              | (bytes[i + 1] & 0xff) << 8
              | (bytes[i + 2] & 0xff) << 16
              | bytes[i + 3] << 24;
      long address = base + offset + i;
      if (address + DISTANCE + word == slot || (absolute && (word & ADDRESS32) == slot)) {
        int follows = i < BEFORE ? -1 : bytes[i - 1] | bytes[i - 2] | bytes[i - BEFORE];
        found.add(new Use(offset + i, address, follows));
      }
    }
  }

  /**
   * Whether code in a patched file leads to the slot from elsewhere than from a range of addresses.
   * Behind three zeros is no operand, but perhaps the address in a section header.
   */
  public boolean isUsedOutside(ElfFile patched, long start, long end) {
    for (Use use : uses(patched, slot)) {
      if (use.follows() != 0 && (use.address() < start || use.address() >= end)) {
        return true;
      }
    }
    return false;
  }
}
