package dev.hardwire.elf.form;

import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.Hook;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The code between the dynamic linker and the init array of a dynamic program. The dynamic linker
 * runs the arrays of libraries only; that of the program is run by the C library, which the start
 * code at e_entry calls (glibc csu/libc-start.c, musl ldso/dynlink.c). So the start code has to be
 * the C library's own, and what it calls has to be {@code __libc_start_main}.
 *
 * <p>DT_INIT runs before the array; it has to be {@code _init} of crti.o and crtn.o.
 */
public final class StartCode {
  /** The function of the C library that runs the program. */
  static final String FUNCTION = "__libc_start_main";

  private static final String GMON = "__gmon_start__";

  private static final String GLIBC = "GLIBC_2.";

  /** From here on, __libc_start_main runs the array itself if it is given no function for it. */
  private static final int FIRST_WITH_ARRAYS = 34;

  /** Length of {@code add $imm32, %ebx}, which ends with the captured word. */
  private static final int ADD_EBX = 6;

  private static final long ADDRESS32 = 0xffff_ffffL;

  private final ElfFile elf;
  private final BoundSlots slots;
  private final ImportedSymbols symbols;

  private StartCode(ElfFile elf) {
    this.elf = elf;
    this.symbols = new ImportedSymbols(elf);
    this.slots = new BoundSlots(elf, symbols);
  }

  /**
   * Refuses dynamic programs whose init array may not run, or in which code of the program may run
   * before its first element. The C library in a static program is not checked.
   *
   * @param hook {@code INIT} or {@code POST_INIT}
   * @throws ElfFormatException if that is not certain
   */
  public static void check(ElfFile elf, Hook hook) {
    InitArray array = InitArray.of(elf);
    if (hook == Hook.INIT) {
      array.requireFirst();
    }
    array.requireRun();
    if (!isDescribed(elf)) {
      return;
    }
    StartCode code = new StartCode(elf);
    code.start(array);
    if (hook == Hook.INIT) {
      code.init();
    }
  }

  private static boolean isDescribed(ElfFile elf) {
    String kind = isMusl(elf) ? "start-musl" : "start";
    return elf.hasInterpreter() && !CodePatterns.of(elf.machine(), kind).isEmpty();
  }

  /**
   * Refuses programs whose libraries' constructors may not run. glibc's dynamic linker runs them;
   * in a program with musl, {@code __libc_start_main} does (musl ldso/dynlink.c,
   * __libc_start_init).
   *
   * @throws ElfFormatException if that is not certain
   */
  public static void checkLibraries(ElfFile elf) {
    if (!isMusl(elf)) {
      return;
    }
    InitArray.requireRun(elf);
    if (isDescribed(elf)) {
      new StartCode(elf).startOfMusl();
    }
  }

  private static ElfFormatException notRun(ElfFile elf, String reason) {
    return HeaderField.E_ENTRY.refuse(Refusal.INIT_NOT_RUN, elf.header().elfClass(), reason);
  }

  private void start(InitArray array) {
    long entry = elf.header().entry();
    Optional<Map<String, Long>> found = match("start", entry);
    if (found.isPresent()) {
      long symbol = called(found.get());
      if (!runsArrays(symbol)) {
        throw notRun(
            elf, "%s of a glibc before 2.34 would not run the init array".formatted(FUNCTION));
      }
      return;
    }
    found = match("start-legacy", entry);
    if (found.isPresent()) {
      called(found.get());
      requireCsuInit(found.get().get("csu"), array);
      return;
    }
    startOfMusl();
  }

  private void startOfMusl() {
    long entry = elf.header().entry();
    Optional<Map<String, Long>> found =
        match("start-musl", entry).flatMap(start -> match("start-musl-c", start.get("next")));
    if (found.isEmpty()) {
      found = match("start", entry);
    }
    if (found.isEmpty() || !isMusl(elf)) {
      throw notRun(
          elf,
          "the code at 0x%x is not known to be start code that has the init array run"
              .formatted(entry));
    }
    called(found.get());
  }

  private static boolean isMusl(ElfFile elf) {
    Optional<String> path = InterpreterForm.of(elf);
    return path.isPresent() && path.get().contains("/ld-musl-");
  }

  /**
   * musl runs the arrays whatever it is given; glibc before 2.34 has a symbol of another version.
   */
  private boolean runsArrays(long symbol) {
    return isMusl(elf)
        || symbols
            .version(symbol)
            .map(version -> glibc(version).orElse(0) >= FIRST_WITH_ARRAYS)
            .orElse(false);
  }

  private static OptionalInt glibc(String version) {
    int digits = version.length() - GLIBC.length();
    if (!version.startsWith(GLIBC) || digits < 1 || digits > 4) {
      return OptionalInt.empty();
    }
    for (int i = GLIBC.length(); i < version.length(); i++) {
      if (version.charAt(i) < '0' || version.charAt(i) > '9') {
        return OptionalInt.empty();
      }
    }
    return OptionalInt.of(Integer.parseInt(version.substring(GLIBC.length())));
  }

  /** The slot that a PLT entry jumps through. */
  private static long slot(Map<String, Long> entry, long base) {
    if (entry.containsKey("page")) {
      return BoundSlots.sum(entry);
    }
    Long slot = entry.get("slot");
    return slot == null ? atOffset(base, entry.get("offset")) : slot;
  }

  /**
   * The address that code for i386 has in %ebx: what it adds to the address behind its call of a
   * function that returns that; 0 if it does not.
   */
  private long base(Map<String, Long> code) {
    boolean counts = code.containsKey("got") && match("thunk", code.get("thunk")).isPresent();
    return counts ? code.get("got") - ADD_EBX : 0;
  }

  private static long atOffset(long base, long offset) {
    return (base + (int) offset) & ADDRESS32;
  }

  /** The symbol that the start code calls. */
  private long called(Map<String, Long> start) {
    Long slot = start.get("slot");
    long base = base(start);
    if (slot == null) {
      Optional<Map<String, Long>> entry = match("plt", start.get("call"));
      if (entry.isEmpty()) {
        throw notRun(
            elf, "the start code calls 0x%x, which is no PLT entry".formatted(start.get("call")));
      }
      slot = slot(entry.get(), base);
    }
    Optional<Long> symbol = slots.symbol(slot, FUNCTION, base);
    if (symbol.isEmpty()) {
      throw notRun(
          elf,
          "the start code calls through 0x%x, which is not bound to %s of a library"
              .formatted(slot, FUNCTION));
    }
    return symbol.get();
  }

  /** The function that runs the array for a glibc before 2.34 has to be the one of glibc. */
  private void requireCsuInit(long address, InitArray array) {
    Optional<Map<String, Long>> found = match("csu-init", address);
    long end = array.address() + array.count() * elf.header().elfClass().wordSize();
    boolean runs =
        found.isPresent()
            && found.get().get("start") == array.address()
            && found.get().get("end") == end
            && elf.dynamicEntry(DynamicTag.INIT)
                .filter(init -> init.value() == found.get().get("init"))
                .isPresent();
    if (!runs) {
      throw notRun(elf, "the code at 0x%x is not known to run the init array".formatted(address));
    }
  }

  private void init() {
    Optional<DynamicEntry> init = elf.dynamicEntry(DynamicTag.INIT);
    if (init.isEmpty()) {
      return;
    }
    if (!match("init", init.get().value()).filter(this::callsNothing).isPresent()) {
      throw new ElfFormatException(
          Refusal.RUNS_BEFORE_INIT,
          init.get().fileOffset(),
          "DT_INIT",
          "code at 0x%x, which is not the C library's _init, runs before the init array"
              .formatted(init.get().value()));
    }
  }

  /** _init calls nothing but __gmon_start__ of a library, and that only if there is one. */
  private boolean callsNothing(Map<String, Long> init) {
    if (init.containsKey("weak")) {
      return match("weak-call", init.get("weak")).filter(this::callsNothingIfUndefined).isPresent();
    }
    Long gmon = init.get("gmon");
    if (init.containsKey("got")) {
      if (base(init) == 0) {
        return false;
      }
      gmon = atOffset(base(init), gmon);
    }
    boolean zero = init.getOrDefault("zero", 0L) == 0 && !elf.isPositionIndependent();
    return (gmon == null || slots.isUnusedOr(gmon, GMON)) && (!init.containsKey("zero") || zero);
  }

  /** aarch64: a jump to the PLT entry of __gmon_start__, unless its slot is 0. */
  private boolean callsNothingIfUndefined(Map<String, Long> call) {
    return slots.isUnusedOr(BoundSlots.sum(call), GMON)
        && match("plt", call.get("gmon"))
            .flatMap(entry -> slots.symbol(slot(entry, 0), GMON, 0))
            .isPresent();
  }

  /** Code at an address, if it is of a kind and no relocation changes it. */
  private Optional<Map<String, Long>> match(String kind, long address) {
    return slots.match(kind, address);
  }
}
