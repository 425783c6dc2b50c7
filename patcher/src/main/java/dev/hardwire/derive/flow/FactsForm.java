package dev.hardwire.derive.flow;

import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/** What is known about one function, as bytes. */
public final class FactsForm {
  private static final int UNKNOWN = 0;
  private static final int KNOWN = 1;
  private static final int EVERYTHING = 2;

  private static final int THROUGH_SLOT = 1;
  private static final int JUMP = 2;

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
    ValueForm.Writer values = new ValueForm.Writer(out);
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
      out.signed(call.target());
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
    write(out, facts.escapedSlots());
    write(out, facts.escapedAddresses());
    write(out, facts.escapedArguments());
    out.number(facts.passed().size());
    for (Facts.Passed passed : facts.passed()) {
      ValueForm.write(out, passed.value());
      out.number(2L * passed.register() + (passed.throughSlot() ? 1 : 0)).signed(passed.target());
    }
  }

  private static void write(NumberWriter out, Collection<Long> numbers) {
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
    ValueForm.Reader values = new ValueForm.Reader(in);
    if (kind == EVERYTHING) {
      facts.escapeEverything();
    }
    for (int left = in.count(); left > 0; left--) {
      facts.add(new Facts.Site(in.signed(), values.value(), values.state()));
    }
    for (int left = in.count(); left > 0; left--) {
      long address = in.signed();
      int flags = in.below(THROUGH_SLOT + JUMP + 1);
      facts.add(
          new Facts.Call(
              address,
              (flags & THROUGH_SLOT) != 0,
              in.signed(),
              values.state(),
              (flags & JUMP) != 0));
    }
    for (int left = in.count(); left > 0; left--) {
      facts.addUnknownCall(values.state());
    }
    for (int left = in.count(); left > 0; left--) {
      facts.add(new Facts.Field(in.signed(), in.signed()));
    }
    read(in, facts.escapedSlots()::add);
    read(in, facts.escapedAddresses()::add);
    read(in, facts.escapedArguments()::add);
    for (int left = in.count(); left > 0; left--) {
      Atom atom = ValueForm.atom(in);
      int register = in.below(2 * State.REGISTERS);
      facts.add(new Facts.Passed(atom, register / 2, register % 2 != 0, in.signed()));
    }
    in.requireEnd();
    return Optional.of(facts);
  }

  private static void read(NumberReader in, LongConsumer numbers) {
    long before = 0;
    for (int left = in.count(); left > 0; left--) {
      before += in.signed();
      numbers.accept(before);
    }
  }
}
