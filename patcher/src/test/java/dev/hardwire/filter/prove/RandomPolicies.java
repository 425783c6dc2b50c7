package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Makes random policies and calls that are likely to tell a wrong filter from a right one. */
public final class RandomPolicies {
  /** Calls whose arguments have 16, 32 and 64 bits, signed and not. */
  private static final List<String> CALLS =
      List.of(
          "read",
          "socket",
          "mmap",
          "chmod",
          "lseek",
          "ioctl",
          "clone",
          "prctl",
          "kill",
          "openat",
          "getpid",
          "fallocate",
          "fork",
          "mknodat");

  private static final List<Action> ACTIONS =
      List.of(
          Action.ALLOW,
          Action.KILL_PROCESS,
          Action.errno("EPERM"),
          Action.errno("38"),
          Action.TRAP,
          Action.LOG,
          Action.KILL_THREAD);

  private static final long[] EDGES = {
    0,
    1,
    2,
    3,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_fffeL,
    0x7fff_ffffL,
    0x8000_0000L,
    0x8000_0001L,
    0xffff_fffeL,
    0xffff_ffffL,
    0x1_0000_0000L,
    0x1_0000_0001L,
    0x1_0000_0028L,
    0x7fff_ffff_ffff_ffffL,
    0x8000_0000_0000_0000L,
    -2,
    -1,
    0xffff_ffff_0000_0000L,
    0xffff_ffff_8000_0000L,
    0xffff_ffff_7fff_ffffL
  };

  private final Random random;
  private final Target architecture;
  private final List<String> names;

  /** Numbers that the policy at hand compares with. */
  private final List<Long> used = new ArrayList<>();

  /** Equal seeds give equal policies. */
  public RandomPolicies(long seed) {
    this(seed, Target.X86_64);
  }

  /** Policies of calls that an architecture has. */
  public RandomPolicies(long seed, Target architecture) {
    this.random = new Random(seed);
    this.architecture = architecture;
    this.names = CALLS.stream().filter(Multiplexer.reachable(architecture)::contains).toList();
  }

  /** The next policy. */
  public Policy policy() {
    used.clear();
    List<Rule> rules = new ArrayList<>();
    Set<String> decided = new HashSet<>();
    int count = 1 + random.nextInt(5);
    int calls = 1 + random.nextInt(names.size());
    for (int i = 0; i < count; i++) {
      List<String> chosen = new ArrayList<>();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        String name = names.get(random.nextInt(calls));
        if (!chosen.contains(name)) {
          chosen.add(name);
        }
      }
      Rule rule = Rule.of(pick(ACTIONS), chosen);
      // A call that two rules decide without a condition is a contradiction.
      boolean always = random.nextInt(6) == 0 && Collections.disjoint(decided, chosen);
      rules.add(always ? rule : conditional(rule));
      if (always) {
        decided.addAll(chosen);
      }
    }
    return Policy.of("random", pick(ACTIONS), rules);
  }

  /** The rule with a condition that its calls can have: not every number fits every argument. */
  private Rule conditional(Rule rule) {
    while (true) {
      Rule candidate = rule.when(condition(random.nextInt(4)));
      try {
        ResolvedPolicy.of(Policy.of("candidate", Action.ALLOW, List.of(candidate)), architecture);
        return candidate;
      } catch (PolicyException e) {
        assertThat(e).hasMessageContaining(" does not fit ");
      }
    }
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private Condition condition(int depth) {
    int kind = random.nextInt(depth > 0 ? 9 : 4);
    if (kind == 3) {
      List<Constant> constants = new ArrayList<>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        constants.add(constant());
      }
      return new Condition.Member(operand(), constants);
    } else if (kind < 4) {
      return new Condition.Compare(operand(), pick(List.of(Comparison.values())), constant());
    } else if (kind == 4) {
      return new Condition.Not(condition(depth - 1));
    }
    List<Condition> parts = new ArrayList<>();
    for (int i = 2 + random.nextInt(2); i > 0; i--) {
      parts.add(condition(depth - 1));
    }
    return kind % 2 == 0 ? new Condition.All(parts) : new Condition.Any(parts);
  }

  private Operand operand() {
    // Two arguments most of the time, so that several comparisons meet on one.
    Operand operand = Operand.of("arg" + random.nextInt(random.nextInt(4) == 0 ? 6 : 2));
    if (random.nextInt(4) == 0) {
      operand = operand.withView(pick(List.of(Operand.View.values())));
    }
    if (random.nextInt(3) == 0) {
      long mask = random.nextBoolean() ? value() : 1L << random.nextInt(64);
      used.add(mask);
      operand = operand.withMask(literal(mask));
    }
    return operand;
  }

  private static Constant literal(long value) {
    return Constant.Literal.of(value);
  }

  private Constant constant() {
    long value = value();
    used.add(value);
    if (random.nextInt(8) == 0) {
      return new Constant.Complement(literal(value));
    }
    return value < 0 && random.nextBoolean()
        ? new Constant.Literal(value, true, Position.NONE)
        : literal(value);
  }

  private long value() {
    int kind = random.nextInt(4);
    if (kind == 0 && !used.isEmpty()) {
      return pick(used) + random.nextInt(3) - 1;
    }
    if (kind == 1) {
      return random.nextInt(12);
    }
    return kind == 2
        ? EDGES[random.nextInt(EDGES.length)]
        : random.nextLong() >>> random.nextInt(64);
  }

  /** A call of one of the policy's kind, with arguments near what it compares with. */
  public SeccompData call() {
    long[] args = new long[6];
    for (int i = 0; i < args.length; i++) {
      args[i] = value();
      if (!used.isEmpty() && random.nextInt(3) == 0) {
        args[i] = (args[i] & 0xffff_ffffL) | (pick(used) << 32);
      } else if (!used.isEmpty() && random.nextInt(3) == 0) {
        args[i] ^= pick(used);
      }
    }
    SyscallTable table = SyscallTable.of(architecture);
    String name = names.get(random.nextInt(names.size()));
    boolean passedOn = table.number(name).isEmpty() || random.nextInt(3) == 0;
    Multiplexer way = passedOn ? Multiplexer.of(architecture, name).orElse(null) : null;
    if (way != null) {
      args[0] = random.nextInt(8) == 0 ? args[0] : (args[0] & ~way.mask()) | way.operation();
    }
    long nr = table.number(way == null ? name : way.call()).getAsInt();
    int kind = random.nextInt(40);
    if (kind == 0) {
      nr |= 0x4000_0000L;
    } else if (kind == 1) {
      nr = 0xffff_ffffL;
    } else if (kind == 2) {
      nr = random.nextInt() & 0xffff_ffffL;
    } else if (kind == 3) {
      nr += random.nextInt(3);
    }
    SeccompData data = SeccompData.of(architecture, nr, args);
    return kind == 4 ? data.withArch(0x4000_0004L) : data;
  }
}
