package dev.hardwire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of packages in {@code docs/architecture.md}. A row names one top-level package, perhaps
 * with packages inside it, and what it may use: {@code nothing}, a list, {@code the above}, or
 * {@code all}.
 */
final class PackageTable {
  private static final Pattern ROW = Pattern.compile("\\| (`[^|]*) \\| [^|]* \\| ([^|]*) \\|");

  /** The package that the table names in full; its last part stands for it. */
  private static final String FACADE = "dev.hardwire";

  private static final Pattern NAME = Pattern.compile("[a-z]+");

  private PackageTable() {}

  /** What each top-level package may use. */
  static Map<String, Set<String>> read(Path file) throws IOException {
    Map<String, Set<String>> table = new LinkedHashMap<>();
    List<String> everywhere = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(file)) {
      Matcher row = ROW.matcher(line);
      if (line.startsWith("| package | contents |")) {
        inside = true;
      } else if (inside && row.matches()) {
        String name = row.group(1).replace(FACADE, "hardwire").replaceAll("`([a-z]+)[`.].*", "$1");
        if (row.group(2).equals("all")) {
          everywhere.add(name);
        }
        table.put(name, uses(row.group(2).replace(FACADE, "hardwire"), table.keySet()));
      } else if (inside && !line.startsWith("|--")) {
        break;
      }
    }
    everywhere.forEach(name -> table.get(name).addAll(table.keySet()));
    return table;
  }

  private static Set<String> uses(String cell, Set<String> above) {
    if (cell.equals("nothing") || cell.equals("all")) {
      return new TreeSet<>();
    }
    if (cell.equals("the above")) {
      return new TreeSet<>(above);
    }
    Set<String> names = new TreeSet<>();
    for (String name : cell.replace("`", "").split(", ", -1)) {
      if (!NAME.matcher(name).matches()) {
        throw new AssertionError("the cell '" + cell + "' is not understood");
      }
      names.add(name);
    }
    return names;
  }
}
