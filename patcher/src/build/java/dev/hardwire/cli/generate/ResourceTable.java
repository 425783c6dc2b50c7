package dev.hardwire.cli.generate;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.text.Preset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Java source of a class that has files as constants, those that most patches read. */
public final class ResourceTable {
  /** The full name of the class. */
  public static final String NAME = "dev.hardwire.resource.ResourceTable";

  private ResourceTable() {}

  /**
   * Generates the source.
   *
   * @param classes the directory of classes and resources
   */
  public static String of(Path classes) throws IOException {
    StringBuilder cases = new StringBuilder();
    for (String path : paths()) {
      int slash = path.indexOf('/');
      String file = path.substring(0, slash).replace('.', '/') + path.substring(slash);
      byte[] content = Files.readAllBytes(classes.resolve(file));
      cases.append("      case \"").append(path).append("\" -> \"");
      literal(new String(content, StandardCharsets.ISO_8859_1), cases);
      cases.append("\";\n");
    }
    return """
    package dev.hardwire.resource;

    final class ResourceTable implements Resources.Table {
      static {
        Resources.register(new ResourceTable());
      }

      @Override
      public String content(String path) {
        return switch (path) {
    %s      default -> null;
        };
      }
    }
    """
        .formatted(cases);
  }

  /** Package and name of each file. */
  public static List<String> paths() {
    List<String> paths = new ArrayList<>();
    paths.add("dev.hardwire.policy/errno.txt");
    paths.add("dev.hardwire.elf.form/start-code.txt");
    paths.add("dev.hardwire.calls/groups.txt");
    for (Preset preset : Preset.values()) {
      paths.add("dev.hardwire.policy.text/presets/" + preset + ".yaml");
    }
    for (Target target : Target.values()) {
      paths.add("dev.hardwire.calls/syscalls-" + target.id() + ".txt");
      paths.add("dev.hardwire.stub/" + target.id() + ".stub");
      paths.add("dev.hardwire.stub/" + target.id() + ".cfi");
    }
    return paths;
  }

  private static void literal(String content, StringBuilder to) {
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
        to.append(c);
      } else {
        to.append('\\').append(Integer.toOctalString(c | 01000), 1, 4);
      }
    }
  }
}
