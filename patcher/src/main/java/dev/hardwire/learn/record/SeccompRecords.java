package dev.hardwire.learn.record;

import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.log.LogLines;
import dev.hardwire.learn.log.Place;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads what the kernel recorded of denied calls and accesses from its log, the audit log or the
 * journal.
 */
public final class SeccompRecords {
  private final Consumer<Entry> consumer;
  private final Map<String, Boolean> seen = new LandlockRecords.Bounded<>();

  private final LandlockRecords landlock;

  private SeccompRecords(Consumer<Entry> consumer, Consumer<LandlockRecords.Access> accesses) {
    this.consumer = consumer;
    this.landlock = new LandlockRecords((access, place) -> accesses.accept(access));
  }

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
      String name,
      InputStream in,
      Consumer<Entry> consumer,
      Consumer<LandlockRecords.Access> accesses)
      throws IOException {
    SeccompRecords records = new SeccompRecords(consumer, accesses);
    LogLines lines = new LogLines(name, in);
    JournalLog journal = new JournalLog(records::accept, new Findings());
    for (LogLines.Line line = lines.next(); line != null; line = lines.next()) {
      Place place = new Place(name, line.number());
      boolean isJournal =
          journal.acceptExport(line, lines, place) || journal.acceptJson(line, place);
      if (!isJournal && !line.cut()) {
        KernelLine.parse(line.text()).ifPresent(found -> records.accept(found, place));
      }
    }
    journal.finish();
    records.landlock.finish();
  }

  private void accept(KernelLine line, Place place) {
    if (line instanceof KernelLine.Landlock found) {
      landlock.accept(found, place);
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
