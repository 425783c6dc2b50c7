package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An executable whose headers, dynamic section and relocations are as linkers make them. A claim
 * about such a file rests on how the kernel and the dynamic linker load files that linkers make.
 *
 * <p>{@code patch} and {@code verify} use this one implementation. {@code docs/format.md} lists the
 * rules with their reasons.
 */
public final class NormalForm {
  private final ElfFile elf;
  private final Optional<RelocationForm> relocations;
  private final boolean textRelocations;

  private NormalForm(ElfFile elf, Optional<RelocationForm> relocations, boolean textRelocations) {
    this.elf = elf;
    this.relocations = relocations;
    this.textRelocations = textRelocations;
  }

  /**
   * Checks a file.
   *
   * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
   * @throws ElfFormatException naming the first field that is not in normal form
   */
  public static NormalForm of(ElfFile elf, Set<String> interpreters) {
    return of(elf, Optional.of(interpreters));
  }

  /**
   * Checks a file whose dynamic linker may be any.
   *
   * @throws ElfFormatException naming the first field that is not in normal form
   */
  public static NormalForm withAnyInterpreter(ElfFile elf) {
    return of(elf, Optional.empty());
  }

  private static NormalForm of(ElfFile elf, Optional<Set<String>> interpreters) {
    DynamicForm.pltKind(elf);
    LoaderChecks.check(elf);
    SystemForm.check(elf);
    SegmentForm.check(elf);
    checkInterpreter(elf, interpreters);
    if (elf.dynamic().isEmpty()) {
      return new NormalForm(elf, Optional.empty(), false);
    }
    DynamicForm dynamic = new DynamicForm(elf);
    dynamic.check();
    RelocationForm relocations = new RelocationForm(elf, dynamic);
    relocations.check();
    return new NormalForm(elf, Optional.of(relocations), dynamic.hasTextRelocations());
  }

  /**
   * The kernel starts the file that PT_INTERP names, so its code runs before any hook. The name
   * must be that of a dynamic linker of the machine, or one that the user accepts.
   *
   * <p>The kernel reads the name at p_offset. Dynamic linkers read it at p_vaddr, and take any file
   * of that name for themselves (glibc elf/rtld.c, rtld_setup_main_map; musl ldso/dynlink.c,
   * __dls3).
   *
   * @param accepted names beside the usual ones; empty for any name
   */
  private static void checkInterpreter(ElfFile elf, Optional<Set<String>> accepted) {
    Optional<String> path = interpreter(elf);
    if (path.isPresent()
        && accepted.isPresent()
        && !MachineForm.of(elf).interpreters().contains(path.get())
        && !accepted.get().contains(path.get())) {
      throw new ElfFormatException(
          Refusal.UNKNOWN_INTERPRETER,
          elf.segment(SegmentType.INTERP).map(ProgramHeader::offset).orElse(0L),
          "PT_INTERP",
          "\"%s\" is not the dynamic linker of glibc or musl for %s"
              .formatted(path.get(), elf.machine().id()));
    }
    Optional<ProgramHeader> segment = elf.segment(SegmentType.INTERP);
    if (segment.isPresent() && !elf.isMapped(segment.get())) {
      throw new ElfFormatException(
          Refusal.BAD_SEGMENT,
          segment.get().offset(),
          "PT_INTERP",
          "p_vaddr and p_offset are not the same place");
    }
  }

  /** Whether relocations may write to segments that are not writable: DT_TEXTREL. */
  public static boolean relocatesCode(ElfFile elf) {
    return elf.dynamicEntry(DynamicTag.TEXTREL).isPresent()
        || (elf.dynamicValue(DynamicTag.FLAGS).orElse(0) & DynamicTag.DF_TEXTREL) != 0;
  }

  /** The path of the dynamic linker that a file names; empty for a static program. */
  public static Optional<String> interpreter(ElfFile elf) {
    return elf.segment(SegmentType.INTERP)
        .map(name -> elf.bytes().slice(name.offset(), name.filesz()).cString(0));
  }

  /** The same as the bytes in the file, without the one that ends it. */
  public static Optional<Bytes> interpreterPath(ElfFile elf) {
    return elf.segment(SegmentType.INTERP)
        .map(name -> elf.bytes().slice(name.offset(), name.filesz()))
        .map(name -> name.slice(0, name.indexOf(new byte[1], 0)));
  }

  /**
   * Refuses programs that have code which the dynamic linker runs before a hook. In a static
   * program nothing runs before {@code entry}, and its start code runs the rest; it also relocates
   * the program after that hook, and must not write to its code then. Under {@code first}, all of
   * this runs after the hook.
   *
   * @param hook empty for mode needed
   * @throws ElfFormatException naming the entry that leads to such code
   */
  public void requireNothingBefore(Optional<Hook> hook) {
    if (!elf.hasInterpreter() && hook.equals(Optional.of(Hook.ENTRY)) && textRelocations) {
      throw new ElfFormatException(
          Refusal.BAD_DYNAMIC,
          elf.segment(SegmentType.DYNAMIC).orElseThrow().offset(),
          "DT_TEXTREL",
          "the program relocates its code after it has been entered");
    }
    boolean promised = hook.isEmpty() || (hook.get() != Hook.POST_INIT && hook.get() != Hook.FIRST);
    if (!elf.hasInterpreter() || !promised) {
      return;
    }
    PreinitArray.check(elf);
    if (relocations.isPresent()) {
      Optional<ElfFormatException> resolver = relocations.get().resolver();
      if (resolver.isPresent()) {
        throw resolver.get();
      }
    }
  }

  /**
   * DT_PREINIT_ARRAY: functions of the program that the dynamic linker calls before the
   * constructors of the libraries (glibc elf/dl-init.c). glibc's start code for riscv64 has one,
   * load_gp, which does no more than set a register.
   */
  private static final class PreinitArray {
    /** auipc gp, n; addi gp, gp, n; ret, as masks and values of the first two instructions. */
    private static final long AUIPC_GP = 0x197;

    private static final long ADDI_GP_GP = 0x18193;
    private static final int C_RET = 0x8082;
    private static final long RET = 0x8067;

    private PreinitArray() {}

    static void check(ElfFile elf) {
      Optional<DynamicEntry> array = elf.dynamicEntry(DynamicTag.PREINIT_ARRAY);
      long size = elf.dynamicValue(DynamicTag.PREINIT_ARRAYSZ).orElse(0);
      if (array.isEmpty() || size == 0) {
        return;
      }
      boolean loadsGp =
          elf.machine() == Target.RISCV64
              && size == elf.header().elfClass().wordSize()
              && loadsGp(elf, new InitArray(elf, array.get().value(), 1).element(0).target());
      if (!loadsGp) {
        throw new ElfFormatException(
            Refusal.RUNS_BEFORE_HOOK,
            array.get().fileOffset(),
            "DT_PREINIT_ARRAY",
            "the dynamic linker calls functions of the program before everything else");
      }
    }

    private static boolean loadsGp(ElfFile elf, long address) {
      OptionalLong code = elf.fileOffset(address, 3L * Integer.BYTES);
      if (code.isEmpty()) {
        return false;
      }
      long at = code.getAsLong();
      return (elf.bytes().u32(at) & 0xfff) == AUIPC_GP
          && (elf.bytes().u32(at + 4) & 0xf_ffff) == ADDI_GP_GP
          && (elf.bytes().u16(at + 8) == C_RET || elf.bytes().u32(at + 8) == RET);
    }
  }

  /**
   * Programs of another operating system have other system-call numbers. Linux does not look at
   * these fields and would execute them (fs/binfmt_elf.c).
   */
  static final class SystemForm {
    private static final int EI_OSABI = 7;
    private static final int ELFOSABI_NONE = 0;
    private static final int ELFOSABI_GNU = 3;

    /** NT_GNU_ABI_TAG: four words, the first is the system, 0 for Linux. */
    private static final long NT_GNU_ABI_TAG = 1;

    private static final Set<String> OTHER_SYSTEMS =
        Set.of("FreeBSD", "NetBSD", "OpenBSD", "DragonFly", "SolarisABI");

    private SystemForm() {}

    static void check(ElfFile elf) {
      int system = elf.bytes().u8(EI_OSABI);
      int version = elf.bytes().u8(EI_OSABI + 1);
      if ((system != ELFOSABI_NONE && system != ELFOSABI_GNU) || version != 0) {
        throw HeaderField.EI_OSABI.refuse(
            Refusal.OTHER_SYSTEM,
            elf.header().elfClass(),
            "ABI %d, version %d, is not that of Linux".formatted(system, version));
      }
      for (Note note : elf.notes()) {
        check(note);
      }
    }

    private static void check(Note note) {
      boolean gnu = note.owner().equals("GNU") && note.type() == NT_GNU_ABI_TAG;
      if (gnu && note.desc().size() >= Integer.BYTES && note.desc().u32(0) != 0) {
        throw refuse(
            note, "NT_GNU_ABI_TAG names system %d, not Linux".formatted(note.desc().u32(0)));
      }
      if (OTHER_SYSTEMS.contains(note.owner())) {
        throw refuse(note, "a note of " + note.owner());
      }
    }

    private static ElfFormatException refuse(Note note, String reason) {
      return new ElfFormatException(Refusal.OTHER_SYSTEM, note.fileOffset(), "PT_NOTE", reason);
    }
  }
}
