package dev.hardwire.derive.flow;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.decode.Kind;
import dev.hardwire.derive.flow.Atom.Base;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Slots;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The values of operands. */
final class OperandValues {
  private static final int WORDS = 2;
  private static final int LONGS = 3;
  private static final long[] ZERO = {0};
  private static final Atom[] NONE = {};
  private static final SyscallTable CALLS = SyscallTable.of(Target.X86_64);

  private final Module module;
  private final BasicBlocks blocks;

  /** Addresses to which a number was added. */
  private final Set<Long> moved = new HashSet<>();

  /**
   * The values of the operands of a function.
   *
   * @param blocks its code
   */
  OperandValues(Module module, BasicBlocks blocks) {
    this.module = module;
    this.blocks = blocks;
  }

  /** An immediate; in files with fixed addresses it may be an address. */
  Value immediate(Instruction now) {
    long value = now.size() == Integer.BYTES ? now.immediate() & 0xffff_ffffL : now.immediate();
    return module.image().isFixed() && module.image().isMapped(value)
        ? Value.of(new Atom(Base.ADDRESS, 0, value))
        : Value.constant(value);
  }

  /** Whether a value is the address of a function, or what a slot holds that has one. */
  boolean isFunction(Atom atom) {
    int slot = mayBeFunction(atom) && atom.is(Base.LOADED) ? module.slots().at(atom.key()) : -1;
    return slot < 0
        ? atom.is(Base.ADDRESS) && isCode(atom.offset())
        : module.slots().content(slot) == Slots.Content.ADDRESS
            || module.symbols().isFunction((int) module.slots().value(slot));
  }

  /** The same; symbols of other files need not say whether they are functions. */
  boolean mayBeFunction(Atom atom) {
    if (atom.is(Base.ADDRESS)) {
      return isCode(atom.offset());
    }
    int slot = atom.is(Base.LOADED) && atom.offset() == 0 ? module.slots().at(atom.key()) : -1;
    if (slot < 0) {
      return false;
    }
    return switch (module.slots().content(slot)) {
      case GOT -> true;
      case ADDRESS -> isCode(module.slots().value(slot));
      default -> false;
    };
  }

  /** Whether a word that was loaded is the dynamic linker's, or in memory that is not written. */
  boolean isConstant(Atom loaded) {
    int slot = loaded.offset() == 0 ? module.slots().at(loaded.key()) : -1;
    return slot >= 0
        && (module.slots().content(slot) == Slots.Content.GOT
            || module.image().isConstantAfterStart(loaded.key(), Long.BYTES));
  }

  /** Whether code may be at an address. */
  boolean isCode(long address) {
    return module.image().elf().isExecutable(address);
  }

  private Value absolute(long address) {
    return module.image().isMapped(address)
        ? Value.of(new Atom(Base.ADDRESS, 0, address))
        : Value.constant(address);
  }

  /** An immediate that is pushed: in files with fixed addresses, the same. */
  Value pushed(Instruction now) {
    return module.image().isFixed() ? absolute(now.immediate()) : Value.constant(now.immediate());
  }

  /** The displacement of a memory operand in a file with fixed addresses. */
  Value displacement(Instruction now) {
    return absolute(now.displacement() & 0xffff_ffffL);
  }

  Value address(Instruction now, State state) {
    if (now.isThreadLocal()) {
      return Value.ANY;
    }
    if (now.isRipRelative()) {
      return Value.of(new Atom(Base.ADDRESS, 0, now.displacement()));
    }
    if (now.index() >= 0) {
      return indexed(now, state);
    }
    return now.base() < 0
        ? absolute(now.displacement())
        : moved(state.registers[now.base()], now.displacement());
  }

  private Value indexed(Instruction now, State state) {
    if (isSum(now)) {
      return sum(state.registers[now.base()], state.registers[now.index()]);
    }
    Value places = places(now, state, state.registers[now.index()].numbers());
    if (places.isAny()) {
      return unknown(now, state);
    }
    for (Atom place : places.atoms()) {
      if (place.is(Base.ADDRESS)) {
        moved.add(place.offset());
      }
    }
    return places;
  }

  private static boolean isSum(Instruction now) {
    return now.base() >= 0 && now.scale() == 0 && now.displacement() == 0;
  }

  /** The addresses of a memory operand with an index that is one of these numbers. */
  private Value places(Instruction now, State state, long[] indices) {
    Value base =
        now.base() < 0
            ? module.image().isFixed() ? displacement(now) : Value.constant(now.displacement())
            : state.registers[now.base()];
    long displacement = now.base() < 0 ? 0 : now.displacement();
    Value all = null;
    for (long index : indices) {
      Value one = base.plus((index << now.scale()) + displacement);
      all = all == null ? one : all.or(one);
    }
    return all == null ? Value.ANY : all;
  }

  /** A value to which a number is added. */
  Value moved(Value value, long addend) {
    Value result = addend == 0 ? value : unbounded(value.plus(addend));
    for (Atom atom : result.atoms()) {
      if (addend != 0 && atom.is(Base.ADDRESS)) {
        moved.add(atom.offset());
      }
    }
    return result;
  }

  /** Whether an address is, or may be, another one to which a number was added. */
  boolean isMoved(long address) {
    return moved.contains(address);
  }

  private Value unknown(Instruction now, State state) {
    Value index = state.registers[now.index()].widened();
    return now.base() < 0 ? index : unbounded(index.or(state.registers[now.base()].widened()));
  }

  /** The word that the memory operand has. */
  Value load(Instruction now, State state, Facts facts) {
    if (now.isThreadLocal()) {
      return Value.ANY;
    }
    if (now.index() >= 0) {
      return element(now, state, facts);
    }
    Value base = now.base() < 0 ? null : state.registers[now.base()];
    if (facts != null && base != null) {
      for (Atom atom : base.atoms()) {
        if (atom.is(Base.LOADED)) {
          facts.add(new Facts.Field(atom.key(), atom.offset() + now.displacement()));
        }
      }
    }
    Value result = null;
    Value places = address(now, state);
    for (Atom place : places.atoms()) {
      Value one =
          switch (place.base()) {
            case STACK -> {
              Value slot = state.load(place, width(now)); // perhaps less was stored
              yield now.size() == Integer.BYTES ? slot : slot.unlimited();
            }
            case ADDRESS -> word(place.offset(), width(now));
            default -> Value.ANY;
          };
      result = result == null ? one : result.or(one);
    }
    return result == null ? Value.ANY : result;
  }

  /** How many bytes of memory an instruction reads. */
  private static int width(Instruction now) {
    return now.kind() == Kind.SIGN_EXTEND ? Integer.BYTES : now.size();
  }

  private Value word(long address, int size) {
    Slots slots = module.slots();
    int slot = slots.from(address);
    boolean relocated = slot < slots.count() && slots.address(slot) < address + size;
    boolean constant =
        !relocated && module.image().isConstant(address) && module.image().hasBytes(address, size);
    if (!constant) {
      return Value.of(new Atom(Base.LOADED, address, 0));
    }
    return Value.constant(
        switch (size) {
          case 1, 2 -> module.image().part(address, size);
          case Integer.BYTES -> module.image().half(address);
          default -> module.image().word(address);
        });
  }

  /** An element of an array: perhaps of a jump table. */
  private Value element(Instruction now, State state, Facts facts) {
    int width = width(now);
    Value index = state.registers[now.index()];
    Value places =
        isSum(now)
            ? added(state.registers[now.base()], index)
            : places(now, state, index.numbers());
    Atom place = places.single();
    if (now.scale() == 0 && place != null && place.is(Base.ADDRESS)) {
      return word(place.offset(), width); // a distance from the global offset table
    }
    Value numbers = numbers(places, width);
    if (numbers.isAny() && now.scale() >= WORDS) {
      numbers = numbers(places(now, state, index.lowNumbers()), width);
      if (!numbers.isAny() && facts != null) {
        facts.assumeIndices();
      }
    }
    return numbers.isAny() ? entry(now, state, width) : numbers;
  }

  private Value entry(Instruction now, State state, int width) {
    if (width < Integer.BYTES || now.scale() != (width == Long.BYTES ? LONGS : WORDS)) {
      return Value.ANY;
    }
    Value base =
        now.base() < 0
            ? moved(absolute(0), now.displacement())
            : moved(state.registers[now.base()], now.displacement());
    Atom table = base.single();
    boolean known =
        table != null
            && (table.is(Base.ADDRESS)
                || (now.base() < 0 && module.image().isMapped(now.displacement())));
    return known ? Value.of(new Atom(Base.TABLE, table.offset(), width)) : Value.ANY;
  }

  /**
   * Elements of an array, if they are numbers of system calls: so that what jump tables have is not
   * taken for numbers.
   *
   * @param places of the elements
   * @param width of an element in bytes
   */
  private Value numbers(Value places, int width) {
    Value all = null;
    for (Atom place : places.atoms()) {
      boolean read = place.is(Base.ADDRESS) && module.image().hasBytes(place.offset(), width);
      Atom word = read ? word(place.offset(), width).single() : null;
      if (word == null || !word.is(Base.CONSTANT) || CALLS.name(word.offset()).isEmpty()) {
        return Value.ANY;
      }
      all = all == null ? Value.of(word) : all.or(Value.of(word));
    }
    return all == null ? Value.ANY : all;
  }

  Value sum(Value one, Value other) {
    Value sum = added(one, other);
    boolean changes = !Arrays.equals(one.numbers(), ZERO) && !Arrays.equals(other.numbers(), ZERO);
    for (Atom atom : sum.atoms()) {
      if (changes && atom.is(Base.ADDRESS)) {
        moved.add(atom.offset());
      }
    }
    return sum;
  }

  private Value added(Value one, Value other) {
    boolean isNumber = one.numbers().length > 0;
    Value numbers = isNumber ? one : other;
    Value start = isNumber ? other : one;
    Value all = null;
    for (long number : numbers.numbers()) {
      Value sum = start.plus(number);
      all = all == null ? sum : all.or(sum);
    }
    if (all != null) {
      return unbounded(all);
    }
    Atom first = one.single();
    Atom second = other.single();
    if (first == null || second == null) {
      return unbounded(one.widened().or(other.widened()));
    }
    Atom table = first.is(Base.TABLE) ? first : second;
    Atom label = first.is(Base.TABLE) ? second : first;
    boolean distance =
        table.is(Base.TABLE) && table.offset() == Integer.BYTES && label.is(Base.ADDRESS);
    if (distance && label.offset() == table.key()) {
      return Value.of(table);
    }
    return distance && blocks.contains(label.offset())
        ? Value.of(new Atom(Base.DISTANCE, table.key(), label.offset()))
        : unbounded(one.widened().or(other.widened()));
  }

  /**
   * A sum that is not known: in the large code model, that of the global offset table's address and
   * of a distance may be any address.
   */
  private Value unbounded(Value sum) {
    for (Atom atom : sum.isAny() ? sum.mentioned() : NONE) {
      boolean table = atom.is(Base.ADDRESS) && atom.offset() == module.image().offsetTable();
      if (table && module.image().computesOffsetTable()) {
        return Value.ALL;
      }
    }
    return sum;
  }
}
