package dev.hardwire.derive.flow;

import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import dev.hardwire.derive.flow.Atom.Base;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What is known about one function, as bytes. */
public final class FactsForm {
  private static final int UNKNOWN = 0;
  private static final int KNOWN = 1;
  private static final int EVERYTHING = 2;

  private static final int THROUGH_SLOT = 1;
  private static final int JUMP = 2;
  private static final int EXTRA = 2;

  private static final Base[] BASES = Base.values();
  private static final int ANY = 1;
  private static final int ALL = 2;
  private static final int FLAGS = 4;

  private FactsForm() {}

  /**
   * Writes facts.
   *
   * @param facts empty for a function that was not followed
   */
  public static byte[] write(Optional<Facts> facts) {
    NumberWriter out = new NumberWriter();
    facts.ifPresentOrElse(known -> write(out, known), () -> out.number(UNKNOWN));
    return out.toArray();
  }

  private static void write(NumberWriter out, Facts facts) {
    ValueWriter values = new ValueWriter(out);
    out.number(facts.escapesEverything() ? EVERYTHING : KNOWN);
    out.number(facts.sites().size());
    for (Facts.Site site : facts.sites()) {
      out.signed(site.address());
      values.write(site.number());
      values.write(site.state());
    }
    out.number(facts.calls().size());
    for (Facts.Call call : facts.calls()) {
      out.signed(call.address());
      out.number((call.throughSlot() ? THROUGH_SLOT : 0) | (call.jump() ? JUMP : 0));
      out.signed(call.target()).number(call.arguments());
      values.write(call.state());
    }
    out.number(facts.unknownCalls().size());
    facts.unknownCalls().forEach(values::write);
    List<Facts.Field> fields =
        facts.fields().stream()
            .sorted(Comparator.comparing(Facts.Field::slot).thenComparing(Facts.Field::offset))
            .toList();
    out.number(fields.size());
    fields.forEach(field -> out.signed(field.slot()).signed(field.offset()));
    facts.numbers().forEach(numbers -> write(out, numbers));
    out.number(facts.assumesIndices() ? 1 : 0);
    out.number(facts.passed().size());
    for (Facts.Passed passed : facts.passed()) {
      write(out, passed.value());
      int flags = (passed.throughSlot() ? THROUGH_SLOT : 0) | (passed.extra() ? EXTRA : 0);
      out.number(4L * passed.register() + flags).signed(passed.target());
    }
  }

  private static void write(NumberWriter out, Set<Long> numbers) {
    out.number(numbers.size());
    long before = 0;
    for (long number : new TreeSet<>(numbers)) {
      out.signed(number - before);
      before = number;
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws dev.hardwire.bytes.BytesException if it is something else
   */
  public static Optional<Facts> read(NumberReader in) {
    int kind = in.below(EVERYTHING + 1);
    if (kind == UNKNOWN) {
      in.requireEnd();
      return Optional.empty();
    }
    Facts facts = new Facts();
    ValueReader values = new ValueReader(in);
    if (kind == EVERYTHING) {
      facts.escapeEverything();
    }
    for (int left = in.count(); left > 0; left--) {
      facts.add(new Facts.Site(in.signed(), values.value(), values.state()));
    }
    for (int left = in.count(); left > 0; left--) {
      long address = in.signed();
      int flags = in.below(THROUGH_SLOT + JUMP + 1);
      long target = in.signed();
      int arguments = in.below(State.ARGUMENTS.size() + 1);
      facts.add(
          new Facts.Call(
              address,
              (flags & THROUGH_SLOT) != 0,
              target,
              values.state(),
              (flags & JUMP) != 0,
              arguments));
    }
    for (int left = in.count(); left > 0; left--) {
      facts.addUnknownCall(values.state());
    }
    for (int left = in.count(); left > 0; left--) {
      facts.add(new Facts.Field(in.signed(), in.signed()));
    }
    facts.numbers().forEach(numbers -> read(in, numbers));
    if (in.below(2) == 1) {
      facts.assumeIndices();
    }
    for (int left = in.count(); left > 0; left--) {
      Atom atom = atom(in);
      int register = in.below(4 * State.REGISTERS);
      boolean throughSlot = (register & THROUGH_SLOT) != 0;
      boolean extra = (register & EXTRA) != 0;
      facts.add(new Facts.Passed(atom, register / 4, throughSlot, in.signed(), extra));
    }
    in.requireEnd();
    return Optional.of(facts);
  }

  private static void read(NumberReader in, Set<Long> numbers) {
    long before = 0;
    for (int left = in.count(); left > 0; left--) {
      before += in.signed();
      numbers.add(before);
    }
  }

  @SuppressWarnings("EnumOrdinal") // what is stored names the version that wrote it
  private static void write(NumberWriter out, Atom atom) {
    out.number(atom.base().ordinal()).signed(atom.key()).signed(atom.offset());
  }

  private static Atom atom(NumberReader in) {
    Atom atom = new Atom(BASES[in.below(BASES.length)], in.signed(), in.signed());
    in.require(
        !atom.is(Base.ARGUMENT) || (atom.key() >= 0 && atom.key() < State.REGISTERS),
        "an argument in no register");
    return atom;
  }

  /**
   * Writes values: each where it occurs first; later as the number of values that were new before
   * it.
   */
  private static final class ValueWriter {
    private final NumberWriter out;
    private final Map<Value, Integer> known = new HashMap<>();

    ValueWriter(NumberWriter out) {
      this.out = out;
    }

    void write(Value value) {
      Integer number = known.putIfAbsent(value, known.size());
      if (number != null) {
        out.number(number);
        return;
      }
      out.number(known.size() - 1);
      Atom[] atoms = value.mentioned();
      int flags = (value.isAny() ? ANY : 0) | (value.isAll() ? ALL : 0);
      out.number((long) atoms.length * FLAGS + flags);
      for (Atom atom : atoms) {
        FactsForm.write(out, atom);
      }
    }

    void write(State state) {
      int named = 0;
      for (int i = 0; i < State.REGISTERS; i++) {
        named |= state.register(i).equals(Value.ANY) ? 0 : 1 << i;
      }
      out.number(named);
      for (int i = 0; i < State.REGISTERS; i++) {
        if ((named >> i & 1) != 0) {
          write(state.register(i));
        }
      }
      out.number(state.size());
      state.slots(
          (place, value) -> {
            out.signed(place);
            write(value);
          });
    }
  }

  /** Reads them. */
  private static final class ValueReader {
    private final NumberReader in;
    private final List<Value> known = new ArrayList<>();

    ValueReader(NumberReader in) {
      this.in = in;
    }

    Value value() {
      int number = in.below(known.size() + 1);
      if (number < known.size()) {
        return known.get(number);
      }
      int packed = in.below((Value.LIMIT + 1) * FLAGS);
      boolean any = (packed & ANY) != 0;
      boolean all = (packed & ALL) != 0;
      Atom[] atoms = new Atom[packed / FLAGS];
      for (int i = 0; i < atoms.length; i++) {
        atoms[i] = atom(in);
        in.require(i == 0 || atoms[i - 1].compareTo(atoms[i]) < 0, "values are not in order");
      }
      in.require(any || (atoms.length > 0 && !all), "a value that is none");
      known.add(Value.of(atoms, any, all));
      return known.get(number);
    }

    State state() {
      int named = in.below(1 << State.REGISTERS);
      Value[] registers = new Value[State.REGISTERS];
      for (int i = 0; i < State.REGISTERS; i++) {
        registers[i] = (named >> i & 1) != 0 ? value() : Value.ANY;
      }
      int size = in.count();
      long[] places = new long[size];
      Value[] values = new Value[size];
      for (int i = 0; i < size; i++) {
        places[i] = in.signed();
        in.require(i == 0 || places[i - 1] < places[i], "slots are not in order");
        values[i] = value();
      }
      return State.of(registers, places, values);
    }
  }
}
