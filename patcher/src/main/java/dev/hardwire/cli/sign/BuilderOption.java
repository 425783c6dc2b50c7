package dev.hardwire.cli.sign;

import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.work.Statement;
import java.net.URI;
import picocli.CommandLine.Option;

/** Who states provenance. */
@OptionHeading("Signing")
public final class BuilderOption {
  @Option(
      names = "--builder-id",
      paramLabel = "URI",
      description =
          "Name this builder in provenance: the platform that runs the command (default: the"
              + " package of Hardwire, which says nothing about the platform).")
  URI builder;

  /**
   * Checks the option.
   *
   * @param isUsed whether provenance is written
   * @param needed the option that makes it
   */
  public void check(boolean isUsed, String needed) {
    if (builder != null && !isUsed) {
      throw new UsageException("--builder-id requires " + needed);
    }
    if (builder != null && !builder.isAbsolute()) {
      throw new UsageException(
          "--builder-id: \"%s\" is not a URI with a scheme, such as https://ci.example/job"
              .formatted(builder));
    }
  }

  /** The builder's identifier. */
  public String id() {
    return builder == null ? Statement.unknownBuilder() : builder.toString();
  }
}
