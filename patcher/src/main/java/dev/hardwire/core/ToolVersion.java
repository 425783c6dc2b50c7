package dev.hardwire.core;

import java.lang.module.ModuleDescriptor;

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
}
