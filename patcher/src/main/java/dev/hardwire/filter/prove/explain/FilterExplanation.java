package dev.hardwire.filter.prove.explain;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.symbolic.Pieces;
import dev.hardwire.filter.prove.symbolic.SymbolicFilter;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.prove.symbolic.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Explains filters from any source: it converts them to functions of every bit that they see, and
 * derives the conditions from these, independently of the instructions used.
 */
public final class FilterExplanation {
  /** The maximum number of intervals of call numbers. */
  private static final int LIMIT = 4096;

  private static final Comparator<Pieces.Piece> BY_WIDTH =
      Comparator.comparingLong(piece -> piece.to() - piece.from());

  /**
   * A filter and its label.
   *
   * @param label its place in a file, or the name of its phase; empty if there is only one filter
   */
  public record Labelled(String label, Filter filter) {}

  private final Target architecture;
  private final Explanation explanation;
  private final SyscallTable table;

  FilterExplanation(Target architecture) {
    this.architecture = architecture;
    this.explanation = new Explanation(architecture);
    this.table = SyscallTable.of(architecture);
  }

  /**
   * The decisions of filters for calls.
   *
   * @param filters in the order in which they are installed; the decisions are those of the kernel
   *     for all of them together
   * @param calls their names; empty for every call whose decision differs from that of unknown
   *     calls, and all others together
   * @throws UnprovableException if a filter multiplies, divides or returns computed values
   */
  public static List<ExplainedCall> of(
      List<Labelled> filters, Target architecture, Set<String> calls) {
    FilterExplanation explained = new FilterExplanation(architecture);
    int all = explained.function(filters);
    int own = Pieces.at(explained.explanation.bdd, all, Words.ARCH, 32, architecture.auditNumber());
    if (calls.isEmpty()) {
      explained.every(own);
      explained.otherArchitectures(all, own);
      explained.explanation.addUnfiltered(number -> explained.number(own, number));
    } else {
      new TreeSet<>(calls).forEach(call -> explained.call(call, own));
    }
    return explained.explanation.rows();
  }

  /** What the functions' leaves stand for. */
  Explanation explanation() {
    return explanation;
  }

  int function(List<Labelled> filters) {
    Words words = new Words(explanation.bdd, architecture.order());
    int all = -1;
    for (Labelled one : filters) {
      String prefix = one.label().isEmpty() ? "" : one.label() + ", ";
      int function =
          new SymbolicFilter(
                  words,
                  one.filter(),
                  (at, value) -> explanation.leaf(new Verdict(value), prefix + "instruction " + at))
              .of();
      all = all < 0 ? function : explanation.bdd.combine(function, all, this::stricter);
    }
    return all;
  }

  private int stricter(int later, int earlier) {
    Verdict first = explanation.origin(later).verdict();
    Verdict second = explanation.origin(earlier).verdict();
    return FilterStack.stricter(first, second).equals(first) ? later : earlier;
  }

  private int number(int own, long nr) {
    return Pieces.at(explanation.bdd, own, Words.NR, 32, nr);
  }

  private void call(String name, int own) {
    OptionalInt number = table.number(name);
    explanation.add(name, number(own, number.getAsInt()));
  }

  /**
   * A text that is equal for functions with equal decisions, even if other instructions return
   * them.
   */
  private String decision(int function) {
    return explanation.bdd.isLeaf(function)
        ? explanation.origin(function).verdict().toString()
        : "#" + function;
  }

  private void every(int own) {
    List<Pieces.Piece> unknown = unknown(own);
    Pieces.Piece typical =
        unknown.stream().filter(this::isPlain).max(BY_WIDTH).orElse(unknown.get(0));
    String other = decision(typical.function());
    for (String name : table.names()) {
      int function = number(own, table.number(name).getAsInt());
      if (!decision(function).equals(other)) {
        explanation.add(name, function);
      }
    }
    explanation.add("every other call", typical.function());
    for (Pieces.Piece piece : unknown) {
      if (!isPlain(piece) || !decision(piece.function()).equals(other)) {
        explanation.add(words("number", piece), piece.function());
      }
    }
  }

  /** Whether it is not one of the numbers that the architecture refuses, such as those of x32. */
  private boolean isPlain(Pieces.Piece piece) {
    return piece.to() < architecture.refusedFrom().orElse(Long.MAX_VALUE);
  }

  /**
   * The numbers that are not a call of the architecture, each piece either below or within the
   * refused range.
   */
  private List<Pieces.Piece> unknown(int own) {
    List<Pieces.Piece> all =
        Pieces.of(explanation.bdd, own, Words.NR, 32, 0xffff_ffffL, LIMIT)
            .orElseThrow(() -> new UnprovableException("the filter tells too many numbers apart"));
    TreeSet<Long> cuts = new TreeSet<>();
    table.names().forEach(name -> cuts.add((long) table.number(name).getAsInt()));
    List<Pieces.Piece> unknown = new ArrayList<>();
    for (Pieces.Piece piece : all) {
      long from = piece.from();
      for (long known : cuts.subSet(piece.from(), true, piece.to(), true)) {
        addUnknown(unknown, new Pieces.Piece(from, known - 1, piece.function()));
        from = known + 1;
      }
      addUnknown(unknown, new Pieces.Piece(from, piece.to(), piece.function()));
    }
    return unknown;
  }

  private void addUnknown(List<Pieces.Piece> unknown, Pieces.Piece piece) {
    long refused = architecture.refusedFrom().orElse(Long.MAX_VALUE);
    if (piece.from() > piece.to()) {
      return;
    }
    if (piece.from() < refused && piece.to() >= refused) {
      unknown.add(new Pieces.Piece(piece.from(), refused - 1, piece.function()));
      unknown.add(new Pieces.Piece(refused, piece.to(), piece.function()));
    } else {
      unknown.add(piece);
    }
  }

  private static String words(String what, Pieces.Piece piece) {
    String from = "0x" + Long.toHexString(piece.from());
    if (piece.from() == piece.to()) {
      return what + " " + from;
    }
    return piece.to() == 0xffff_ffffL
        ? what + "s from " + from
        : what + "s " + from + " to 0x" + Long.toHexString(piece.to());
  }

  private void otherArchitectures(int all, int own) {
    List<Pieces.Piece> pieces =
        new ArrayList<>(
            Pieces.of(explanation.bdd, all, Words.ARCH, 32, 0xffff_ffffL, LIMIT)
                .orElseThrow(
                    () ->
                        new UnprovableException("the filter tells too many architectures apart")));
    Pieces.Piece typical = pieces.stream().max(BY_WIDTH).orElseThrow();
    for (Pieces.Piece piece : pieces) {
      boolean isOwn =
          piece.from() <= architecture.auditNumber() && architecture.auditNumber() <= piece.to();
      if (!isOwn && piece.function() != typical.function()) {
        String name =
            piece.from() == piece.to()
                ? Target.ofAuditNumber(piece.from()).map(Target::id).orElse("")
                : "";
        architecture(
            name.isEmpty() ? words("architecture", piece) : "architecture " + name,
            piece.function(),
            own);
      }
    }
    architecture("other architectures", typical.function(), own);
  }

  private void architecture(String name, int function, int own) {
    if (explanation.bdd.isLeaf(function)) {
      explanation.add(name, function);
    } else if (function == own) {
      String numbers = "numbers are taken for those of " + architecture;
      explanation.add(new ExplainedCall(name, "as above", numbers, "no check"));
    } else {
      explanation.add(new ExplainedCall(name, "depends", "on its calls", "explain --arch"));
    }
  }
}
