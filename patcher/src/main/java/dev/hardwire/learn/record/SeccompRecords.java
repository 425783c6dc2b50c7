package dev.hardwire.learn.record;

import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.log.LogLines;
import dev.hardwire.learn.log.Place;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads what the kernel recorded of denied calls and accesses from its log, the audit log or the
 * journal.
 */
public final class SeccompRecords {
  private static final int REMEMBERED = 1 << 16;
  private static final Access UNKNOWN = new Access("", 0, List.of(), "");

  private final Consumer<Entry> consumer;
  private final Map<String, Boolean> seen =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  private final Consumer<Access> accesses;

  /** The program and the process of each domain of Landlock, by its number. */
  private final Map<String, Access> domains =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Access> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Accesses whose domain the log has not told yet: its record may follow. */
  private final Map<String, List<KernelLine.Violation>> open = new LinkedHashMap<>();

  private int waiting;

  private SeccompRecords(Consumer<Entry> consumer, Consumer<Access> accesses) {
    this.consumer = consumer;
    this.accesses = accesses;
  }

  /**
   * An access that Landlock denied.
   *
   * @param executable the path of the program whose rules denied it, a character for each byte;
   *     empty if it is not known
   * @param process that made the rules; 0 if it is not known
   * @param blockers the rights that are missing, such as {@code fs.read_file}
   * @param object the path, a character for each byte, or the port; empty if there is none
   */
  public record Access(String executable, long process, List<String> blockers, String object) {}

  /**
   * A record.
   *
   * @param executable its path, a character for each byte; empty if it is not known
   * @param process its number; 0 if it is not known
   * @param architecture an AUDIT_ARCH_ value
   * @param call the number of the system call
   * @param instruction the address of the instruction behind the call; 0 if it is not known
   * @param code what the filter returned; empty if it is not known
   */
  public record Entry(
      String executable,
      long process,
      long architecture,
      long call,
      long instruction,
      Optional<Long> code) {}

  /**
   * Reads a log to its end.
   *
   * @param name for messages
   * @throws LearnException if it is no log
   */
  public static void read(
      String name, InputStream in, Consumer<Entry> consumer, Consumer<Access> accesses)
      throws IOException {
    SeccompRecords records = new SeccompRecords(consumer, accesses);
    LogLines lines = new LogLines(name, in);
    JournalLog journal = new JournalLog((line, place) -> records.accept(line), new Findings());
    for (LogLines.Line line = lines.next(); line != null; line = lines.next()) {
      Place place = new Place(name, line.number());
      boolean isJournal =
          journal.acceptExport(line, lines, place) || journal.acceptJson(line, place);
      if (!isJournal && !line.cut()) {
        KernelLine.parse(line.text()).ifPresent(records::accept);
      }
    }
    journal.finish();
    records.open.values().forEach(all -> all.forEach(one -> records.access(one, UNKNOWN)));
  }

  private void landlock(KernelLine.Landlock line) {
    KernelLine.Violation record = line.record();
    String domain = record.fields().getOrDefault("domain", "");
    Access known = domains.get(domain);
    if (!line.access()) {
      if (record.fields().containsKey("exe")) {
        Access maker =
            new Access(
                record.text("exe").orElse(""),
                KernelLog.number(record, "pid", 10).orElse(0L),
                List.of(),
                "");
        domains.put(domain, maker);
        List<KernelLine.Violation> before = open.remove(domain);
        if (before != null) {
          waiting -= before.size();
          before.forEach(one -> access(one, maker));
        }
      }
    } else if (known != null || waiting >= REMEMBERED) {
      access(record, known == null ? UNKNOWN : known);
    } else {
      open.computeIfAbsent(domain, unused -> new ArrayList<>()).add(record);
      waiting++;
    }
  }

  private void access(KernelLine.Violation record, Access maker) {
    String blockers = record.fields().getOrDefault("blockers", "");
    if (blockers.isEmpty()
        || (!record.id().isEmpty() && seen.put("access " + record.id(), true) != null)) {
      return;
    }
    String object =
        record
            .text("path")
            .or(
                () ->
                    Optional.ofNullable(record.fields().get("dest"))) // a port: no hexadecimal text
            .or(() -> Optional.ofNullable(record.fields().get("src")))
            .or(() -> record.text("ocomm"))
            .orElse("");
    accesses.accept(
        new Access(maker.executable(), maker.process(), List.of(blockers.split(",")), object));
  }

  private void accept(KernelLine line) {
    if (line instanceof KernelLine.Landlock landlock) {
      landlock(landlock);
    }
    if (!(line instanceof KernelLine.Violation violation)) {
      return;
    }
    if (!violation.id().isEmpty() && seen.put(violation.id(), true) != null) {
      return;
    }
    Optional<Long> architecture = KernelLog.number(violation, "arch", 16);
    Optional<Long> call = KernelLog.number(violation, "syscall", 10);
    if (architecture.isEmpty() || call.isEmpty() || architecture.get() > 0xffff_ffffL) {
      return;
    }
    consumer.accept(
        new Entry(
            violation.text("exe").or(() -> violation.text("comm")).orElse(""),
            KernelLog.number(violation, "pid", 10).orElse(0L),
            architecture.get(),
            call.get() & 0xffff_ffffL,
            address(violation.fields().getOrDefault("ip", "")),
            KernelLog.number(violation, "code", 16).filter(code -> code <= 0xffff_ffffL)));
  }

  /** A hexadecimal number of up to 64 bits; 0 if it is none. */
  private static long address(String text) {
    return text.matches("0x[0-9a-f]{1,16}") ? Long.parseUnsignedLong(text.substring(2), 16) : 0;
  }
}
