package dev.hardwire.derive;

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
 * @param calls one way to each call, by number
 * @param unknown calls whose numbers are not known
 * @param rules what was assumed
 * @param loaded names of libraries that may be loaded
 */
record Findings(
    SortedMap<Integer, List<String>> calls,
    List<UnknownSite> unknown,
    List<String> rules,
    List<String> loaded) {
  /** Numbers of entries are refused above this. */
  private static final int MOST = 1 << 20;

  /** As bytes that {@link #read} understands. */
  byte[] write() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(calls.size());
      for (Map.Entry<Integer, List<String>> call : calls.entrySet()) {
        out.writeInt(call.getKey());
        write(out, call.getValue());
      }
      out.writeInt(unknown.size());
      for (UnknownSite site : unknown) {
        write(out, List.of(site.file(), site.place(), site.reason()));
        write(out, site.chain());
      }
      write(out, rules);
      write(out, loaded);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
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
  static Findings read(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    SortedMap<Integer, List<String>> calls = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      calls.put(in.readInt(), texts(in));
    }
    List<UnknownSite> unknown = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      List<String> site = texts(in);
      if (site.size() != 3) {
        throw new IOException("a site has %d texts".formatted(site.size()));
      }
      unknown.add(new UnknownSite(site.get(0), site.get(1), site.get(2), texts(in)));
    }
    Findings found = new Findings(calls, unknown, texts(in), texts(in));
    if (in.read() >= 0) {
      throw new IOException("more than expected");
    }
    return found;
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST) {
      throw new IOException("a count of %d".formatted(count));
    }
    return count;
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
