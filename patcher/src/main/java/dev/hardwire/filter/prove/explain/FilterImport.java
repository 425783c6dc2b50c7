package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.Pieces;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.CallNumbers;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns filters of any origin into the policy that decides every call as they do.
 *
 * <p>The filters become a function of every bit that they see, and rules are read off it. The
 * result is proven: the function of the policy is the same for the architecture's own calls.
 */
public final class FilterImport {
  /** The maximum number of ranges of call numbers. */
  private static final int LIMIT = 4096;

  /** The maximum length of a range of numbers without a name whose arguments are checked. */
  private static final int MOST_ALIKE = 256;

  /**
   * The result.
   *
   * @param policy equivalent for all calls of the architecture
   * @param differences what the filters decide otherwise than every policy does: calls through
   *     other interfaces, and numbers that the architecture refuses; one line each
   */
  public record Result(Policy policy, List<String> differences) {}

  private final Target architecture;
  private final Explanation explanation;
  private final SyscallTable table;
  private final String source;

  /** By action and exclusion: the calls that get the action whatever their arguments are. */
  private final Map<List<Object>, List<CallName>> whole = new LinkedHashMap<>();

  private final List<Rule> conditional = new ArrayList<>();
  private Action otherwise = Action.KILL_PROCESS;

  private FilterImport(Target architecture, Explanation explanation, String source) {
    this.architecture = architecture;
    this.explanation = explanation;
    this.table = SyscallTable.of(architecture);
    this.source = source;
  }

  /**
   * The policy of filters.
   *
   * @param filters in the order in which they are installed
   * @param source their file, for messages
   * @throws UnprovableException if a filter cannot be followed, or a policy cannot say what it does
   */
  public static Result of(
      List<FilterExplanation.Labelled> filters, Target architecture, String source) {
    FilterExplanation explained = new FilterExplanation(architecture);
    int all = explained.function(filters);
    Explanation explanation = explained.explanation();
    int own = own(explanation.bdd, all, architecture);
    FilterImport made = new FilterImport(architecture, explanation, source);
    Policy policy = made.policy(own);
    made.prove(own, policy);
    return new Result(policy, made.differences(all, own));
  }

  /** What a function is for the calls that programs of an architecture can make. */
  private static int own(Bdd bdd, int all, Target architecture) {
    int own = Pieces.at(bdd, all, Words.ARCH, 32, architecture.auditNumber());
    return architecture.wordBits() == 32 ? bdd.where0(own, Words::isHighHalf) : own;
  }

  private long last() {
    return architecture.refusedFrom().orElse(CallNumbers.LAST + 1) - 1;
  }

  private List<Pieces.Piece> numbers(int own) {
    return Pieces.of(explanation.bdd, own, Words.NR, 32, CallNumbers.LAST, LIMIT)
        .orElseThrow(() -> new UnprovableException("the filter tells too many numbers apart"));
  }

  private Policy policy(int own) {
    List<Pieces.Piece> pieces = numbers(own);
    Pieces.Piece widest =
        pieces.stream()
            .filter(piece -> piece.from() <= last() && explanation.bdd.isLeaf(piece.function()))
            .max(Comparator.comparingLong(piece -> Math.min(piece.to(), last()) - piece.from()))
            .orElseThrow(() -> new UnprovableException("the filter has no default action"));
    otherwise = action(widest.function());
    for (Pieces.Piece piece : pieces) {
      long to = Math.min(piece.to(), last());
      long from = piece.from();
      boolean isDefault =
          explanation.bdd.isLeaf(piece.function()) && action(piece.function()).equals(otherwise);
      if (from <= to && !isDefault) {
        range(from, to, piece.function());
      }
    }
    List<Rule> rules = new ArrayList<>();
    whole.forEach(
        (key, calls) -> {
          calls.addAll(exclusion((String) key.get(1)));
          rules.add(new Rule((Action) key.get(0), calls, Optional.empty(), place()));
        });
    rules.addAll(conditional);
    return Policy.of("imported", otherwise, rules);
  }

  private Position place() {
    return new Position(source, 0, 0);
  }

  private void range(long from, long to, int function) {
    long begin = from;
    for (long number = from; number <= to && number - from < 0x1000; number++) {
      Optional<String> name = table.name(number);
      if (name.isPresent()) {
        unnamed(begin, number - 1, function);
        call(name.get(), name.get(), function);
        begin = number + 1;
      }
    }
    unnamed(begin, to, function);
  }

  private void unnamed(long from, long to, int function) {
    if (from > to) {
      return;
    }
    if (explanation.bdd.isLeaf(function)) {
      call(new CallNumbers(from, to).toString(), "", function);
      return;
    }
    if (to - from >= MOST_ALIKE) {
      throw new UnprovableException(
          "the filter checks arguments of \"%s\", and a policy names such numbers one by one, up to %d"
              .formatted(new CallNumbers(from, to), MOST_ALIKE));
    }
    for (long number = from; number <= to; number++) {
      call(new CallNumbers(number, number).toString(), "", function);
    }
  }

  private void call(String item, String name, int function) {
    List<CallCases.Case> cases =
        CallCases.of(explanation.bdd, function, architecture, name)
            .orElseThrow(
                () ->
                    new UnprovableException(
                        "the decision for " + item + " depends on too many cases"));
    for (CallCases.Case one : cases) {
      Action action = action(one.leaf());
      if (one.condition().isEmpty()) {
        whole
            .computeIfAbsent(List.of(action, multiplexer(name)), key -> new ArrayList<>())
            .add(new CallName(item, place()));
      } else if (one.condition().contains("instruction_pointer")) {
        throw new UnprovableException(
            "the decision for " + item + " depends on the address that makes the call");
      } else if (!action.equals(otherwise)) {
        List<CallName> calls = new ArrayList<>(List.of(new CallName(item, place())));
        calls.addAll(exclusion(multiplexer(name)));
        conditional.add(
            new Rule(
                action,
                calls,
                Optional.of(ConditionParser.parse(one.condition(), at -> place())),
                place()));
      }
    }
  }

  /** The call through which a call can also be made; empty if there is none. */
  private String multiplexer(String name) {
    return Multiplexer.of(architecture, name).map(Multiplexer::call).orElse("");
  }

  /** A filter decides the other way of making a call by itself. */
  private List<CallName> exclusion(String multiplexer) {
    return multiplexer.isEmpty() ? List.of() : List.of(new CallName("~" + multiplexer, place()));
  }

  private Action action(int leaf) {
    Verdict verdict = explanation.origin(leaf).verdict();
    return verdict
        .toAction()
        .orElseThrow(
            () ->
                new UnprovableException("the filter returns " + verdict + ", no policy's action"));
  }

  /** Compares the functions of verdicts, for the numbers that the architecture does not refuse. */
  private void prove(int own, Policy policy) {
    Bdd bdd = explanation.bdd;
    Words words = new Words(bdd, architecture.order());
    int meant = new SymbolicPolicy(words).of(ResolvedPolicy.of(policy, architecture));
    int mine = own(bdd, meant, architecture);
    int zero = bdd.leaf(0);
    int verdicts = bdd.combine(own, zero, (leaf, none) -> verdict(bdd, leaf));
    int refused = words.greater(words.nr(), words.constant(last(), 32), false);
    if (bdd.choose(refused, zero, verdicts) != bdd.choose(refused, zero, mine)) {
      throw new IllegalStateException("the imported policy differs from the filter");
    }
  }

  /** The leaf of a verdict, apart from the numbers of origins. */
  private int verdict(Bdd bdd, int leaf) {
    return bdd.leaf(explanation.origin(leaf).verdict().value());
  }

  private List<String> differences(int all, int own) {
    List<String> differences = new ArrayList<>();
    for (Pieces.Piece piece : numbers(own)) {
      if (piece.to() > last() && !kills(piece.function())) {
        differences.add(
            "call numbers from 0x%x: the filter does not kill the process, every policy of %s does"
                .formatted(Math.max(piece.from(), last() + 1), architecture));
        break;
      }
    }
    boolean others =
        Pieces.of(explanation.bdd, all, Words.ARCH, 32, CallNumbers.LAST, LIMIT)
            .orElse(List.of())
            .stream()
            .filter(piece -> piece.from() != architecture.auditNumber())
            .anyMatch(piece -> !kills(piece.function()));
    if (others) {
      differences.add(
          "other architectures: the filter does not kill the process, every policy of %s does"
              .formatted(architecture));
    }
    return differences;
  }

  private boolean kills(int function) {
    return explanation.bdd.isLeaf(function)
        && explanation.origin(function).verdict().value() == Verdict.KILL_PROCESS;
  }
}
