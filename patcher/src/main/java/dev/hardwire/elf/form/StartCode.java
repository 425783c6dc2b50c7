package dev.hardwire.elf.form;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The code between the dynamic linker and the init array of a dynamic program. The dynamic linker
 * runs the arrays of libraries only; that of the program is run by the C library, which the start
 * code at e_entry calls (glibc csu/libc-start.c, musl ldso/dynlink.c). So the start code has to be
 * the C library's own, and what it calls has to be {@code __libc_start_main}.
 *
 * <p>DT_INIT runs before the array, see {@link InitFunction}.
 */
public final class StartCode {
  /** The function of the C library that runs the program. */
  static final String FUNCTION = "__libc_start_main";

  private static final String GLIBC = "GLIBC_2.";

  /** From here on, __libc_start_main runs the array itself if it is given no function for it. */
  private static final int FIRST_WITH_ARRAYS = 34;

  /** Bit 0 of the address of Thumb code. */
  private static final long THUMB = 1;

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
    InitArray.requireRun(elf);
    if (!elf.hasInterpreter()) {
      return;
    }
    StartCode code = new StartCode(elf);
    code.start(array);
    if (hook == Hook.INIT) {
      InitFunction.check(elf, code.slots);
    }
  }

  /**
   * Refuses programs whose libraries' constructors may not run. glibc's dynamic linker runs them;
   * in a program with musl, {@code __libc_start_main} does (musl ldso/dynlink.c,
   * __libc_start_init). Where musl's start code is not described, the name has to be there.
   *
   * @throws ElfFormatException if that is not certain
   */
  public static void checkLibraries(ElfFile elf) {
    if (!isMusl(elf)) {
      return;
    }
    InitArray.requireRun(elf);
    if (!CodePatterns.of(elf.machine(), "start-musl").isEmpty()) {
      new StartCode(elf).startOfMusl();
    }
  }

  /**
   * What has to be believed because no known code is compared: that the start code runs the init
   * array of a program, or with musl the constructors of its libraries.
   *
   * @param hook empty in mode needed
   * @param toMain whether something begins at main, whatever the hook is
   * @return empty if nothing has to be believed
   */
  public static Optional<String> assumption(ElfFile elf, Optional<Hook> hook, boolean toMain) {
    if (hook.isEmpty()) {
      return isMusl(elf) && CodePatterns.of(elf.machine(), "start-musl").isEmpty()
          ? Optional.of(
              "that the start code for musl, which is not known for this machine, runs the"
                  + " constructors of libraries")
          : Optional.empty();
    }
    if ((hook.get() == Hook.ENTRY || hook.get() == Hook.FIRST) && !toMain) {
      return Optional.empty();
    }
    if (elf.isSharedLibrary()) {
      return mayExecute(elf, elf.header().entry())
          ? Optional.of("that this shared library is loaded, and not executed")
          : Optional.empty();
    }
    return elf.hasInterpreter()
        ? Optional.empty()
        : Optional.of("that the start code, which is in the static program, runs the init array");
  }

  /**
   * Whether a kernel may execute what is at an address. It maps whole pages. In 32-bit programs,
   * and before Linux 5.8 in all without a PT_GNU_STACK that forbids it, readable pages are
   * executable too (fs/binfmt_elf.c, elf_read_implies_exec).
   */
  private static boolean mayExecute(ElfFile elf, long address) {
    long page = LoaderChecks.largestPage(elf);
    long start = address & -page;
    return mayExecuteAll(elf)
        || elf.loads().stream()
            .filter(load -> (load.flags() & ProgramHeader.PF_X) != 0)
            .anyMatch(load -> load.overlapsMemory(start, start + page));
  }

  private static boolean mayExecuteAll(ElfFile elf) {
    Optional<ProgramHeader> stack = elf.segment(SegmentType.GNU_STACK);
    return elf.header().elfClass() == ElfClass.CLASS32
        || stack.isEmpty()
        || (stack.get().flags() & ProgramHeader.PF_X) != 0;
  }

  /** Whether a kernel may execute the pages of a segment. */
  static boolean mayExecute(ElfFile elf, ProgramHeader load) {
    return (load.flags() & ProgramHeader.PF_X) != 0 || mayExecuteAll(elf);
  }

  private static ElfFormatException notRun(ElfFile elf, String reason) {
    return HeaderField.E_ENTRY.refuse(Refusal.INIT_NOT_RUN, elf.header().elfClass(), reason);
  }

  private void start(InitArray array) {
    long entry = elf.header().entry();
    boolean thumb = elf.machine() == Target.ARM && (entry & THUMB) != 0;
    Optional<Map<String, Long>> found =
        thumb ? match("start-thumb", entry & ~THUMB) : match("start", entry);
    if (found.isPresent()) {
      long symbol = called(found.get(), entry);
      requireNoFunctions(found.get(), entry);
      if (!runsArrays(symbol)) {
        throw notRun(
            elf, "%s of a glibc before 2.34 would not run the init array".formatted(FUNCTION));
      }
      return;
    }
    found = match("start-legacy", entry);
    if (found.isPresent()) {
      called(found.get(), entry);
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
    called(found.get(), entry);
  }

  private static boolean isMusl(ElfFile elf) {
    Optional<String> path = NormalForm.interpreter(elf);
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

  /** The symbol that the start code calls. */
  private long called(Map<String, Long> start, long address) {
    long base = slots.base(start, address);
    Optional<BoundSlots.Slot> slot =
        start.containsKey("slot")
            ? Optional.of(new BoundSlots.Slot(start.get("slot"), base, 0))
            : slots.ofEntry(start.get("call"), base);
    if (slot.isEmpty()) {
      throw notRun(
          elf, "the start code calls 0x%x, which is no PLT entry".formatted(start.get("call")));
    }
    Optional<Long> symbol = slots.symbol(slot.get(), FUNCTION);
    if (symbol.isEmpty()) {
      throw notRun(
          elf,
          "the start code calls through 0x%x, which is not bound to %s of a library"
              .formatted(slot.get().address(), FUNCTION));
    }
    if (!symbols.isGlobal(symbol.get())) {
      throw notRun(elf, "%s is a weak symbol, which need not be found".formatted(FUNCTION));
    }
    return symbol.get();
  }

  /**
   * riscv64: what the start code calls first sets a register. ppc64le: it passes four words, of
   * which the third is a function that would run in place of the init array (glibc
   * sysdeps/unix/sysv/linux/powerpc/libc-start.c).
   */
  private void requireNoFunctions(Map<String, Long> start, long address) {
    boolean known = !start.containsKey("gp") || match("gp", start.get("gp")).isPresent();
    if (start.containsKey("entry")) {
      OptionalLong words = pointer(slots.base(start, address) + start.get("entry"));
      known &= words.isPresent() && isZero(words.getAsLong() + 2 * Long.BYTES);
    } else if (start.containsKey("words")) {
      known &= isZero(slots.base(start, address) + start.get("words") + 2 * Long.BYTES);
    }
    if (!known) {
      throw notRun(elf, "the start code at 0x%x runs other code".formatted(address));
    }
  }

  /** The address in a word, which one relative relocation may set. */
  private OptionalLong pointer(long address) {
    OptionalLong place = elf.fileOffset(address, Long.BYTES);
    List<Relocation> all = elf.relocations().touching(address, Long.BYTES);
    if (all.size() == 1
        && all.get(0).address() == address
        && all.get(0).type() == elf.machine().relativeType()
        && all.get(0).kind() == Relocation.Kind.RELA) {
      return OptionalLong.of(all.get(0).addend());
    }
    return place.isPresent() && all.isEmpty() && !elf.isPositionIndependent()
        ? OptionalLong.of(elf.bytes().u64(place.getAsLong()))
        : OptionalLong.empty();
  }

  /** Whether two words are 0, and stay so. */
  private boolean isZero(long address) {
    int size = 2 * Long.BYTES;
    OptionalLong place = elf.fileOffset(address, size);
    return place.isPresent()
        && elf.bytes().u64(place.getAsLong()) == 0
        && elf.bytes().u64(place.getAsLong() + Long.BYTES) == 0
        && elf.relocations().touching(address, size).isEmpty();
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

  /** Code at an address, if it is of a kind and nothing changes it. */
  private Optional<Map<String, Long>> match(String kind, long address) {
    return slots.match(kind, address);
  }

  /**
   * The function at DT_INIT, which runs before the init array. It has to be {@code _init} of crti.o
   * and crtn.o, without anything that other files have put between the two.
   */
  private static final class InitFunction {
    private static final String GMON = "__gmon_start__";

    private final ElfFile elf;
    private final BoundSlots slots;

    private InitFunction(ElfFile elf, BoundSlots slots) {
      this.elf = elf;
      this.slots = slots;
    }

    static void check(ElfFile elf, BoundSlots slots) {
      new InitFunction(elf, slots).check();
    }

    private void check() {
      Optional<DynamicEntry> init = elf.dynamicEntry(DynamicTag.INIT);
      if (init.isEmpty()) {
        return;
      }
      if (!slots
          .match("init", init.get().value())
          .filter(code -> callsNothing(code, init.get().value()))
          .isPresent()) {
        throw new ElfFormatException(
            Refusal.RUNS_BEFORE_INIT,
            init.get().fileOffset(),
            "DT_INIT",
            "code at 0x%x, which is not the C library's _init, runs before the init array"
                .formatted(init.get().value()));
      }
    }

    /** _init calls nothing but __gmon_start__ of a library, and that only if there is one. */
    private boolean callsNothing(Map<String, Long> init, long address) {
      if (init.containsKey("offset")) {
        long base = slots.base(init, address);
        return slots.isUnusedOr(base + init.get("offset"), GMON) && isGmon(init.get("weak"), base);
      } else if (init.containsKey("weak")) {
        return slots
            .match("weak-call", init.get("weak"))
            .filter(call -> slots.isUnusedOr(slots.sum(call), GMON) && isGmon(call.get("gmon"), 0))
            .isPresent();
      }
      Long gmon = init.get("gmon");
      if (init.containsKey("got")) {
        if (slots.base(init, address) == 0) {
          return false;
        }
        gmon = slots.address(slots.base(init, address) + gmon.intValue());
      }
      boolean zero = init.getOrDefault("zero", 0L) == 0 && !elf.isPositionIndependent();
      return (gmon == null || slots.isUnusedOr(gmon, GMON)) && (!init.containsKey("zero") || zero);
    }

    /** Whether an address is that of a PLT entry of __gmon_start__. */
    private boolean isGmon(long entry, long base) {
      return slots.ofEntry(entry, base).flatMap(slot -> slots.symbol(slot, GMON)).isPresent();
    }
  }
}
