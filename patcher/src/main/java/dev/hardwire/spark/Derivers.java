package dev.hardwire.spark;

import dev.hardwire.cli.report.Failures;
import dev.hardwire.derive.Deriver;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Path;

/** The derivers of an executor: one a thread, which keeps the libraries that it has read. */
final class Derivers {
  private static final ThreadLocal<SoftReference<Deriver>> OWN = new ThreadLocal<>();

  private Derivers() {}

  /** That of the thread. It is made anew when memory gets scarce. */
  static Deriver own() {
    SoftReference<Deriver> known = OWN.get();
    Deriver deriver = known == null ? null : known.get();
    if (deriver == null) {
      deriver = new Deriver();
      OWN.set(new SoftReference<>(deriver));
    }
    return deriver;
  }

  /** Reads closures. */
  static final class Closures implements ClosureReader {
    @Override
    public Closure of(Path program) {
      try {
        return new Closure(own().identity(program), "");
      } catch (IOException | RuntimeException e) {
        return new Closure("", text(program, e));
      }
    }
  }

  /** Why something cannot be derived; the program is named by who reads it. */
  static String text(Path program, Exception failure) {
    String text = Failures.text(program.toString(), failure);
    return text == null ? failure.toString() : text.replaceFirst("^\\Q" + program + "\\E: ", "");
  }
}
