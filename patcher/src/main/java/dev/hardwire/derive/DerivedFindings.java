package dev.hardwire.derive;

import dev.hardwire.derive.Derivation.Cause;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.Derivation.UnknownSite;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the analysis of one program with its libraries found.
 *
 * @param calls by number
 * @param unknown calls whose numbers are not known
 * @param rules what was assumed
 * @param loaded names of libraries that may be loaded
 * @param composed places where such names are not constants
 */
record DerivedFindings(
    SortedMap<Integer, Found> calls,
    List<UnknownSite> unknown,
    List<String> rules,
    List<String> loaded,
    List<String> composed) {
  /**
   * A call.
   *
   * @param chain one way to it
   * @param arguments those that choose what it does
   */
  record Found(List<String> chain, List<ReachedArgument> arguments) {}

  /** Numbers of entries are refused above this. */
  private static final int MOST = 1 << 20;

  /** As bytes that {@link #read} understands. */
  byte[] write() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(calls.size());
      for (Map.Entry<Integer, Found> call : calls.entrySet()) {
        out.writeInt(call.getKey());
        write(out, call.getValue().chain());
        out.writeInt(call.getValue().arguments().size());
        for (ReachedArgument argument : call.getValue().arguments()) {
          write(out, argument);
        }
      }
      out.writeInt(unknown.size());
      for (UnknownSite site : unknown) {
        write(out, List.of(site.file(), site.place(), site.reason(), site.cause().name()));
        write(out, site.chain());
      }
      write(out, rules);
      write(out, loaded);
      write(out, composed);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, ReachedArgument argument) throws IOException {
    write(out, List.of(argument.name(), argument.unknown()));
    out.writeInt(argument.values().size());
    for (Map.Entry<Long, String> value : argument.values().entrySet()) {
      out.writeLong(value.getKey());
      write(out, List.of(value.getValue()));
    }
  }

  private static void write(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it is something else
   */
  static DerivedFindings read(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    SortedMap<Integer, Found> calls = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      int number = in.readInt();
      List<String> chain = texts(in);
      List<ReachedArgument> arguments = new ArrayList<>();
      for (int more = count(in); more > 0; more--) {
        arguments.add(argument(in));
      }
      calls.put(number, new Found(chain, arguments));
    }
    List<UnknownSite> unknown = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      List<String> site = texts(in, 4);
      unknown.add(
          new UnknownSite(site.get(0), site.get(1), site.get(2), cause(site.get(3)), texts(in)));
    }
    DerivedFindings found = new DerivedFindings(calls, unknown, texts(in), texts(in), texts(in));
    if (in.read() >= 0) {
      throw new IOException("more than expected");
    }
    return found;
  }

  private static Cause cause(String name) throws IOException {
    for (Cause cause : Cause.values()) {
      if (cause.name().equals(name)) {
        return cause;
      }
    }
    throw new IOException("the cause " + name);
  }

  private static ReachedArgument argument(DataInputStream in) throws IOException {
    List<String> texts = texts(in, 2);
    SortedMap<Long, String> values = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      values.put(in.readLong(), texts(in, 1).get(0));
    }
    return new ReachedArgument(texts.get(0), values, texts.get(1));
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST) {
      throw new IOException("a count of %d".formatted(count));
    }
    return count;
  }

  private static List<String> texts(DataInputStream in, int size) throws IOException {
    List<String> texts = texts(in);
    if (texts.size() != size) {
      throw new IOException("%d texts, not %d".formatted(texts.size(), size));
    }
    return texts;
  }

  private static List<String> texts(DataInputStream in) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      int length = count(in);
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException();
      }
      texts.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return texts;
  }
}
