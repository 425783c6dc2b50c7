package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.NumberReader;
import dev.hardwire.bytes.NumberWriter;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.derive.Derivation.Cause;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the analysis of one program with its libraries found.
 *
 * @param calls in the order of their numbers; the name is empty if no system call has the number
 * @param unknown calls whose numbers are not known
 * @param rules what was assumed
 * @param loaded names of libraries that may be loaded
 * @param composed places where such names are not constants
 */
record DerivedFindings(
    List<ReachedCall> calls,
    List<UnknownSite> unknown,
    List<String> rules,
    List<String> loaded,
    List<String> composed) {
  private static final Cause[] CAUSES = Cause.values();

  /** As bytes that {@link #read} understands. */
  @SuppressWarnings("EnumOrdinal") // what is stored names the version that wrote it
  byte[] write() {
    NumberWriter out = new NumberWriter();
    out.number(calls.size());
    for (ReachedCall call : calls) {
      out.number(call.number());
      write(out, call.chain());
      out.number(call.arguments().size());
      call.arguments().forEach(argument -> write(out, argument));
    }
    out.number(unknown.size());
    for (UnknownSite site : unknown) {
      write(out, site.file());
      write(out, site.place());
      write(out, site.reason());
      out.number(site.cause().ordinal());
      write(out, site.chain());
    }
    write(out, rules);
    write(out, loaded);
    write(out, composed);
    return out.toArray();
  }

  private static void write(NumberWriter out, ReachedArgument argument) {
    write(out, argument.name());
    write(out, argument.unknown());
    out.number(argument.values().size());
    argument
        .values()
        .forEach(
            (value, place) -> {
              out.number(value);
              write(out, place);
            });
  }

  private static void write(NumberWriter out, List<String> texts) {
    out.number(texts.size());
    texts.forEach(text -> write(out, text));
  }

  private static void write(NumberWriter out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.number(bytes.length).bytes(bytes, 0, bytes.length);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws dev.hardwire.bytes.BytesException if it is something else
   */
  static DerivedFindings read(byte[] bytes) {
    NumberReader in = new NumberReader(bytes);
    List<ReachedCall> calls = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      long number = in.number();
      in.require(number == (int) number, "a number is too large");
      List<String> chain = texts(in, bytes);
      List<ReachedArgument> arguments = new ArrayList<>();
      for (int more = in.count(); more > 0; more--) {
        arguments.add(argument(in, bytes));
      }
      calls.add(new ReachedCall(name((int) number), (int) number, chain, arguments));
    }
    List<UnknownSite> unknown = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      unknown.add(
          new UnknownSite(
              text(in, bytes),
              text(in, bytes),
              text(in, bytes),
              CAUSES[in.below(CAUSES.length)],
              texts(in, bytes)));
    }
    DerivedFindings found =
        new DerivedFindings(calls, unknown, texts(in, bytes), texts(in, bytes), texts(in, bytes));
    in.requireEnd();
    return found;
  }

  /** The name of a system call; empty if none has the number. */
  static String name(int number) {
    return SyscallTable.of(Target.X86_64).name(number & 0xffff_ffffL).orElse("");
  }

  private static ReachedArgument argument(NumberReader in, byte[] bytes) {
    String name = text(in, bytes);
    String unknown = text(in, bytes);
    SortedMap<Long, String> values = new TreeMap<>();
    for (int left = in.count(); left > 0; left--) {
      values.put(in.number(), text(in, bytes));
    }
    return new ReachedArgument(name, values, unknown);
  }

  private static List<String> texts(NumberReader in, byte[] bytes) {
    List<String> texts = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      texts.add(text(in, bytes));
    }
    return texts;
  }

  private static String text(NumberReader in, byte[] bytes) {
    int length = in.count();
    return new String(bytes, in.skip(length), length, StandardCharsets.UTF_8);
  }
}
