package dev.hardwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The libraries and launchers of each architecture, which it writes into a folder. */
public final class Carriers {
  private final Path folder;

  public Carriers(Path folder) {
    this.folder = folder;
  }

  /** The library for programs like a fixture; with the same options it is the same file. */
  public Path library(Fixture fixture, Object... options) {
    return library(fixture.machine(), options);
  }

  /** The library for an architecture, as {@link Target#id} names it. */
  public Path library(String machine, Object... options) {
    return written("library", machine, ".so", options);
  }

  /** The launcher for programs like a fixture. */
  public Path launcher(Fixture fixture, Object... options) {
    return launcher(fixture.machine(), options);
  }

  /** The launcher for an architecture. */
  public Path launcher(String machine, Object... options) {
    return written("launcher", machine, "", options);
  }

  private synchronized Path written(String command, String machine, String end, Object... options) {
    List<Object> given = List.of(options);
    Path file = folder.resolve("%s-%s-%08x%s".formatted(command, machine, given.hashCode(), end));
    if (!Files.exists(file)) {
      Outcome outcome = Cli.run(command, "--arch", machine, "-o", file, flat(given));
      outcome.succeeds();
      assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    }
    return file;
  }

  private static List<Object> flat(List<Object> options) {
    return options.stream()
        .<Object>flatMap(o -> o instanceof List<?> list ? list.stream() : List.of(o).stream())
        .toList();
  }
}
