package dev.hardwire.cli.report;

import dev.hardwire.work.ToolVersion;
import picocli.CommandLine.IVersionProvider;

/** The version for {@code --version}. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {ToolVersion.line()};
  }
}
