package dev.hardwire.filter.prove.symbolic;

import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A filter as a function of every bit of {@code seccomp_data}.
 *
 * <p>Jumps only lead forwards, so one pass finds every state in which an instruction can be
 * reached, and a second pass, from the end, finds the value that the filter returns from there.
 */
public final class SymbolicFilter {
  /** The maximum number of states for one instruction. */
  private static final int LIMIT = 10_000;

  private final Words words;
  private final Bdd bdd;
  private final List<BpfInstruction> program;

  /** For each instruction, its states and the value that the filter returns from each. */
  private final List<Map<State, Integer>> states = new ArrayList<>();

  private final Results results;

  /** The representation of a returned value in the function. */
  public interface Results {
    /**
     * A leaf.
     *
     * @param at the returning instruction, from 0
     * @param value returned
     */
    int leaf(int at, long value);
  }

  /** The function of returned values. */
  public SymbolicFilter(Words words, Filter filter) {
    this(words, filter, (at, value) -> words.bdd.leaf(value));
  }

  public SymbolicFilter(Words words, Filter filter, Results results) {
    this.words = words;
    this.bdd = words.bdd;
    this.program = filter.instructions();
    this.results = results;
  }

  /** The registers and the memory; as in the kernel, bits that were not written are 0. */
  private record State(List<Integer> a, List<Integer> x, Map<Integer, List<Integer>> memory) {
    static List<Integer> list(int[] word) {
      return Arrays.stream(word).boxed().toList();
    }

    static int[] word(List<Integer> list) {
      return list.stream().mapToInt(Integer::intValue).toArray();
    }

    State withA(int[] word) {
      return new State(list(word), x, memory);
    }

    State withX(int[] word) {
      return new State(a, list(word), memory);
    }

    State stored(int at, List<Integer> word) {
      Map<Integer, List<Integer>> changed = new TreeMap<>(memory);
      changed.put(at, word);
      return new State(a, x, changed);
    }
  }

  /** The returned value for every possible call. */
  public int of() {
    for (int at = 0; at < program.size(); at++) {
      states.add(new LinkedHashMap<>());
    }
    List<Integer> zero = State.list(words.constant(0, 32));
    State start = new State(zero, zero, Map.of());
    states.get(0).put(start, null);
    for (int at = 0; at < program.size(); at++) {
      for (State state : states.get(at).keySet()) {
        forward(at, state);
      }
    }
    for (int at = program.size() - 1; at >= 0; at--) {
      for (Map.Entry<State, Integer> entry : states.get(at).entrySet()) {
        entry.setValue(result(at, entry.getKey()));
      }
    }
    return states.get(0).get(start);
  }

  private void reach(int at, State state) {
    Map<State, Integer> here = states.get(at);
    here.put(state, null);
    if (here.size() > LIMIT) {
      throw new UnprovableException("instruction " + at + " is reached in too many states");
    }
  }

  private void forward(int at, State state) {
    BpfInstruction i = program.get(at);
    if (i.kind() == Bpf.JMP) {
      if (i.code() == (Bpf.JMP | Bpf.JA)) {
        reach(at + 1 + (int) i.k(), state);
      } else {
        reach(at + 1 + i.jt(), state);
        reach(at + 1 + i.jf(), state);
      }
    } else if (i.kind() != Bpf.RET) {
      reach(at + 1, step(at, i, state));
    }
  }

  private int result(int at, State state) {
    BpfInstruction i = program.get(at);
    if (i.kind() == Bpf.RET) {
      boolean isConstant = i.code() == (Bpf.RET | Bpf.K);
      return results.leaf(at, isConstant ? i.k() : constant(State.word(state.a)) & 0xffff_ffffL);
    }
    if (i.kind() != Bpf.JMP) {
      return states.get(at + 1).get(step(at, i, state));
    }
    if (i.code() == (Bpf.JMP | Bpf.JA)) {
      return states.get(at + 1 + (int) i.k()).get(state);
    }
    return bdd.choose(
        holds(i, state),
        states.get(at + 1 + i.jt()).get(state),
        states.get(at + 1 + i.jf()).get(state));
  }

  /** The accumulator as a returned value, which must not depend on the call. */
  private static int constant(int[] word) {
    long value = 0;
    for (int i = 0; i < word.length; i++) {
      if (word[i] != Bdd.FALSE && word[i] != Bdd.TRUE) {
        throw new UnprovableException("the filter returns a number that it has computed");
      }
      value |= (long) word[i] << i;
    }
    return (int) value;
  }

  private int[] operand(BpfInstruction i, State state) {
    return (i.code() & Bpf.X) != 0 ? State.word(state.x) : words.constant(i.k(), 32);
  }

  private int holds(BpfInstruction i, State state) {
    int[] a = State.word(state.a);
    int[] operand = operand(i, state);
    return switch (i.code() & 0xf0) {
      case Bpf.JEQ -> words.equal(a, operand);
      case Bpf.JGT -> words.greater(a, operand, false);
      case Bpf.JGE -> words.greater(a, operand, true);
      default -> words.meets(a, operand);
    };
  }

  private State step(int at, BpfInstruction i, State state) {
    return switch (i.kind()) {
      case Bpf.LD -> state.withA(load(i, state));
      case Bpf.LDX -> state.withX(load(i, state));
      case Bpf.ST -> state.stored((int) i.k(), state.a);
      case Bpf.STX -> state.stored((int) i.k(), state.x);
      case Bpf.ALU -> state.withA(arithmetic(at, i, state));
      default ->
          i.code() == (Bpf.MISC | Bpf.TAX)
              ? state.withX(State.word(state.a))
              : state.withA(State.word(state.x));
    };
  }

  private int[] load(BpfInstruction i, State state) {
    return switch (i.code() & 0xe0) {
      case Bpf.IMM -> words.constant(i.k(), 32);
      case Bpf.ABS -> words.load((int) i.k());
      case Bpf.LEN -> words.constant(64, 32);
      default -> State.word(state.memory.get((int) i.k()));
    };
  }

  private int[] arithmetic(int at, BpfInstruction i, State state) {
    int[] a = State.word(state.a);
    int[] operand = operand(i, state);
    boolean constant = (i.code() & Bpf.X) == 0;
    return switch (i.code() & 0xf0) {
      case Bpf.ADD -> words.add(a, operand, Bdd.FALSE);
      case Bpf.SUB -> words.subtract(a, operand);
      case Bpf.AND -> words.and(a, operand);
      case Bpf.OR -> words.or(a, operand);
      case Bpf.XOR -> words.xor(a, operand);
      case Bpf.NEG -> words.subtract(words.constant(0, 32), a);
      case Bpf.LSH -> Words.shift(a, constant ? (int) i.k() : constant(operand) & 31);
      case Bpf.RSH -> Words.shift(a, -(constant ? (int) i.k() : constant(operand) & 31));
      default ->
          throw new UnprovableException(
              "instruction " + at + " multiplies or divides, which a proof cannot follow");
    };
  }
}
