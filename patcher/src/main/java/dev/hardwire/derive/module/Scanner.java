package dev.hardwire.derive.module;

import static dev.hardwire.derive.decode.Instruction.RBX;
import static dev.hardwire.derive.decode.Instruction.RDI;

import dev.hardwire.derive.decode.Decoder;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.module.Ranges.Range;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Goes through the code of a file once and records what each function refers to. Every instruction
 * of a range counts, whether it can be reached inside it or not.
 */
final class Scanner {
  private static final int VFORK = 58;

  private final Image image;
  private final byte[] bytes;
  private final Decoder decoder;
  private final Instruction now = new Instruction();

  private List<Range> ranges;
  private final UnwindTable unwind;

  /** The addresses of code that words of data hold. */
  private final long[] pointers;

  /** Padding that code leads to, which is code as well. */
  private long[] wanted = {};

  /** Where code or data leads to, inside of what looks like an instruction. */
  private long[] inside = {};

  /** Where instructions start, by their offsets in the file. */
  private final BitSet starts = new BitSet();

  /** What the last round found. */
  private Round before = Round.NONE;

  private final LongList found = new LongList();
  private final LongList all = new LongList();
  private final LongList tables = new LongList();
  private final JumpTables jumpTables;
  private final Addresses addresses;
  private final MovedBack movedBack;
  private int flags;

  private final SavedRegisters saved = new SavedRegisters();
  private Kind last;
  private long lastCall;

  /** The first address behind the last instruction that is no padding. */
  private long lastEnd;

  private Scanner(Image image, Symbols symbols, Slots slots, Optional<GoCode> go) {
    this.unwind = UnwindTable.of(image);
    this.ranges = Ranges.of(image, symbols, unwind, go);
    this.pointers = slots.code(0, Long.MAX_VALUE);
    this.image = image;
    this.bytes = image.bytes();
    this.decoder = new Decoder(bytes);
    this.jumpTables = new JumpTables(image);
    this.addresses = new Addresses(image, found, tables);
    this.movedBack = new MovedBack(image, found);
  }

  static Functions scan(Image image, Symbols symbols, Slots slots, Optional<GoCode> go) {
    Scanner scanner = new Scanner(image, symbols, slots, go);
    Functions functions = scanner.scanAll();
    for (int round = 0; round < 3 && scanner.split(functions); round++) {
      functions = scanner.scanAll();
    }
    for (int round = 0; round < 3 && scanner.findInside(functions); round++) {
      functions = scanner.scanAll();
    }
    return functions.with(scanner.jumpTables.targets(functions), scanner.inside);
  }

  /** Splits gaps at the addresses that are called, jumped to or taken. */
  private boolean split(Functions functions) {
    LongList points = Ranges.insideGaps(image, functions, pointers);
    LongList padding = Ranges.padding(image, ranges, functions, starts);
    if (points.size() == 0 && padding.size() == 0) {
      return false;
    }
    ranges = Ranges.divided(ranges, points.sortedWith(padding.sorted()));
    wanted = padding.sortedWith(wanted);
    return true;
  }

  /** Finds places inside of instructions that something leads to; whether there are more. */
  private boolean findInside(Functions functions) {
    LongList found = Ranges.insideInstructions(image, functions, starts, pointers);
    boolean more = found.size() > 0;
    inside = found.sortedWith(inside);
    return more;
  }

  /**
   * Scans the functions of all ranges, except for those that are as in the round before: they have
   * the same ranges, and the same places inside of instructions.
   */
  private Functions scanAll() {
    int most = ranges.size();
    long[] starts = new long[most];
    long[] ends = new long[most];
    int[] marks = new int[most];
    int[] references = new int[most + 1];
    int[] firstRanges = new int[most];
    int[] unchanged = before.unchanged(ranges, inside);
    before.forget(unchanged, image, this.starts);
    all.clear();
    jumpTables.next();
    int count = 0;
    for (int i = 0; i < most; i++) {
      Range range = ranges.get(i);
      int old = unchanged[i];
      if (old < 0
          && range.gap()
          && Arrays.binarySearch(wanted, range.start()) < 0
          && Padding.is(image, decoder, range)) {
        continue;
      }
      starts[count] = range.start();
      firstRanges[count] = i;
      references[count] = all.size();
      if (old >= 0) {
        ends[count] = before.functions.end(old);
        marks[count] = before.functions.flags(old);
        before.functions.addReferences(old, all);
        jumpTables.keep(old, count++);
        i += before.size(old) - 1;
        continue;
      }
      flags = range.gap() ? Functions.IN_GAP : 0;
      scan(range.start(), range.end());
      long end = range.end();
      while (!last.endsFlow() && i + 1 < most && continues(ranges.get(i + 1), end)) {
        i++; // clone(2): its unwind information ends before the system call
        end = ranges.get(i).end();
        scan(ranges.get(i).start(), end);
      }
      overlapping(range.start(), end);
      unwind.handlers(range.start(), end, found);
      fallThrough(end, i + 1 < most && ranges.get(i + 1).start() == end);
      ends[count] = end;
      flags |= unwind.lands(range.start(), end) ? Functions.LANDS : 0;
      marks[count] = flags;
      finish(count++, range.start(), end);
    }
    references[count] = all.size();
    Functions functions =
        new Functions(
            Arrays.copyOf(starts, count),
            Arrays.copyOf(ends, count),
            Arrays.copyOf(marks, count),
            Arrays.copyOf(references, count + 1),
            all.toArray());
    before = new Round(ranges, inside, functions, firstRanges);
    return functions;
  }

  /** Whether a function goes on in the gap behind it, which nothing else refers to. */
  private boolean continues(Range next, long end) {
    boolean call = last == Kind.CALL || last == Kind.CALL_INDIRECT;
    return next.gap() && next.start() == end && !call && (flags & Functions.IN_GAP) == 0;
  }

  private void fallThrough(long end, boolean adjacent) {
    flags |= last == Kind.CALL_INDIRECT && lastCall == 0 ? Functions.RETURNS : 0;
    if (adjacent && (!last.endsFlow() || leadsToPadding(end))) {
      found.add(next(end));
    }
  }

  private long next(long end) {
    long indirect = last == Kind.CALL_INDIRECT ? lastCall : 0;
    long slot = last == Kind.CALL ? image.thunk(lastCall) : indirect;
    if (slot != 0) {
      return Reference.FALL_AFTER_SLOT.to(slot);
    }
    return last == Kind.CALL ? Reference.FALL_AFTER.to(lastCall) : Reference.FALL.to(end);
  }

  /** Whether code leads to the padding behind it, and so into what follows. */
  private boolean leadsToPadding(long end) {
    for (int i = 0; i < found.size(); i++) {
      long target = Reference.address(found.get(i));
      if (Reference.kind(found.get(i)).isCode() && target >= lastEnd && target < end) {
        return true;
      }
    }
    return false;
  }

  /**
   * Scans from where jumps lead that is inside of what looked like an instruction: behind data, or
   * behind a prefix.
   */
  private void overlapping(long start, long end) {
    int limit = (int) (image.offset(start) + end - start);
    long called = lastCall;
    for (long place : Functions.between(inside, start, end)) {
      from(place, start, end, limit);
    }
    for (int i = 0; i < found.size(); i++) { // which grows
      long target = Reference.address(found.get(i));
      if (Reference.kind(found.get(i)) == Reference.JUMP && target >= start && target < end) {
        from(target, start, end, limit);
      }
    }
    lastCall = called;
  }

  private void from(long place, long start, long end, int limit) {
    int offset = (int) (image.offset(start) + place - start);
    for (long at = place; at < end && !starts.get(offset); ) {
      starts.set(offset);
      decoder.decode(offset, limit, at, now);
      record(now.kind());
      at += now.length();
      offset += now.length();
      if (now.kind().endsFlow()) {
        break;
      }
    }
  }

  /** Removes what stays inside the function. */
  private void finish(int function, long start, long end) {
    if ((flags & Functions.JUMPS_INDIRECTLY) != 0) {
      for (int i = 0; i < tables.size(); i++) {
        jumpTables.add(function, tables.get(i));
      }
    }
    tables.clear();
    LongList kept = new LongList();
    for (int i = 0; i < found.size(); i++) {
      long target = Reference.address(found.get(i));
      Reference kind = Reference.kind(found.get(i));
      boolean inside = target >= start && target < end;
      boolean local = kind == Reference.JUMP || kind == Reference.TAKE || kind == Reference.DATA;
      if (!inside || !local) {
        kept.add(Reference.throughThunk(image, found.get(i)));
      }
    }
    found.clear();
    kept.moveSorted(all);
  }

  private void scan(long start, long end) {
    int offset = image.offset(start);
    int limit = (int) (offset + end - start);
    last = Kind.OTHER;
    lastCall = 0;
    lastEnd = start;
    saved.clear();
    movedBack.begin();
    long number = -1;
    long address = start;
    while (offset < limit) {
      decoder.decode(offset, limit, address, now);
      Kind kind = now.kind();
      record(kind);
      movedBack.pass(now);
      starts.set(offset);
      boolean twice = saved.isSaved(now) || (kind == Kind.SYSCALL && number == VFORK);
      flags |= twice ? Functions.RETURNS_TWICE : 0;
      boolean padding = kind == Kind.OTHER && Padding.isNop(bytes, offset);
      offset += now.length();
      address += now.length();
      if (!padding) {
        lastEnd = address;
        last = kind == Kind.SYSCALL && isLastCall(number) ? Kind.STOP : kind;
        boolean toRax = kind == Kind.MOVE_IMMEDIATE && now.reg() == Instruction.RAX;
        number = toRax ? now.immediate() : -1;
      }
    }
  }

  /** rt_sigreturn, exit and exit_group do not return. */
  private static boolean isLastCall(long number) {
    return number == 15 || number == 60 || number == 231;
  }

  private void record(Kind kind) {
    flags |= Addresses.isOldPage(now) ? Functions.CALLS_OLD_PAGE : 0;
    switch (kind) {
      case CALL -> {
        found.add(Reference.CALL.to(now.target()));
        lastCall = now.target();
      }
      case JUMP, BRANCH -> found.add(Reference.JUMP.to(now.target()));
      case CALL_INDIRECT, JUMP_INDIRECT -> indirect(kind);
      case RETURN -> flags |= Functions.RETURNS;
      case SYSCALL -> flags |= Functions.CALLS_KERNEL;
      case I386_CALL -> flags |= Functions.CALLS_I386;
      case STORE, INVALID -> {
        // reads nothing
      }
      default -> addresses.operands(now);
    }
    if (kind == Kind.STORE || kind == Kind.CALL_INDIRECT || kind == Kind.JUMP_INDIRECT) {
      addresses.absolute(now);
    }
  }

  private void indirect(Kind kind) {
    lastCall = 0;
    if (now.isRipRelative() && !now.isThreadLocal()) {
      boolean jump = kind == Kind.JUMP_INDIRECT;
      found.add((jump ? Reference.JUMP_SLOT : Reference.CALL_SLOT).to(now.displacement()));
      lastCall = now.displacement();
    } else if (kind == Kind.JUMP_INDIRECT) {
      flags |= Functions.JUMPS_INDIRECTLY | Functions.RETURNS;
    }
  }

  /** What a round found, and from what. */
  private static final class Round {
    static final Round NONE =
        new Round(
            List.of(),
            new long[0],
            new Functions(new long[0], new long[0], new int[0], new int[1], new long[0]),
            new int[0]);

    private final List<Range> ranges;
    private final long[] inside;
    private final Functions functions;

    /** By function, its first range. */
    private final int[] firstRanges;

    Round(List<Range> ranges, long[] inside, Functions functions, int[] firstRanges) {
      this.ranges = ranges;
      this.inside = inside;
      this.functions = functions;
      this.firstRanges = firstRanges;
    }

    /** How many ranges a function has. */
    int size(int function) {
      int range = firstRanges[function];
      while (ranges.get(range).end() != functions.end(function)) {
        range++;
      }
      return range + 1 - firstRanges[function];
    }

    /**
     * By range of the next round, the function of this one that begins there and needs no other
     * scan; -1 for none. What is found in a function depends on its ranges, on where the next one
     * starts and whether that is a gap, and on the places inside of instructions.
     *
     * @param parts ranges, some of which are parts of those of this round
     * @param places inside of instructions: those of this round, and others
     */
    int[] unchanged(List<Range> parts, long[] places) {
      int[] found = new int[parts.size()];
      Arrays.fill(found, -1);
      int at = 0;
      for (int f = 0; f < functions.count(); f++) {
        while (at < found.length && parts.get(at).start() < functions.start(f)) {
          at++;
        }
        if (isSame(f, parts, at) && count(f, places) == count(f, inside)) {
          found[at] = f;
        }
      }
      return found;
    }

    private int count(int function, long[] places) {
      long start = functions.start(function);
      return Functions.between(places, start, functions.end(function)).length;
    }

    private boolean isSame(int function, List<Range> parts, int index) {
      int size = size(function);
      int first = firstRanges[function];
      for (int i = 0; i < size; i++) {
        if (index + i >= parts.size()
            || !startsAs(ranges.get(first + i), parts.get(index + i))
            || ranges.get(first + i).end() != parts.get(index + i).end()) {
          return false;
        }
      }
      boolean isLast = first + size == ranges.size();
      return isLast
          ? index + size == parts.size()
          : index + size < parts.size()
              && startsAs(ranges.get(first + size), parts.get(index + size));
    }

    private static boolean startsAs(Range one, Range other) {
      return one.start() == other.start() && one.gap() == other.gap();
    }

    /**
     * Forgets where instructions start in all functions but those that need no other scan.
     *
     * @param unchanged these, by range
     * @param starts by their offsets in the file
     */
    void forget(int[] unchanged, Image image, BitSet starts) {
      BitSet kept = new BitSet();
      for (int function : unchanged) {
        if (function >= 0) {
          kept.set(function);
        }
      }
      for (int f = 0; f < functions.count(); f++) {
        if (!kept.get(f)) {
          int offset = image.offset(functions.start(f));
          starts.clear(offset, (int) (offset + functions.end(f) - functions.start(f)));
        }
      }
    }
  }

  /**
   * Recognises code that keeps the registers of its caller where its first argument points to, as
   * setjmp(3) and getcontext(3) do. Those that the function has pushed or written before have
   * values of its own.
   */
  private static final class SavedRegisters {
    /** Registers that functions keep (x86-64 psABI, 3.2.1), but rbp, which glibc changes first. */
    private static final int KEPT = 1 << RBX | 0xf000;

    private int stored;

    /** A bit for each register that the function uses itself. */
    private int used;

    void clear() {
      stored = 0;
      used = 0;
    }

    /** Whether the instruction is the last one that such code needs. */
    boolean isSaved(Instruction now) {
      if (now.reg() >= 0 && (now.kind() == Kind.PUSH || now.kind() == Kind.POP)) {
        used |= 1 << now.reg();
      }
      used |= now.writes();
      boolean saves =
          now.kind() == Kind.STORE
              && now.size() == Long.BYTES
              && now.base() == RDI
              && now.index() < 0
              && now.reg() >= 0
              && ((KEPT & ~used) >> now.reg() & 1) != 0;
      if (!saves) {
        return false;
      }
      stored |= 1 << now.reg();
      return stored == KEPT;
    }
  }

  /** What linkers and compilers put between functions. */
  private static final class Padding {
    private Padding() {}

    /** Whether a range has nothing but zeros, nops and breakpoints. */
    static boolean is(Image image, Decoder decoder, Range range) {
      byte[] bytes = image.bytes();
      Instruction now = new Instruction();
      int at = image.offset(range.start());
      int end = (int) (at + range.end() - range.start());
      while (at < end) {
        int next = bytes[at] & 0xff;
        if (next == 0 || next == 0xcc) {
          at++;
          continue;
        }
        decoder.decode(at, end, 0, now);
        boolean nop =
            next == 0x90 || (now.length() > 1 && now.kind() == Kind.OTHER && isNop(bytes, at));
        if (!nop) {
          return false;
        }
        at += now.length();
      }
      return true;
    }

    /** Whether an instruction that starts at a place of the file does nothing. */
    static boolean isNop(byte[] bytes, int start) {
      int at = start;
      while (at < bytes.length && ((bytes[at] & 0xff) == 0x66 || (bytes[at] & 0xff) == 0x2e)) {
        at++;
      }
      int opcode = at + 1 < bytes.length ? bytes[at] & 0xff : 0;
      return opcode == 0x90 || (opcode == 0x0f && (bytes[at + 1] & 0xff) == 0x1f);
    }
  }

  /**
   * Where jump tables lead out of their functions: into parts that the compiler put elsewhere. What
   * looks like a table of distances is read up to the next address that code refers to.
   */
  private static final class JumpTables {
    private static final int LONGEST = 4096;

    private final Image image;

    /** Pairs of a function's index and an address that it refers to, ascending by function. */
    private LongList candidates = new LongList();

    /** Those of the round before, of which so many numbers were passed. */
    private LongList before = new LongList();

    private int passed;

    JumpTables(Image image) {
      this.image = image;
    }

    /** Begins another round. */
    void next() {
      before = candidates;
      candidates = new LongList();
      passed = 0;
    }

    /**
     * A function has the same tables as in the round before.
     *
     * @param old its index there; ascending from call to call
     */
    void keep(int old, int function) {
      while (passed < before.size() && before.get(passed) < old) {
        passed += 2;
      }
      while (passed < before.size() && before.get(passed) == old) {
        add(function, before.get(passed + 1));
        passed += 2;
      }
    }

    void add(int function, long table) {
      candidates.add(function);
      candidates.add(table);
    }

    /** The functions that tables lead to, by the function that uses them. */
    Map<Integer, int[]> targets(Functions functions) {
      LongList starts = new LongList();
      for (long reference : functions.references()) {
        if (Reference.kind(reference) == Reference.DATA) {
          starts.add(Reference.address(reference));
        }
      }
      long[] boundaries = starts.sorted();
      Map<Integer, int[]> found = new HashMap<>();
      for (int i = 0; i < candidates.size(); i += 2) {
        int function = (int) candidates.get(i);
        long table = candidates.get(i + 1);
        int next = Arrays.binarySearch(boundaries, table + 1);
        next = next < 0 ? -next - 1 : next;
        long end = next < boundaries.length ? boundaries[next] : Long.MAX_VALUE;
        LongList outside = table(functions, function, table, end);
        if (outside.size() > 0) {
          int[] ids = Arrays.stream(outside.sorted()).mapToInt(Math::toIntExact).toArray();
          found.merge(function, ids, JumpTables::joined);
        }
      }
      return found;
    }

    private static int[] joined(int[] some, int[] more) {
      int[] all = Arrays.copyOf(some, some.length + more.length);
      System.arraycopy(more, 0, all, some.length, more.length);
      return Arrays.stream(all).sorted().distinct().toArray();
    }

    private LongList table(Functions functions, int function, long table, long end) {
      LongList outside = new LongList();
      boolean inside = false;
      for (int i = 0; i < LONGEST && table + 4L * i + 4 <= end; i++) {
        if (!image.hasBytes(table + 4L * i, 4)) {
          break;
        }
        long target = table + image.half(table + 4L * i);
        int at = functions.at(target);
        if (at < 0) {
          break;
        }
        inside |= at == function;
        if (at != function) {
          outside.add(at);
        }
      }
      if (!inside) {
        outside.clear();
      }
      return outside;
    }
  }
}
