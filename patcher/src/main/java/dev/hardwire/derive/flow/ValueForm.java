package dev.hardwire.derive.flow;

import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import dev.hardwire.derive.flow.Atom.Base;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values as bytes. Each is written where it occurs first; later it is the number of values that
 * were new before it.
 */
final class ValueForm {
  private static final Base[] BASES = Base.values();
  private static final int ANY = 1;
  private static final int ALL = 2;
  private static final int FLAGS = 4;

  private ValueForm() {}

  @SuppressWarnings("EnumOrdinal") // what is stored names the version that wrote it
  static void write(NumberWriter out, Atom atom) {
    out.number(atom.base().ordinal()).signed(atom.key()).signed(atom.offset());
  }

  static Atom atom(NumberReader in) {
    Atom atom = new Atom(BASES[in.below(BASES.length)], in.signed(), in.signed());
    in.require(
        !atom.is(Base.ARGUMENT) || (atom.key() >= 0 && atom.key() < State.REGISTERS),
        "an argument in no register");
    return atom;
  }

  /** Writes values. */
  static final class Writer {
    private final NumberWriter out;
    private final Map<Value, Integer> known = new HashMap<>();

    Writer(NumberWriter out) {
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
        ValueForm.write(out, atom);
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
  static final class Reader {
    private final NumberReader in;
    private final List<Value> known = new ArrayList<>();

    Reader(NumberReader in) {
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
