package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.CorruptFile;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that no linker makes: none is patched, and none verifies that was patched by hand. */
@Tag("system")
class NormalFormTest {
  private static final String LIBRARY = "/usr/lib/libsandbox.so";
  private static final String START = "__libc_start_main";
  private static final int PHDR64 = 56;

  /**
   * A change to a program.
   *
   * @param field what is refused
   * @param check the check of {@code verify} that fails
   */
  private record Trick(
      String name,
      String fixture,
      Optional<Hook> hook,
      String field,
      String check,
      UnaryOperator<CorruptFile> change) {
    @Override
    public String toString() {
      return name;
    }

    Trick with(Hook other) {
      return new Trick(name, fixture, Optional.of(other), field, check, change);
    }

    Trick needed() {
      return new Trick(name, fixture, Optional.empty(), field, check, change);
    }

    Trick failing(String other) {
      return new Trick(name, fixture, hook, field, other, change);
    }
  }

  private static Trick trick(
      String name, String fixture, String field, UnaryOperator<CorruptFile> change) {
    return new Trick(name, fixture, Optional.of(Hook.ENTRY), field, "loader", change);
  }

  static Stream<Trick> tricks() {
    return Stream.of(tables(), addresses(), segments(), names(), before(), systems())
        .flatMap(List::stream);
  }

  private static Trick grown(String fixture, long tag, long by) {
    String field = DynamicTag.nameOf(tag);
    return trick(field + " grows by " + by, fixture, field, f -> set(f, tag, value(f, tag) + by));
  }

  private static List<Trick> tables() {
    return List.of(
        grown("gcc-pie", DynamicTag.RELASZ, 8),
        grown("i386-pie", DynamicTag.RELSZ, 4),
        grown("relr-bfd-pie", DynamicTag.RELRSZ, -4),
        grown("gcc-pie", DynamicTag.PLTRELSZ, -8),
        grown("gcc-pie", DynamicTag.INIT_ARRAYSZ, 4),
        grown("gcc-pie", DynamicTag.INIT_ARRAYSZ, 1L << 32),
        grown("gcc-pie", DynamicTag.RELACOUNT, 1000),
        grown("i386-pie", DynamicTag.RELCOUNT, 1000),
        trick(
            "the PLT has the other kind of relocations",
            "gcc-pie",
            "DT_PLTREL",
            f -> set(f, DynamicTag.PLTREL, DynamicTag.REL)),
        trick(
            "an unknown dynamic tag",
            "gcc-pie",
            "d_tag 2147483645", // DT_AUXILIARY
            f -> retag(f, DynamicTag.DEBUG, 0x7ffffffdL, 1)),
        trick(
            "a count of relative relocations twice",
            "gcc-pie",
            "d_tag " + DynamicTag.RELACOUNT,
            f -> retag(f, DynamicTag.DEBUG, DynamicTag.RELACOUNT, 1)),
        overlapping(DynamicTag.VERSYM, DynamicTag.SYMTAB),
        overlapping(DynamicTag.RELA, DynamicTag.JMPREL),
        trick(
            "code is relocated after the program has been entered",
            "gcc-static-pie",
            "DT_TEXTREL",
            f -> retag(f, DynamicTag.DEBUG, DynamicTag.TEXTREL, 0)));
  }

  /** A table that begins before another one reaches into it. */
  private static Trick overlapping(long tag, long other) {
    return trick(
        "%s and %s share bytes".formatted(DynamicTag.nameOf(tag), DynamicTag.nameOf(other)),
        "gcc-pie",
        "PT_DYNAMIC",
        f -> set(f, tag, value(f, other)));
  }

  private static Trick pltgot(String name, long tag) {
    return trick(
        "DT_PLTGOT leads into " + name,
        "gcc-pie",
        "DT_PLTGOT",
        f -> set(f, DynamicTag.PLTGOT, value(f, tag)));
  }

  private static List<Trick> addresses() {
    return List.of(
        pltgot("the init array", DynamicTag.INIT_ARRAY),
        pltgot("the symbols", DynamicTag.SYMTAB),
        pltgot("the relocations", DynamicTag.RELA),
        trick(
            "DT_PLTGOT leads into the dynamic section",
            "gcc-pie",
            "DT_PLTGOT",
            f -> set(f, DynamicTag.PLTGOT, segment(f, SegmentType.DYNAMIC).vaddr() + 8)),
        trick(
            "DT_PLTGOT leads into the program headers",
            "gcc-pie",
            "DT_PLTGOT",
            f -> set(f, DynamicTag.PLTGOT, segment(f, SegmentType.PHDR).vaddr() + 8)),
        trick(
            "a relocation writes to the program headers",
            "gcc-pie",
            "r_offset",
            f -> relocating(f, segment(f, SegmentType.PHDR).vaddr() + 8)),
        trick(
            "a relocation writes to the end of the hash table",
            "hash-sysv-pie",
            "r_offset",
            f -> relocating(f, value(f, DynamicTag.HASH) + hashSize(f) - 4)),
        trick(
            "a relocation writes to a symbol that no hash table knows",
            "gcc-pie",
            "r_offset",
            f -> relocating(f, value(f, DynamicTag.SYMTAB) + 24 * startMain(f).symbol())),
        trick(
            "a relocation writes to the name of the dynamic linker",
            "gcc-pie",
            "r_offset",
            f -> relocating(f, segment(f, SegmentType.INTERP).vaddr())),
        trick(
            "a relocation writes to the notes",
            "gcc-pie",
            "r_offset",
            f -> relocating(f, segment(f, SegmentType.NOTE).vaddr())));
  }

  /** Of a table of DT_HASH: two words, and one for each bucket and each symbol. */
  private static long hashSize(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    long at = elf.fileOffset(value(file, DynamicTag.HASH), 8).orElseThrow();
    return 4 * (2 + elf.bytes().u32(at) + elf.bytes().u32(at + 4));
  }

  private static List<Trick> segments() {
    return List.of(
        trick("PT_DYNAMIC before PT_PHDR", "gcc-pie", "p_type", f -> first(f, SegmentType.DYNAMIC)),
        trick("PT_LOAD before PT_PHDR", "gcc-pie", "p_type", f -> first(f, SegmentType.LOAD)),
        trick(
            "an alignment that forces the load address",
            "gcc-pie",
            "p_align",
            f -> f.set("phdr[" + index(f, SegmentType.LOAD) + "].p_align", 1L << 46)),
        sized("PT_DYNAMIC", SegmentType.DYNAMIC, 0),
        sized("PT_NOTE", SegmentType.NOTE, 0x1000),
        sized("PT_INTERP", SegmentType.INTERP, 0),
        sized("PT_GNU_PROPERTY", SegmentType.GNU_PROPERTY, 0),
        added("a segment without bytes in another's page", "p_memsz", 0),
        added("a segment in the page of another one", "p_vaddr", 16),
        trick(
            "an unknown type of segment",
            "gcc-pie",
            "p_type",
            f -> f.set("phdr[" + index(f, SegmentType.GNU_EH_FRAME) + "].p_type", 0x6474_e5ff)),
        trick(
            "an image of variables larger than the variables",
            "gcc-pie",
            "p_filesz",
            f -> tls(f, "p_memsz", segment(f, SegmentType.TLS).filesz() - 1)),
        trick(
            "an alignment of variables that is no power of two",
            "gcc-pie",
            "p_align",
            f -> tls(f, "p_align", 3)),
        trick(
            "an image of variables in two places",
            "gcc-pie",
            "p_vaddr",
            f -> tls(f, "p_vaddr", segment(f, SegmentType.TLS).vaddr() + 8)),
        trick(
            "the name of the dynamic linker in two places",
            "gcc-pie",
            "PT_INTERP",
            f ->
                f.set(
                    "phdr[" + index(f, SegmentType.INTERP) + "].p_vaddr",
                    value(f, DynamicTag.STRTAB))));
  }

  private static Trick sized(String name, long type, long size) {
    return trick(
        "p_memsz of %s is 0x%x".formatted(name, size),
        "gcc-pie",
        "p_memsz",
        f -> f.set("phdr[" + index(f, type) + "].p_memsz", size));
  }

  /** A PT_LOAD behind the last one, with the same difference of address and offset. */
  private static Trick added(String name, String field, long size) {
    return trick(
        name,
        "gcc-pie",
        field,
        f -> {
          ElfFile elf = ElfFile.parse(f.bytes());
          ProgramHeader last = elf.loads().get(elf.loads().size() - 1);
          String header = "phdr[" + index(f, SegmentType.GNU_EH_FRAME) + "].";
          return f.set(header + "p_vaddr", last.memoryEnd() + 8)
              .set(header + "p_offset", last.memoryEnd() + 8 - last.vaddr() + last.offset())
              .set(header + "p_filesz", size)
              .set(header + "p_memsz", size)
              .set(header + "p_align", 1)
              .set(header + "p_type", SegmentType.LOAD);
        });
  }

  private static CorruptFile tls(CorruptFile file, String field, long value) {
    return file.set("phdr[" + index(file, SegmentType.TLS) + "]." + field, value);
  }

  private static List<Trick> names() {
    return List.of(
        trick(
                "the program has the library's name",
                "gcc-pie",
                "DT_SONAME",
                f -> retag(f, DynamicTag.DEBUG, DynamicTag.SONAME, 1))
            .needed()
            .failing("hook"),
        trick("the library has two names", "gcc-pie", "DT_NEEDED", NormalFormTest::anotherName)
            .needed()
            .failing("hook"),
        trick(
            "a library that is the file itself",
            "gcc-pie",
            "DT_NEEDED",
            f -> string(f, DynamicTag.NEEDED, "/proc/self/exe")),
        trick(
            "a library in /proc",
            "gcc-pie",
            "DT_NEEDED",
            f -> string(f, DynamicTag.NEEDED, "//proc/1/x.so")),
        trick("an interpreter that nobody knows", "gcc-pie", "PT_INTERP", NormalFormTest::linker));
  }

  private static List<Trick> before() {
    return List.of(
        trick("a preinit array", "gcc-pie", "DT_PREINIT_ARRAY", NormalFormTest::preinit),
        trick("a preinit array", "gcc-pie", "DT_PREINIT_ARRAY", NormalFormTest::preinit).needed(),
        trick("a relocation calls a resolver", "gcc-pie", "r_info", f -> bound(f, 37, 0)),
        trick("a resolver without a symbol", "gcc-pie", "r_info", f -> bound(f, 37, 0)).needed(),
        trick("a symbol of the program is a resolver", "gcc-pie", "r_info", NormalFormTest::ifunc),
        local("__libc_start_main is a local symbol", 2, 0),
        local("__libc_start_main is a hidden symbol", 0x12, 2),
        local("__libc_start_main is a weak symbol", 0x22, 0),
        offered("_rtld_global_ro", 1, 0),
        offered("__tunable_get_val", 0, 0x1040),
        valued("__libc_start_main has a value", "gcc-pie"),
        trick(
                "musl runs the library's constructor from the start code",
                "musl-pie",
                "e_entry",
                f -> f.set("e_entry", value(f, DynamicTag.INIT)))
            .needed()
            .failing("hook"),
        trick(
                "e_entry is other code of the program",
                "gcc-pie",
                "e_entry",
                f -> f.set("e_entry", value(f, DynamicTag.INIT)))
            .with(Hook.INIT)
            .failing("hook"),
        trick(
                "e_entry is other code of an aarch64 program",
                "aarch64-pie",
                "e_entry",
                f -> f.set("e_entry", value(f, DynamicTag.INIT)))
            .with(Hook.INIT)
            .failing("hook"),
        trick(
                "the start code of an aarch64 program calls another function",
                "aarch64-pie",
                "e_entry",
                f -> bound(f, 1026, anotherSymbol(f)))
            .with(Hook.POST_INIT)
            .failing("hook"),
        trick(
                "the start code calls another function",
                "gcc-pie",
                "e_entry",
                f -> bound(f, 6, anotherSymbol(f)))
            .with(Hook.POST_INIT)
            .failing("hook"),
        trick(
                "DT_INIT is other code of the program",
                "gcc-pie",
                "DT_INIT",
                f -> set(f, DynamicTag.INIT, ElfFile.parse(f.bytes()).header().entry()))
            .with(Hook.INIT)
            .failing("hook"));
  }

  /** The dynamic linker takes the symbol as it is, with its value, though it is undefined. */
  private static Trick local(String name, int info, int other) {
    return trick(
            name, "gcc-pie", "e_entry", f -> f.put(startSymbol(f) + 4, bytes(info, other, 0, 0)))
        .with(Hook.INIT)
        .failing("hook");
  }

  /** The C library takes the name from the program, before any hook. */
  private static Trick offered(String symbol, int section, long value) {
    return trick(
        symbol + " is the program's",
        "gcc-pie",
        "st_name",
        f -> {
          long start = startSymbol(f);
          long name = ElfFile.parse(f.bytes()).bytes().u32(start);
          long strings = value(f, DynamicTag.STRTAB);
          ElfFile elf = ElfFile.parse(f.bytes());
          long place = elf.fileOffset(strings + name, 1).orElseThrow();
          byte[] text = (symbol + "\0").getBytes(StandardCharsets.US_ASCII);
          return f.put(place, Bytes.wrap(text))
              .put(start + 6, bytes(section, 0))
              .put(start + 8, elf.header().word(value));
        });
  }

  private static Trick valued(String name, String fixture) {
    return trick(
            name,
            fixture,
            "e_entry",
            f -> f.put(startSymbol(f) + 8, bytes(0x40, 0x10, 0, 0, 0, 0, 0, 0)))
        .with(Hook.INIT)
        .failing("hook");
  }

  private static Bytes bytes(int... values) {
    byte[] all = new byte[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) values[i];
    }
    return Bytes.wrap(all);
  }

  private static List<Trick> systems() {
    return List.of(
        trick("a program for FreeBSD", "gcc-pie", "EI_OSABI", f -> f.set("EI_OSABI", 9)),
        trick("a program for Hurd", "gcc-pie", "PT_NOTE", NormalFormTest::hurd));
  }

  private static ProgramHeader segment(CorruptFile file, long type) {
    return ElfFile.parse(file.bytes()).segment(type).orElseThrow();
  }

  private static int index(CorruptFile file, long type) {
    ElfFile elf = ElfFile.parse(file.bytes());
    return elf.programHeaders().indexOf(elf.segment(type).orElseThrow());
  }

  private static long value(CorruptFile file, long tag) {
    return ElfFile.parse(file.bytes()).dynamicValue(tag).orElseThrow();
  }

  private static CorruptFile set(CorruptFile file, long tag, long value) {
    return retag(file, tag, tag, value);
  }

  private static CorruptFile retag(CorruptFile file, long tag, long other, long value) {
    ElfFile elf = ElfFile.parse(file.bytes());
    DynamicEntry entry = elf.dynamicEntry(tag).orElseThrow();
    return file.put(entry.fileOffset(), elf.header().word(other))
        .put(entry.fileOffset() + elf.header().elfClass().wordSize(), elf.header().word(value));
  }

  /** Overwrites the string of an entry; of several, the last. */
  private static CorruptFile string(CorruptFile file, long tag, String text) {
    ElfFile elf = ElfFile.parse(file.bytes());
    DynamicEntry last =
        elf.dynamic().stream().filter(e -> e.tag() == tag).reduce((a, b) -> b).orElseThrow();
    long size = elf.dynamicValue(DynamicTag.STRSZ).orElseThrow();
    long strings =
        elf.fileOffset(elf.dynamicValue(DynamicTag.STRTAB).orElseThrow(), size).orElseThrow();
    byte[] name = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    return file.put(strings + last.value(), Bytes.wrap(name));
  }

  /** The C library gets the name of the needed one, in place of a symbol's that is long enough. */
  private static CorruptFile anotherName(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    byte[] symbol = "_ITM_deregisterTMCloneTable".getBytes(StandardCharsets.US_ASCII);
    long strings = elf.fileOffset(value(file, DynamicTag.STRTAB), 1).orElseThrow();
    long versions = elf.fileOffset(value(file, DynamicTag.VERNEED), 16).orElseThrow();
    DynamicEntry needed =
        elf.dynamic().stream()
            .filter(entry -> entry.tag() == DynamicTag.NEEDED)
            .reduce((a, b) -> b)
            .orElseThrow();
    long place = elf.bytes().indexOf(symbol, strings);
    byte[] name = "libsandbox.so\0".getBytes(StandardCharsets.US_ASCII);
    Bytes word = elf.header().word(place - strings);
    return file.put(place, Bytes.wrap(name))
        .put(needed.fileOffset() + 8, word)
        .put(versions + 4, word.slice(0, 4));
  }

  /** The relocation of __libc_start_main. */
  private static Relocation startMain(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    for (long symbol = 1; ; symbol++) {
      long entry = elf.dynamicValue(DynamicTag.SYMTAB).orElseThrow() + 24 * symbol;
      long name = elf.bytes().u32(elf.fileOffset(entry, 24).orElseThrow());
      long string = elf.dynamicValue(DynamicTag.STRTAB).orElseThrow() + name;
      if (elf.bytes().cString(elf.fileOffset(string, 1).orElseThrow()).equals(START)) {
        return relocation(elf, symbol);
      }
    }
  }

  private static Relocation relocation(ElfFile elf, long symbol) {
    for (ProgramHeader load : elf.loads()) {
      for (Relocation r : elf.relocations().touching(load.vaddr(), load.memsz())) {
        if (r.symbol() == symbol) {
          return r;
        }
      }
    }
    throw new AssertionError("no relocation for symbol " + symbol);
  }

  private static long anotherSymbol(CorruptFile file) {
    return startMain(file).symbol() == 1 ? 2 : 1;
  }

  private static CorruptFile bound(CorruptFile file, int type, long symbol) {
    long info = symbol << 32 | type;
    ElfFile elf = ElfFile.parse(file.bytes());
    return file.put(startMain(file).fileOffset() + 8, elf.header().word(info));
  }

  /** With DT_TEXTREL, relocations may write everywhere. */
  private static CorruptFile relocating(CorruptFile file, long address) {
    retag(file, DynamicTag.DEBUG, DynamicTag.TEXTREL, 0);
    ElfFile elf = ElfFile.parse(file.bytes());
    return file.put(startMain(file).fileOffset(), elf.header().word(address));
  }

  private static CorruptFile first(CorruptFile file, long type) {
    ElfFile elf = ElfFile.parse(file.bytes());
    long table = elf.header().phoff();
    long other = table + (long) PHDR64 * index(file, type);
    Bytes moved = elf.bytes().slice(other, PHDR64);
    Bytes before = elf.bytes().slice(table, other - table);
    return file.put(table, moved).put(table + PHDR64, before);
  }

  private static CorruptFile linker(CorruptFile file) {
    byte[] path = "/tmp/ld.so\0".getBytes(StandardCharsets.US_ASCII);
    return file.put(segment(file, SegmentType.INTERP).offset(), Bytes.wrap(path))
        .zero(segment(file, SegmentType.INTERP).offset() + path.length, 8);
  }

  /** The last words of the program's data become the array. */
  private static CorruptFile preinit(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    ProgramHeader data =
        elf.loads().stream().filter(ProgramHeader::isWritable).reduce((a, b) -> b).orElseThrow();
    long address = (data.vaddr() + data.filesz() & -8) - 8;
    retag(file, DynamicTag.DEBUG, DynamicTag.PREINIT_ARRAY, address);
    return retag(file, DynamicTag.FLAGS_1, DynamicTag.PREINIT_ARRAYSZ, 8);
  }

  /** __libc_start_main is defined by the program, as an indirect function. */
  private static CorruptFile ifunc(CorruptFile file) {
    // STB_GLOBAL and STT_GNU_IFUNC, in section 1
    return file.put(startSymbol(file) + 4, bytes(0x1a, 0, 1, 0));
  }

  /** File offset of the symbol __libc_start_main. */
  private static long startSymbol(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    long symbols =
        elf.fileOffset(elf.dynamicValue(DynamicTag.SYMTAB).orElseThrow(), 24).orElseThrow();
    return symbols + 24 * startMain(file).symbol();
  }

  private static CorruptFile hurd(CorruptFile file) {
    ElfFile elf = ElfFile.parse(file.bytes());
    Note abi =
        elf.notes().stream()
            .filter(note -> note.owner().equals("GNU") && note.type() == 1)
            .findFirst()
            .orElseThrow();
    long description = elf.bytes().indexOf(abi.desc().toArray(), abi.fileOffset());
    return file.put(description, Bytes.wrap(new byte[] {1}));
  }

  private static PatchRequest request(ElfFile elf, Trick trick) {
    PatchRequest request =
        PatchRequest.of(
            SetupCompiler.compile(elf.machine(), PatchedFile.POLICY),
            YamlPolicyWriter.write(PatchedFile.POLICY));
    return request.with(
        trick.hook().isPresent()
            ? PatchSettings.DEFAULT.withHook(trick.hook().get())
            : PatchSettings.DEFAULT.withLibrary(LIBRARY));
  }

  @ParameterizedTest
  @MethodSource("tricks")
  void theOriginalIsRefused(Trick trick) throws IOException {
    Bytes good = PatchedFile.original(trick.fixture());
    ElfFile sound = ElfFile.parse(good);
    assertThat(PatchPlanner.plan(sound, request(sound, trick)).edits()).isNotEmpty();
    Bytes bad = trick.change().apply(CorruptFile.of(good)).bytes();
    ElfFormatException e =
        catchThrowableOfType(
            ElfFormatException.class,
            () -> {
              ElfFile elf = ElfFile.parse(bad);
              PatchPlanner.plan(elf, request(elf, trick));
            });
    assertThat(e).isNotNull();
    assertThat(e.field()).as(e.getMessage()).isEqualTo(trick.field());
  }

  @ParameterizedTest
  @MethodSource("tricks")
  void whatIsPatchedByHandFails(Trick trick) throws IOException {
    Bytes original = PatchedFile.original(trick.fixture());
    PatchedFile good =
        trick.hook().isPresent()
            ? PatchedFile.of(original, trick.hook().get(), PatchedFile.POLICY, false)
            : PatchedFile.needing(LIBRARY, original, PatchedFile.POLICY);
    Bytes bad = trick.change().apply(CorruptFile.of(good.bytes())).bytes();
    Bytes changed = trick.change().apply(CorruptFile.of(original)).bytes();
    Report report = Verifier.verify(bad, Expectations.NONE.withOriginal(changed));
    assertThat(report.checks())
        .filteredOn(check -> !check.passed())
        .extracting(Check::name)
        .contains(report.checks().size() == 1 ? "elf" : trick.check());
  }

  /** Of GNU ld's {@code -z interpose} and {@code -z nodump}. */
  @Test
  void flagsWithoutEffectOnProgramsAreAccepted() throws IOException {
    CorruptFile file = CorruptFile.of(PatchedFile.original("gcc-pie"));
    long flags = value(file, DynamicTag.FLAGS_1) | 0x400 | 0x1000;
    PatchedFile patched =
        PatchedFile.of(
            set(file, DynamicTag.FLAGS_1, flags).bytes(), Hook.INIT, PatchedFile.POLICY, false);
    assertThat(Verifier.verify(patched.bytes(), Expectations.NONE).passed()).isTrue();
  }

  @Test
  void anotherInterpreterIsAcceptedOnRequest(@TempDir Path folder) throws IOException {
    Path program = folder.resolve("program");
    Path patched = folder.resolve("patched");
    Files.write(program, linker(CorruptFile.of("gcc-pie")).bytes().toArray());
    Outcome refused = Cli.run("patch", Policies.ALLOW_ALL, "-o", patched, program);
    assertThat(refused.status()).isEqualTo(3);
    assertThat(refused.err())
        .startsWith("hardwire: " + program + ": unknown-interpreter: PT_INTERP at offset 0x")
        .contains("\"/tmp/ld.so\"", "--interpreter FILE")
        .hasLineCount(1);
    assertThat(patched).doesNotExist();
    Object[] accepting = {
      "patch", Policies.ALLOW_ALL, "--interpreter", "/tmp/ld.so", "-o", patched, program
    };
    assertThat(Cli.run(accepting).status()).isZero();
    Outcome other = Cli.run("verify", "--interpreter", "/lib/other", patched);
    assertThat(other.status()).isEqualTo(5);
    assertThat(other.out()).contains("\"/tmp/ld.so\" is not the dynamic linker");
    Outcome verified =
        Cli.run("verify", "--interpreter", "/lib/other", "--interpreter", "/tmp/ld.so", patched);
    assertThat(verified.status()).isZero();
    assertThat(verified.out()).contains("kernel and /tmp/ld.so see");
  }
}
