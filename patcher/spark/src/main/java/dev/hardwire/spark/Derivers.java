package dev.hardwire.spark;

import dev.hardwire.derive.ClosureIdentity;
import dev.hardwire.derive.Deriver;
import dev.hardwire.work.FailureText;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.List;

/**
 * The derivers of an executor: one a thread, which keeps the libraries that it has read. It is made
 * anew when memory gets scarce: reading libraries again takes less time than a heap that is nearly
 * full takes the garbage collector.
 */
final class Derivers {
  /** Of the memory for long-lived objects, how much may be in use after a collection. */
  private static final double FULL = 0.7;

  /** Pools that a collection of long-lived objects is about; that of others is about two. */
  private static final int POOLS = 3;

  /** How often a deriver is used at least. */
  private static final int USES = 16;

  private static final ThreadLocal<Derivers> OWN = ThreadLocal.withInitial(Derivers::new);

  private final LibrarySummaries summaries = new LibrarySummaries();

  private SoftReference<Deriver> deriver = new SoftReference<>(null);

  /** The collections before the deriver was made. */
  private long collections;

  private int uses;

  private Derivers() {}

  /** That of the thread. */
  static Deriver own() {
    return OWN.get().get();
  }

  /** That of the thread, with summaries of libraries. */
  static Deriver own(LibrarySummaries.Place place) {
    OWN.get().summaries.use(place);
    return own();
  }

  private Deriver get() {
    Deriver known = deriver.get();
    long now = collections();
    if (known == null || (now > collections && uses >= USES && isScarce())) {
      known = new Deriver(summaries);
      deriver = new SoftReference<>(known);
      collections = now;
      uses = 0;
    }
    uses++;
    return known;
  }

  /** How often long-lived objects were collected, after which {@link #isScarce} is up to date. */
  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .filter(collector -> collector.getMemoryPoolNames().length == POOLS)
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  private static boolean isScarce() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().matches(".*(Old|Tenured).*"))
        .map(MemoryPoolMXBean::getCollectionUsage)
        .anyMatch(use -> use != null && use.getMax() > 0 && use.getUsed() > FULL * use.getMax());
  }

  /** What the derivation of a program depends on. */
  static FleetRow.Closure closure(Path program) {
    try {
      ClosureIdentity found = own().identity(program);
      return new FleetRow.Closure(found.text(), found.libraries(), "");
    } catch (IOException | RuntimeException e) {
      return new FleetRow.Closure("", List.of(), text(program, e));
    }
  }

  /** Why something cannot be derived; the program is named by who reads it. */
  static String text(Path program, Exception failure) {
    String text = FailureText.of(program.toString(), failure);
    return text == null ? failure.toString() : text.replaceFirst("^\\Q" + program + "\\E: ", "");
  }
}
