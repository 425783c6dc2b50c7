package dev.hardwire.derive.names;

import dev.hardwire.derive.link.AddressSet;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.Linked.Definition;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Reference;
import dev.hardwire.derive.module.Slots;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.elf.DynamicTag;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Names of libraries that a program may load when it runs: strings of data that reached code refers
 * to, directly or through pointers in data, in files that call dlopen(3) and in those that need
 * such a file, which may load what they name.
 */
public final class LoadedNames {
  private static final int LONGEST = 256;

  /** Every name has it. */
  private static final String ENDING = ".so";

  /** What begins with a dot is an ending of names, unless it is a path. */
  private static final Pattern LIBRARY =
      Pattern.compile("(\\.{1,2}/|[\\w/+-])[\\w./+-]*\\.so(\\.\\d+)*");

  private final Linked linked;
  private final ReachableCode reach;
  private final int interpreter;
  private final KnownFacts known;
  private final SortedSet<String> found = new TreeSet<>();

  /** The objects whose strings were read. */
  private final AddressSet objects = new AddressSet();

  /** Places of files with slots that are still to be followed: the first and the one behind. */
  private final ArrayDeque<long[]> open = new ArrayDeque<>();

  public LoadedNames(ReachableCode reach, int interpreter, KnownFacts known) {
    this.linked = reach.linked();
    this.reach = reach;
    this.interpreter = interpreter;
    this.known = known;
  }

  /** The names, without those of the files that are there already. */
  public SortedSet<String> find(FileNeeds needs) {
    BitSet files = new BitSet();
    Set<String> present = new HashSet<>();
    for (int module = 0; module < linked.modules().size(); module++) {
      Module file = linked.module(module);
      present.add(Linked.shortName(file));
      present.addAll(file.strings(DynamicTag.SONAME));
      if (module == interpreter) {
        continue;
      }
      if (file.symbols().defines("dlopen")) {
        files.set(module); // all files need libc, and those that load with it call dlopen
      } else if (loads(file.symbols())) {
        files.or(needs.users(module));
      }
    }
    files.stream().forEach(this::file);
    while (!open.isEmpty()) {
      long[] range = open.remove();
      slots((int) range[0], range[1], range[2]);
    }
    found.removeAll(present);
    return found;
  }

  private static boolean loads(Symbols symbols) {
    return symbols.importedNames().contains("dlopen")
        || symbols.importedNames().contains("dlmopen");
  }

  private void file(int module) {
    Functions functions = linked.module(module).functions();
    for (int f = 0; f < functions.count(); f++) {
      if (!reach.contains(linked.id(module, f))) {
        continue;
      }
      for (long reference : functions.references(f)) {
        if (Reference.kind(reference) == Reference.DATA) {
          object(module, Reference.address(reference));
        }
      }
    }
    open.add(new long[] {module, 0, Long.MAX_VALUE});
  }

  /** The pointers in a range of addresses, as far as something that is reached may read them. */
  private void slots(int module, long from, long behind) {
    Slots slots = linked.module(module).slots();
    for (int slot = slots.from(from);
        slot < slots.count() && slots.address(slot) < behind;
        slot++) {
      if (!reach.sees(module, slot)) {
        continue;
      }
      int value = (int) slots.value(slot);
      switch (slots.content(slot)) {
        case ADDRESS -> object(module, slots.value(slot));
        case SYMBOL, GOT -> linked.resolve(module, value).ifPresent(this::definition);
        case COPY -> linked.original(module, value).ifPresent(this::definition);
        case RESOLVED -> {
          // the address of a function
        }
      }
    }
  }

  private void definition(Definition one) {
    Module file = linked.module(one.module());
    Symbols symbols = file.symbols();
    if (symbols.isFunction(one.symbol()) || symbols.isThreadLocal(one.symbol())) {
      return;
    }
    long start = symbols.value(one.symbol());
    long behind = start + symbols.size(one.symbol());
    for (long at = start; at < behind; at = file.objectEnd(at)) {
      object(one.module(), at);
    }
  }

  /** The names in an object, and what its pointers and distances lead to. */
  private void object(int module, long address) {
    if (!objects.add(module, address)) {
      return;
    }
    Module file = linked.module(module);
    Image image = file.image();
    int[] endings = known.places(file, one -> one.image().offsets(ENDING));
    boolean name = addIfName(image, endings, address);
    if (image.elf().isExecutable(address)) {
      return; // code, or a string between functions
    }
    long end = file.objectEnd(address);
    int size = (int) Math.min(end - address, image.rest(address));
    strings(image, endings, address, size, name);
    for (int at = 0; at + Integer.BYTES <= size; at += Integer.BYTES) {
      long target = address + image.half(address + at);
      if (!image.isConstant(target)) {
        break; // all distances of a table lead to constant data
      }
      addIfName(image, endings, target);
    }
    Slots slots = file.slots();
    int slot = slots.from(address);
    if (slot < slots.count() && slots.address(slot) < end) {
      open.add(new long[] {module, address, end});
    }
  }

  /**
   * The strings behind the start of an object. Constant strings of the same code lie side by side,
   * so behind one that is a name only others belong to it, as in an array of names; and behind one
   * that is no name, none.
   */
  private void strings(Image image, int[] endings, long address, int size, boolean name) {
    int start = image.offset(address);
    int next = firstFrom(endings, start);
    if (next == endings.length || endings[next] >= start + size + LONGEST) {
      return;
    }
    boolean constant = image.isConstant(address);
    if (constant && !name && !image.text(address, LONGEST).isEmpty()) {
      return;
    }
    for (int at = 1; at < size; at++) {
      boolean starts = image.bytes()[start + at - 1] == 0 && image.bytes()[start + at] != 0;
      if (starts && !addIfName(image, endings, address + at) && name && constant) {
        return;
      }
    }
  }

  private boolean addIfName(Image image, int[] endings, long address) {
    int start = image.offset(address);
    int next = firstFrom(endings, start);
    if (start < 0 || next == endings.length || endings[next] >= start + LONGEST) {
      return false;
    }
    String text = image.text(address, LONGEST);
    boolean name = LIBRARY.matcher(text).matches();
    if (name) {
      found.add(text);
    }
    return name;
  }

  /** The index of the first offset that is not below another one. */
  private static int firstFrom(int[] endings, int offset) {
    int at = Arrays.binarySearch(endings, offset);
    return at < 0 ? -at - 1 : at;
  }
}
