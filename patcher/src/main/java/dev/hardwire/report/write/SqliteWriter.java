package dev.hardwire.report.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Programs as a database of SQLite with the table {@code rows}, whose columns are {@link
 * ProgramColumns}; lists are JSON. The file format is that of sqlite.org/fileformat2.html, sections
 * 1 and 2, written once from the first page to the last: leaves and overflow pages in the order of
 * the rows, then the pages above them.
 */
public final class SqliteWriter {
  private static final int PAGE = 4096;
  private static final int HEADER = 100;
  private static final int LEAF = 13;
  private static final int INTERIOR = 5;
  private static final int LEAF_HEAD = 8;
  private static final int INTERIOR_HEAD = 12;
  private static final int POINTER = 2;

  /** The longest cell of a page above others: a page and a key. */
  private static final int MOST_CHILD = 4 + 9;

  /** The longest record that lies in its leaf as a whole, and what stays there of longer ones. */
  private static final int MOST_LOCAL = PAGE - 35;

  private static final int LEAST_LOCAL = (PAGE - 12) * 32 / 255 - 23;

  /** Of SQLite, whose rules the file follows: 3.8.0. */
  private static final int VERSION = 3_008_000;

  private static final int SCHEMA_FORMAT = 4;
  private static final int ENCODING_UTF_8 = 1;

  /** A page and the largest key in it or below it. */
  private record Child(int page, long last) {}

  private final List<byte[]> pages = new ArrayList<>();
  private final List<byte[]> cells = new ArrayList<>();
  private final List<Child> leaves = new ArrayList<>();
  private int used = LEAF_HEAD;
  private long rows;

  private SqliteWriter() {
    pages.add(new byte[PAGE]);
  }

  /** The database of a report. */
  public static Bytes of(AuditReport report) {
    SqliteWriter writer = new SqliteWriter();
    for (ProgramView program : report.programs()) {
      writer.add(ProgramColumns.NAMES, columns(program));
    }
    return writer.finish(ProgramColumns.NAMES);
  }

  /**
   * The database of rows.
   *
   * @param names of their columns, in order
   */
  public static Bytes of(List<String> names, List<Map<String, Object>> rows) {
    SqliteWriter writer = new SqliteWriter();
    rows.forEach(row -> writer.add(names, row));
    return writer.finish(names);
  }

  private static Map<String, Object> columns(ProgramView program) {
    Origin origin = program.origin();
    Optional<String> archive = origin.inside().map(Origin.Inside::archive);
    return ProgramColumns.of(
        program, archive.orElse(origin.path()), archive.isPresent() ? "" : program.sha256());
  }

  private static String type(String column) {
    return switch (column) {
      case "verified", "calls_allowed", "calls_conditional" -> " INTEGER";
      default -> " TEXT";
    };
  }

  private void add(List<String> names, Map<String, Object> row) {
    List<Object> values = new ArrayList<>();
    names.forEach(name -> values.add(row.get(name)));
    byte[] record = record(values);
    rows++;
    ByteArrayOutputStream cell = new ByteArrayOutputStream();
    varint(cell, record.length);
    varint(cell, rows);
    int local = record.length;
    if (record.length > MOST_LOCAL) {
      int rest = LEAST_LOCAL + (record.length - LEAST_LOCAL) % (PAGE - 4);
      local = rest <= MOST_LOCAL ? rest : LEAST_LOCAL;
    }
    cell.write(record, 0, local);
    int length = cell.size() + (local < record.length ? 4 : 0);
    if (used + length + POINTER > PAGE) {
      leaf(rows - 1);
    }
    if (local < record.length) {
      // The leaf gets its page number only when it is full, so its overflow pages come before it.
      cell.writeBytes(u32(overflow(record, local)));
    }
    cells.add(cell.toByteArray());
    used += length + POINTER;
  }

  /** Writes the rest of a record, and returns its first page. */
  private int overflow(byte[] record, int from) {
    int first = pages.size() + 1;
    for (int at = from; at < record.length; at += PAGE - 4) {
      int length = Math.min(PAGE - 4, record.length - at);
      boolean isLast = at + length == record.length;
      byte[] page = new byte[PAGE];
      ByteBuffer.wrap(page).putInt(isLast ? 0 : pages.size() + 2).put(record, at, length);
      pages.add(page);
    }
    return first;
  }

  private void leaf(long last) {
    byte[] page = new byte[PAGE];
    fill(page, 0, LEAF, LEAF_HEAD, cells);
    pages.add(page);
    leaves.add(new Child(pages.size(), last));
    cells.clear();
    used = LEAF_HEAD;
  }

  /** Writes the head of a page, pointers to cells, and the cells from its end on. */
  private static void fill(byte[] page, int start, int kind, int head, List<byte[]> cells) {
    ByteBuffer out = ByteBuffer.wrap(page);
    int at = PAGE;
    int pointer = start + head;
    for (byte[] cell : cells) {
      at -= cell.length;
      out.put(at, cell);
      out.putShort(pointer, (short) at);
      pointer += POINTER;
    }
    out.put(start, (byte) kind);
    out.putShort(start + 3, (short) cells.size());
    out.putShort(start + 5, (short) at);
  }

  private Bytes finish(List<String> names) {
    List<String> columns = names.stream().map(name -> '"' + name + '"' + type(name)).toList();
    String schema = "CREATE TABLE rows(" + String.join(", ", columns) + ")";
    leaf(rows);
    List<Child> level = leaves;
    while (level.size() > 1) {
      level = above(level);
    }
    byte[] first = pages.get(0);
    byte[] record = record(List.of("table", "rows", "rows", (long) level.get(0).page(), schema));
    ByteArrayOutputStream cell = new ByteArrayOutputStream();
    varint(cell, record.length);
    varint(cell, 1);
    cell.writeBytes(record);
    fill(first, HEADER, LEAF, LEAF_HEAD, List.of(cell.toByteArray()));
    ByteBuffer head = ByteBuffer.wrap(first);
    head.put("SQLite format 3\0".getBytes(UTF_8));
    head.putShort((short) PAGE);
    head.put(new byte[] {1, 1, 0, 64, 32, 32});
    head.putInt(1).putInt(pages.size());
    head.putInt(40, 1).putInt(44, SCHEMA_FORMAT).putInt(56, ENCODING_UTF_8);
    head.putInt(92, 1).putInt(96, VERSION);
    ByteArrayOutputStream all = new ByteArrayOutputStream(pages.size() * PAGE);
    pages.forEach(all::writeBytes);
    return Bytes.wrap(all.toByteArray());
  }

  private List<Child> above(List<Child> level) {
    List<Child> found = new ArrayList<>();
    List<byte[]> children = new ArrayList<>();
    int size = INTERIOR_HEAD;
    for (int i = 0; i < level.size(); i++) {
      Child child = level.get(i);
      ByteArrayOutputStream cell = new ByteArrayOutputStream();
      cell.writeBytes(u32(child.page()));
      varint(cell, child.last());
      int left = level.size() - 1 - i;
      boolean isFull = size + 3 * (MOST_CHILD + POINTER) > PAGE && left != 1; // none has only one
      if (left > 0 && !isFull) {
        children.add(cell.toByteArray());
        size += cell.size() + POINTER;
        continue;
      }
      byte[] page = new byte[PAGE];
      fill(page, 0, INTERIOR, INTERIOR_HEAD, children);
      ByteBuffer.wrap(page).putInt(LEAF_HEAD, child.page());
      pages.add(page);
      found.add(new Child(pages.size(), child.last()));
      children.clear();
      size = INTERIOR_HEAD;
    }
    return found;
  }

  private static byte[] record(Iterable<Object> values) {
    ByteArrayOutputStream types = new ByteArrayOutputStream();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Object value : values) {
      if (value == null) {
        types.write(0);
      } else if (value instanceof Boolean truth) {
        types.write(truth ? 9 : 8);
      } else if (value instanceof Number number) {
        types.write(4);
        body.writeBytes(u32(number.intValue()));
      } else {
        String text = value instanceof String plain ? plain : RecordJson.text(value);
        byte[] bytes = text.getBytes(UTF_8);
        varint(types, 13 + 2L * bytes.length);
        body.writeBytes(bytes);
      }
    }
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    int size = types.size() + 1; // the size counts itself
    varint(record, size < 128 ? size : size + 1);
    record.writeBytes(types.toByteArray());
    record.writeBytes(body.toByteArray());
    return record.toByteArray();
  }

  /** Seven bits in each byte, the most significant ones first. */
  private static void varint(ByteArrayOutputStream out, long value) {
    int bits = 7;
    while (bits < 56 && value >>> bits != 0) {
      bits += 7;
    }
    for (int shift = bits - 7; shift >= 0; shift -= 7) {
      int low = (int) ((value >>> shift) & 0x7f);
      out.write(shift == 0 ? low : low | 0x80);
    }
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }
}
