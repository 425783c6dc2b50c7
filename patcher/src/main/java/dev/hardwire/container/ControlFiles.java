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

/** The documents in the control archive of a Debian package that depend on its files. */
final class ControlFiles {
  static final String CONTROL = "control";
  static final String MD5SUMS = "md5sums";

  private static final int LARGEST = 16 << 20;
  private static final int KIBIBYTE = 1024;

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
        boolean isFirst = texts.put(header.name(), text(reader, header)) == null;
        ContainerException.require(isFirst, place, header.name() + " is there twice");
      }
    }
    ContainerException.require(texts.containsKey(CONTROL), place, "has no file \"control\"");
  }

  private static String text(TarReader reader, TarHeader header) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[(int) Math.max(1, header.size())];
    int count = reader.read(buffer, 0, buffer.length);
    while (count > 0) {
      out.write(buffer, 0, count);
      count = reader.read(buffer, 0, buffer.length);
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  /** The digests of the files; empty if the package has none. */
  Optional<String> md5sums() {
    return Optional.ofNullable(texts.get(MD5SUMS));
  }

  /** The package's name and version, such as {@code nginx 1.26.3-3}. */
  String title() throws IOException {
    return field("Package") + " " + field("Version");
  }

  /** The package's name. */
  String name() throws IOException {
    return field("Package");
  }

  private String field(String name) throws IOException {
    List<String> values = new ArrayList<>();
    for (String line : texts.get(CONTROL).split("\n", -1)) {
      if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
        values.add(line.substring(name.length() + 1).strip());
      }
    }
    ContainerException.require(
        values.size() == 1 && !values.get(0).isEmpty(),
        place,
        "\"control\" does not have one field " + name);
    return values.get(0);
  }

  /**
   * The control file of the changed package.
   *
   * @param suffix is appended to the version
   * @param growth of the files in bytes
   */
  String control(String suffix, long growth) throws IOException {
    String version = field("Version");
    StringBuilder text = new StringBuilder();
    for (String line : texts.get(CONTROL).split("(?<=\n)", -1)) {
      if (line.regionMatches(true, 0, "Version:", 0, 8)) {
        text.append(line, 0, line.indexOf(version, 8)).append(version).append(suffix).append('\n');
      } else if (line.regionMatches(true, 0, "Installed-Size:", 0, 15)) {
        text.append(installedSize(line, growth));
      } else {
        text.append(line);
      }
    }
    return text.toString();
  }

  private static String installedSize(String line, long growth) {
    String digits = line.substring(15).strip();
    if (!digits.matches("[0-9]{1,12}")) {
      return line;
    }
    long size = Long.parseLong(digits) + (growth + KIBIBYTE - 1) / KIBIBYTE;
    return line.substring(0, 15) + " " + size + "\n";
  }
}
