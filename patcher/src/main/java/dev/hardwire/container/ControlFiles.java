package dev.hardwire.container;

import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.TarReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The documents in the control archive of a Debian package that depend on its files. */
final class ControlFiles {
  static final String CONTROL = "control";
  static final String MD5SUMS = "md5sums";

  private static final int LARGEST = 16 << 20;
  private static final int KIBIBYTE = 1024;
  private static final String PROVIDES = "Provides";

  /** The last package in a list, with an exact version. */
  private static final Pattern OWN =
      Pattern.compile("[:,\\s]([a-z0-9][a-z0-9+.-]*) \\(= ([^)\\s]+)\\)\\s*$");

  /** Follows the version of a package in which programs were changed for the first time. */
  private static final String FIRST = "a~hardwire1";

  private static final Pattern CHANGED = Pattern.compile("(.*a~hardwire)([0-9]{1,6})");

  private final Map<String, String> texts = new HashMap<>();
  private final String place;

  /**
   * No documents.
   *
   * @param place of the archive, for messages
   */
  ControlFiles(String place) {
    this.place = place;
  }

  /** Reads them from an archive. */
  void read(InputStream in) throws IOException {
    TarReader reader = new TarReader(in, place);
    for (Optional<TarHeader> next = reader.next(); next.isPresent(); next = reader.next()) {
      TarHeader header = next.get();
      if (header.name().equals(CONTROL) || header.name().equals(MD5SUMS)) {
        ContainerException.require(
            header.size() <= LARGEST, place, header.name() + " is larger than 16 MiB");
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        reader.transferTo(text, header.size());
        boolean isFirst =
            texts.put(header.name(), text.toString(StandardCharsets.ISO_8859_1)) == null;
        ContainerException.require(isFirst, place, header.name() + " is there twice");
      }
    }
    ContainerException.require(texts.containsKey(CONTROL), place, "has no file \"control\"");
  }

  /** The digests of the files; empty if the package has none. */
  Optional<String> md5sums() {
    return Optional.ofNullable(texts.get(MD5SUMS));
  }

  String name() throws IOException {
    return field("Package");
  }

  private String field(String name) throws IOException {
    List<String> values = new ArrayList<>();
    for (String field : fields()) {
      if (is(field, name)) {
        values.add(field.substring(name.length() + 1).strip());
      }
    }
    ContainerException.require(
        values.size() == 1 && !values.get(0).isEmpty(),
        place,
        "\"control\" does not have one field " + name);
    return values.get(0);
  }

  /**
   * The control file of a package with changed programs. If the version changes, the package also
   * provides its former one, for packages that depend on exactly that.
   *
   * @param suffix is appended to the version; if absent, the new version is the next one, below all
   *     updates
   * @param growth of the files in bytes
   */
  String control(Optional<String> suffix, long growth) throws IOException {
    String old = field("Version");
    String version = suffix.isPresent() ? old + suffix.get() : next(old);
    boolean isKept = version.equals(old) || provided().isPresent();
    String provides = isKept ? "" : name() + " (= " + old + ")";
    boolean hasProvides = fields().stream().anyMatch(field -> is(field, PROVIDES));
    StringBuilder text = new StringBuilder();
    for (String field : fields()) {
      if (is(field, "Version")) {
        text.append(withVersion(field, old, version));
        text.append(isKept || hasProvides ? "" : PROVIDES + ": " + provides + "\n");
      } else if (is(field, PROVIDES) && !isKept) {
        text.append(field.stripTrailing()).append(", ").append(provides).append('\n');
      } else {
        text.append(is(field, "Installed-Size") ? installedSize(field, growth) : field);
      }
    }
    return text.toString();
  }

  /** The control file that {@link #control} had before the programs were changed. */
  String original(long growth) throws IOException {
    Optional<String> old = provided();
    StringBuilder text = new StringBuilder();
    for (String field : fields()) {
      if (is(field, "Version") && old.isPresent()) {
        text.append(withVersion(field, field("Version"), old.get()));
      } else if (is(field, PROVIDES) && old.isPresent()) {
        String last = name() + " (= " + old.get() + ")";
        String rest = field.stripTrailing();
        rest = rest.substring(0, rest.length() - last.length()).stripTrailing();
        text.append(rest.endsWith(",") ? rest.substring(0, rest.length() - 1) + "\n" : "");
      } else {
        text.append(is(field, "Installed-Size") ? installedSize(field, growth) : field);
      }
    }
    return text.toString();
  }

  /** The version from which that of this package was made; empty if it is not such a package. */
  private Optional<String> provided() throws IOException {
    String version = field("Version");
    for (String field : fields()) {
      Matcher own = OWN.matcher(field);
      if (is(field, PROVIDES)
          && own.find()
          && own.group(1).equals(name())
          && version.length() > own.group(2).length()
          && version.startsWith(own.group(2))) {
        return Optional.of(own.group(2));
      }
    }
    return Optional.empty();
  }

  /**
   * The version that is just above one, by the order of deb-version(7): at the end of a version a
   * tilde counts less than nothing, nothing less than letters, and letters less than all else. So
   * it is below every update, whose suffix begins with a letter ({@code ubuntu0.1}, {@code build1})
   * or another character ({@code +deb13u1}, {@code +b1}).
   */
  private static String next(String version) {
    Matcher changed = CHANGED.matcher(version);
    if (changed.matches()) {
      return changed.group(1) + (Integer.parseInt(changed.group(2)) + 1);
    }
    String zero = Character.isDigit(version.charAt(version.length() - 1)) ? "" : "0";
    return version + (version.indexOf('-') < 0 ? "-0" : zero) + FIRST;
  }

  private static String withVersion(String field, String old, String version) {
    return field.substring(0, field.indexOf(old, 8)) + version + "\n";
  }

  /** The fields with their names, each with all of its lines. */
  private List<String> fields() {
    return List.of(texts.get(CONTROL).split("(?<=\n)(?![ \t])", -1));
  }

  private static boolean is(String field, String name) {
    return field.regionMatches(true, 0, name + ":", 0, name.length() + 1);
  }

  private static String installedSize(String field, long growth) {
    String digits = field.substring(15).strip();
    if (!digits.matches("[0-9]{1,12}")) {
      return field;
    }
    long kibibytes = (Math.abs(growth) + KIBIBYTE - 1) / KIBIBYTE;
    long size = Long.parseLong(digits) + (growth < 0 ? -kibibytes : kibibytes);
    return field.substring(0, 15) + " " + Math.max(0, size) + "\n";
  }
}
