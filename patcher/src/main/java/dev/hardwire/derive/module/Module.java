package dev.hardwire.derive.module;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.Section;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A program or library with all that the analysis needs of it. What takes long is found when it is
 * first asked for, or before that by {@link #prepare}.
 */
public final class Module {
  private static final long ALIGNMENT = 32;

  private final String name;
  private final Image image;
  private final boolean go;
  private Optional<GoCode> goCode = Optional.empty();
  private final SummaryStore store;
  private volatile Symbols symbols;
  private Slots slots;
  private Functions functions;
  private BitSet twice;
  private volatile long[] boundaries;
  private AddressIndex byBoundary;
  private long[] certain;
  private AddressIndex byCertain;
  private CppTables tables;
  private NameStrings strings;
  private CallSites callSites;
  private FunctionParts parts;
  private Returns returns;
  private Targets targets;
  private String digest;
  private final Map<Long, String> places = new ConcurrentHashMap<>();
  private final Map<String, Boolean> texts = new ConcurrentHashMap<>();

  private Module(String name, Image image, SummaryStore store) {
    this.name = name;
    this.image = image;
    this.store = store;
    this.go = image.isGo();
  }

  /**
   * Reads a file.
   *
   * @param name by which messages call it: a path
   */
  public static Module of(String name, Bytes file) {
    return of(name, file, SummaryStore.NONE);
  }

  /**
   * The same for a file of which summaries are kept.
   *
   * @param store of what was found out about it earlier
   */
  public static Module of(String name, Bytes file, SummaryStore store) {
    return new Module(name, Image.of(file), store);
  }

  /** Where summaries of the file are kept. */
  public SummaryStore store() {
    return store;
  }

  /** Reads symbols and pointers and scans the code, unless that was done before. */
  public synchronized void prepare() {
    if (boundaries == null) {
      readSymbols();
      slots = new Slots(image, symbols);
      goCode = go ? GoCode.of(image, slots) : Optional.empty();
      functions = FunctionsForm.find(this, symbols, slots, goCode);
      twice = findTwice();
      strings = new NameStrings(this);
      tables = new CppTables(image, slots, functions, symbols);
      certain = Boundaries.certain(image, symbols, slots, functions);
      byCertain = new AddressIndex(certain);
      long[] found = Boundaries.find(image, symbols, slots, functions);
      byBoundary = new AddressIndex(found);
      boundaries = found;
    }
  }

  private void ready() {
    if (boundaries == null) {
      prepare();
    }
  }

  public String name() {
    return name;
  }

  public Image image() {
    return image;
  }

  /** The symbols, for which no code is scanned. */
  public Symbols symbols() {
    if (symbols == null) {
      readSymbols();
    }
    return symbols;
  }

  private synchronized void readSymbols() {
    if (symbols == null) {
      symbols = new Symbols(image);
    }
  }

  public Slots slots() {
    ready();
    return slots;
  }

  public Functions functions() {
    ready();
    return functions;
  }

  /** Where unwinding of the stack goes on from calls. */
  public synchronized CallSites callSites() {
    if (callSites == null) {
      callSites = new CallSites(image);
    }
    return callSites;
  }

  /** Which functions are parts of others. */
  public synchronized FunctionParts parts() {
    if (parts == null) {
      parts = new FunctionParts(this);
    }
    return parts;
  }

  /** What references and slots lead to. */
  public synchronized Targets targets() {
    if (targets == null) {
      targets = new Targets(this);
    }
    return targets;
  }

  /** Which functions return, as far as the file tells. */
  public synchronized Returns returns() {
    if (returns == null) {
      returns = new Returns(this);
    }
    return returns;
  }

  /** Whether a function may return to its caller more than once, as setjmp(3) and vfork(2) do. */
  public boolean returnsTwice(long function) {
    ready();
    int index = functions.at(function);
    return index >= 0 && twice.get(index);
  }

  /** Functions that return twice, and those that jump there with one more argument. */
  private BitSet findTwice() {
    BitSet found = new BitSet();
    for (int f = 0; f < functions.count(); f++) {
      found.set(f, functions.is(f, Functions.RETURNS_TWICE));
    }
    for (int round = 0; round < 2 && !found.isEmpty(); round++) {
      BitSet before = (BitSet) found.clone();
      for (int f = 0; f < functions.count(); f++) {
        for (long reference : functions.references(f)) {
          if (Reference.kind(reference) == Reference.JUMP) {
            int target = functions.at(Reference.address(reference));
            found.set(f, found.get(f) || (target >= 0 && before.get(target)));
          }
        }
      }
    }
    return found;
  }

  /** Whether the Go linker made it, whose tables name functions by distances. */
  public boolean isGo() {
    return go;
  }

  /** Whether tables of the Go linker may name a function, as far as they are understood. */
  public boolean isGoCode(long function) {
    ready();
    return goCode.map(code -> code.contains(function)).orElse(go);
  }

  /**
   * Whether tables of the Go linker may name a function by its distance from the start of the code,
   * as those of the methods of types do.
   */
  public boolean isMethod(long function) {
    if (isPlainName(goName(function))) {
      return false;
    }
    for (Section section : image.elf().sections()) {
      boolean types =
          (section.isReadOnlyData() || section.name().startsWith(".data.rel.ro"))
              && section.type() == Section.SHT_PROGBITS
              && !GoCode.isTable(section)
              && !section.name().startsWith(".eh_frame");
      long distance = function - codeStart();
      long size = types ? Math.min(section.size(), image.rest(section.addr())) : 0;
      int start = size > 0 ? image.offset(section.addr()) : 0;
      for (int at = 0; at + Integer.BYTES <= size; at += Integer.BYTES) {
        long place = section.addr() + at;
        if (image.i32(start + at) == distance && (isEntry(place) || isEntry(place - 4))) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether Go's name of a function has a package and no type: {@code
   * golang.org/x/sys/unix.Syscall}.
   */
  public static boolean isPlainName(String name) {
    String behindPath = name.substring(name.lastIndexOf('/') + 1);
    int dot = behindPath.indexOf('.');
    return dot > 0 && behindPath.indexOf('.', dot + 1) < 0;
  }

  /** Whether a word and the next may be the functions of a method (Go, abi.Method). */
  private boolean isEntry(long place) {
    return image.half(place - 8) >= 0
        && image.half(place - 4) >= -1
        && isCode(image.half(place))
        && isCode(image.half(place + 4));
  }

  private boolean isCode(int distance) {
    long address = codeStart() + distance;
    int function = functions().at(address);
    return distance == -1
        || distance == 0
        || (function >= 0 && functions().start(function) == address);
  }

  /** What such distances start from. */
  private long codeStart() {
    return goCode
        .map(GoCode::code)
        .orElseGet(
            () -> image.elf().section(s -> s.name().equals(".text")).map(Section::addr).orElse(0L));
  }

  /** The name that Go's table has for the function at an address; empty if there is none. */
  public String goName(long function) {
    ready();
    return goCode.map(code -> code.name(function)).orElse("");
  }

  /** The build ID as hexadecimal digits; empty if there is none. */
  public String buildId() {
    return image.elf().buildId().orElse("");
  }

  /** SHA-256 of the file. */
  public synchronized String digest() {
    if (digest == null) {
      digest = image.elf().bytes().sha256().hex();
    }
    return digest;
  }

  /** The names of the libraries that it needs, in order. */
  public List<String> needed() {
    return strings(DynamicTag.NEEDED);
  }

  /** The strings of all dynamic entries with a tag. */
  public List<String> strings(long tag) {
    List<String> found = new ArrayList<>();
    long table = image.elf().dynamicValue(DynamicTag.STRTAB).orElse(0);
    for (DynamicEntry entry : image.elf().dynamic()) {
      if (entry.tag() == tag) {
        found.add(image.text(table + entry.value(), 4096));
      }
    }
    return found;
  }

  /** The strings that may be names of symbols. */
  public NameStrings strings() {
    return strings;
  }

  /** The first address behind an object of data. */
  public long objectEnd(long address) {
    int index = byBoundary.from(address + 1);
    return index < boundaries.length ? boundaries[index] : Long.MAX_VALUE;
  }

  /**
   * The first address behind what may belong to the object that an address lies in: code may lead
   * into the middle of a large one, too, as a loop does that begins with the second element of an
   * array.
   *
   * @param start of the object
   */
  public long objectReach(long start, long address) {
    int index = byBoundary.from(address + 1);
    boolean mayBeLarge = start % ALIGNMENT == 0 && !(start == address && isHandle(address));
    while (mayBeLarge && index < boundaries.length && isInside(boundaries[index])) {
      index++;
    }
    return index < boundaries.length ? boundaries[index] : Long.MAX_VALUE;
  }

  /** Whether a boundary may be one inside an object of some size. */
  private boolean isInside(long boundary) {
    if (boundary % ALIGNMENT == 0) {
      return false;
    }
    int index = byCertain.last(boundary);
    return index < 0 || certain[index] != boundary;
  }

  /**
   * Whether an address is that of {@code __dso_handle}, which GCC's crtbegin.o puts in front of all
   * data: a word that has its own address. The head of an empty list has it twice.
   */
  private boolean isHandle(long address) {
    return image
            .elf()
            .section(section -> section.name().equals(".data"))
            .filter(section -> section.addr() == address)
            .isPresent()
        && leads(address, address)
        && !leads(address + Long.BYTES, address);
  }

  private boolean leads(long from, long to) {
    int slot = slots.at(from);
    return slot >= 0 && slots.content(slot) == Slots.Content.ADDRESS && slots.value(slot) == to;
  }

  /**
   * Where the object may start that an address lies in. Compilers align objects of some size (GCC
   * to 32 bytes), so what is not aligned may lie in the middle of one, as the part of a structure
   * that links it to others, or the last element of an array.
   */
  public long objectStart(long address) {
    long start = address;
    if (start % ALIGNMENT == 0 || tables.startAt(address)) {
      return start;
    }
    int index = byBoundary.last(address);
    int least = byCertain.last(address);
    while (index >= 0 && start % ALIGNMENT != 0 && (least < 0 || start > certain[least])) {
      start = boundaries[index--];
    }
    return start;
  }

  /** Whether the file has a text anywhere, in a table of symbols or elsewhere. */
  public boolean hasText(String text) {
    return texts.computeIfAbsent(text, image::hasText);
  }

  /** How an address is written in messages: the nearest symbol before it, and the address. */
  public String place(long address) {
    return places.computeIfAbsent(address, this::findPlace);
  }

  private String findPlace(long address) {
    int best = 0;
    for (int i = 1; i < symbols.count(); i++) {
      boolean covers =
          symbols.isFunction(i)
              && symbols.isDefined(i)
              && symbols.value(i) <= address
              && (address < symbols.value(i) + symbols.size(i) || symbols.value(i) == address);
      if (covers) {
        best = i;
        break;
      }
    }
    return best == 0
        ? "0x%x".formatted(address)
        : "0x%x (%s)".formatted(address, symbols.name(best));
  }

  /** What compilers of C++ make for classes (Itanium C++ ABI, 2.5.2 and 2.9.5). */
  private static final class CppTables {
    /** Objects that are parts of others lie at most so far in these, in bytes. */
    private static final long FARTHEST = 1 << 20;

    /** How the names of the vtables of type_info objects begin. */
    private static final String TYPES = "_ZTVN10__cxxabiv1";

    private final Image image;
    private final Slots slots;
    private final Functions functions;
    private final Symbols symbols;

    CppTables(Image image, Slots slots, Functions functions, Symbols symbols) {
      this.image = image;
      this.slots = slots;
      this.functions = functions;
      this.symbols = symbols;
    }

    /**
     * Whether it looks as if a type_info object starts at an address, or the functions of a vtable:
     * behind the distance to the whole object, which is 0 or negative, and the address of a
     * type_info object, which is 0 if there is none.
     */
    boolean startAt(long address) {
      return isType(address) || isVtable(address);
    }

    private boolean isType(long address) {
      int slot = slots.at(address);
      return slot >= 0
          && slots.content(slot) == Slots.Content.SYMBOL
          && symbols.name((int) slots.value(slot)).startsWith(TYPES);
    }

    private boolean isVtable(long address) {
      long type = address - Long.BYTES;
      long distance = type - Long.BYTES;
      return isFunction(slots.at(address))
          && slots.at(distance) < 0
          && image.word(distance) <= 0
          && image.word(distance) > -FARTHEST
          && !isFunction(slots.at(type))
          && (slots.at(type) >= 0 || image.word(type) == 0);
    }

    private boolean isFunction(int slot) {
      if (slot < 0) {
        return false;
      }
      long value = slots.value(slot);
      return switch (slots.content(slot)) {
        case ADDRESS, RESOLVED -> functions.at(value) >= 0;
        case SYMBOL, GOT -> symbols.isFunction((int) value);
        case COPY -> false;
      };
    }
  }
}
