package dev.hardwire.cli.report;

import picocli.CommandLine.IVersionProvider;

/** The version from the jar's manifest. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  /** Name and version. */
  public static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return "hardwire " + (version == null ? "(unpackaged)" : version);
  }
}
