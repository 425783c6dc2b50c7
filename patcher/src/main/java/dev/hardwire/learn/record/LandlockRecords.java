package dev.hardwire.learn.record;

import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Joins the kernel's records of accesses that Landlock denied with those of the domains whose rules
 * denied them. The kernel writes the record of a domain once, beside its first denial.
 */
public final class LandlockRecords {
  private static final int REMEMBERED = 1 << 16;
  private static final Access UNKNOWN = new Access("", 0, List.of(), "");

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

  /** An access whose domain the log has not told yet. */
  private record Open(KernelLine.Violation record, Place place) {}

  /** Forgets the oldest entries, so that memory is bounded. */
  static final class Bounded<V> extends LinkedHashMap<String, V> {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
      return size() > REMEMBERED;
    }
  }

  private final BiConsumer<Access, Place> consumer;
  private final Map<String, Boolean> seen = new Bounded<>();

  /** The program and the process of each domain, by its number. */
  private final Map<String, Access> domains = new Bounded<>();

  /** By the number of the domain, whose record may follow. */
  private final Map<String, List<Open>> open = new LinkedHashMap<>();

  private int waiting;

  /**
   * Begins with nothing known.
   *
   * @param consumer takes each access once, when the program is known, or at the end
   */
  LandlockRecords(BiConsumer<Access, Place> consumer) {
    this.consumer = consumer;
  }

  void accept(KernelLine.Landlock line, Place place) {
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
        List<Open> before = open.remove(domain);
        if (before != null) {
          waiting -= before.size();
          before.forEach(one -> access(one.record(), maker, one.place()));
        }
      }
    } else if (known != null || waiting >= REMEMBERED) {
      access(record, known == null ? UNKNOWN : known, place);
    } else {
      open.computeIfAbsent(domain, unused -> new ArrayList<>()).add(new Open(record, place));
      waiting++;
    }
  }

  /** The end of the logs: the domains that are still open are not known. */
  void finish() {
    open.values().forEach(all -> all.forEach(o -> access(o.record(), UNKNOWN, o.place())));
    open.clear();
    waiting = 0;
  }

  private void access(KernelLine.Violation record, Access maker, Place place) {
    String blockers = record.fields().getOrDefault("blockers", "");
    // one event may have several accesses
    String key = record.id() + ' ' + record.fields();
    if (blockers.isEmpty() || (!record.id().isEmpty() && seen.put(key, true) != null)) {
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
    consumer.accept(
        new Access(maker.executable(), maker.process(), List.of(blockers.split(",")), object),
        place);
  }
}
