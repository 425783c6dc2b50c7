package dev.hardwire.cli.options;

import dev.hardwire.output.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a command writes a text, such as a policy. Other results, such as programs, have a {@link
 * Path}, which {@link GivenOptions} checks.
 *
 * @param file empty for standard output
 */
public record TextOutput(Optional<Path> file) {
  /** The name of standard output. */
  public static final String STANDARD_NAME = "-";

  public static final TextOutput STANDARD = new TextOutput(Optional.empty());

  /** An output as it is named on the command line. */
  public static TextOutput of(Path name) {
    return name.toString().equals(STANDARD_NAME) ? STANDARD : new TextOutput(Optional.of(name));
  }

  public boolean isStandard() {
    return file.isEmpty();
  }

  /** Throws if the file is one that the command reads. */
  public void refuse(Path used, String what) throws IOException {
    if (file.isPresent()) {
      Overwriting.refuse(file.get(), used, what);
    }
  }

  /** Throws if the file cannot be written, before the work is done that leads to the text. */
  public void check() throws IOException {
    if (file.isPresent()) {
      AtomicFile.check(file.get());
    }
  }

  public void write(String text, PrintWriter out) throws IOException {
    if (file.isPresent()) {
      AtomicFile.write(file.get(), text);
    } else {
      out.print(text);
      out.flush();
    }
  }

  /** What messages about the text begin with. */
  public String prefix() {
    return file.map(name -> name + ": ").orElse("");
  }
}
