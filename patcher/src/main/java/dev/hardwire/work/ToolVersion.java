package dev.hardwire.work;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;

/** The version of this build. */
public final class ToolVersion {
  private ToolVersion() {}

  /** Name and version: from the jar's manifest, or of the module on a module path. */
  public static String text() {
    String version = ToolVersion.class.getPackage().getImplementationVersion();
    if (version == null) {
      ModuleDescriptor module = ToolVersion.class.getModule().getDescriptor();
      version = module == null ? null : module.rawVersion().orElse(null);
    }
    return "hardwire " + (version == null ? "(unpackaged)" : version);
  }

  /** What {@code --version} prints: also the commit and the JVM. */
  public static String line() {
    String java = System.getProperty("java.runtime.version");
    String vendor = System.getProperty("java.vm.vendor");
    return text() + " (commit " + commit() + ", Java " + java + " by " + vendor + ")";
  }

  /** The commit that was built, which the build writes beside this class; else "unknown". */
  public static String commit() {
    try (InputStream in = ToolVersion.class.getResourceAsStream("commit.txt")) {
      return in == null
          ? "unknown"
          : new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
