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
    List<Long> uses = uses(elf, binding);
    if (uses.size() != 1) {
      throw refuse(
          elf,
          function,
          "%d places in the code use its slot, not one jump of a PLT entry".formatted(uses.size()));
    }
    long address = uses.get(0) - OPCODE;
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
   * Addresses of words in code that lead to a slot, by their distance or by its address. The
   * relocation itself may be in a segment with code.
   */
  private static List<Long> uses(ElfFile elf, Relocation binding) {
    List<Long> found = new ArrayList<>();
    for (ProgramHeader load : elf.loads()) {
      if ((load.flags() & ProgramHeader.PF_X) != 0) {
        for (long at = 0; at < load.filesz() && found.size() < MOST; at += CHUNK) {
          long size = Math.min(CHUNK + DISTANCE - 1L, load.filesz() - at);
          Bytes code = elf.bytes().slice(load.offset() + at, size);
          uses(elf, code, load.vaddr() + at, binding.address(), found);
        }
      }
    }
    found.removeIf(at -> elf.fileOffset(at, DISTANCE).orElse(-1) == binding.fileOffset());
    return found;
  }

  private static void uses(ElfFile elf, Bytes code, long address, long slot, List<Long> found) {
    boolean absolute = !elf.isPositionIndependent() && slot == (slot & ADDRESS32);
    byte[] bytes = code.toArray();
    for (int i = 0; i + DISTANCE <= bytes.length && found.size() < MOST; i++) {
      int word =
          (bytes[i] & 0xff)
              | (bytes[i + 1] & 0xff) << 8
              | (bytes[i + 2] & 0xff) << 16
              | bytes[i + 3] << 24;
      if (address + i + DISTANCE + word == slot || (absolute && (word & ADDRESS32) == slot)) {
        found.add(address + i);
      }
    }
  }
}
