package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.container.archive.UnpackLimit;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How much layers of images and members of packages may unpack to. */
@OptionHeading("Container images and packages")
public final class UnpackOption {
  @Option(
      names = UnpackLimit.OPTION,
      paramLabel = "GIB",
      description =
          "Accept layers and members of packages of up to so many GiB when they are unpacked"
              + " (default: 16, and at most 250 times their size).")
  Integer gibibytes;

  public UnpackLimit limit() {
    if (gibibytes == null) {
      return UnpackLimit.USUAL;
    }
    if (gibibytes < 1 || gibibytes > UnpackLimit.MOST) {
      throw new UsageException(
          "%s must be from 1 to %,d".formatted(UnpackLimit.OPTION, UnpackLimit.MOST));
    }
    return new UnpackLimit(OptionalInt.of(gibibytes));
  }
}
