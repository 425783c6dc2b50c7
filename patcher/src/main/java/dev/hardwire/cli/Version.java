package dev.hardwire.cli;

import picocli.CommandLine.IVersionProvider;

/** The version from the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  /** Name and version. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return "hardwire " + (version == null ? "(unpackaged)" : version);
  }
}
