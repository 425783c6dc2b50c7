package dev.hardwire.container.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Names in archives: relative paths without {@code ..}. */
public final class ArchiveNames {
  private static final int LONGEST = 4095;
  private static final int DEEPEST = 255;

  private ArchiveNames() {}

  /**
   * A name without {@code .} and without slashes at its ends; the root is empty.
   *
   * @throws ContainerException if it leads out of the archive, or is too long
   */
  public static String checked(String name, String place) throws IOException {
    String shown = TarHeader.shown(name);
    ContainerException.require(
        name.length() <= LONGEST, place, "a name has " + name.length() + " bytes");
    ContainerException.require(
        name.indexOf(0) < 0, place, shown.replace("\0", "?") + ": a name with a zero byte");
    List<String> parts = new ArrayList<>();
    for (String part : name.split("/", -1)) {
      ContainerException.require(
          !part.equals(".."), place, shown + ": a name with \"..\" leads out of the image");
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    ContainerException.require(
        parts.size() <= DEEPEST, place, shown + ": more than 255 levels of directories");
    return String.join("/", parts);
  }

  /** The directory of a name; that of a name at the top is empty. */
  public static String parent(String name) {
    int slash = name.lastIndexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }

  public static String last(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  public static String in(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }
}
