package dev.hardwire.os;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Finds and loads the native library of the host. An installation has it in the folder {@code
 * native} beside the jar. Otherwise it is taken out of the jar into a private file, which is
 * deleted as soon as it is loaded.
 *
 * <p>Invariant: what is loaded can be changed only by a user who can change the classes, or by
 * root.
 */
final class NativeLibrary {
  private static final int WRITABLE_BY_OTHERS = 022;
  private static final String FOLDER = "native";

  private static String fault = "";

  private NativeLibrary() {}

  /** Loads the library; null if that cannot be done. */
  static HostAbi load() {
    String system = System.getProperty("os.name");
    String architecture = System.getProperty("os.arch");
    HostAbi host = HostAbi.of(system, architecture);
    if (host == null) {
      fault = "there is no native library for " + system + " on " + architecture;
      return null;
    }
    try {
      return isInstalled(host) || isInClassFolder(host) || PrivateCopy.load(host) ? host : null;
    } catch (IOException | LinkageError e) {
      fault = "the native library cannot be loaded: " + e.getMessage();
      return null;
    }
  }

  /** Why there is no library. */
  static String fault() {
    return fault;
  }

  /** Opens the library that the classes come with. */
  static InputStream open(HostAbi host) throws IOException {
    InputStream in = NativeLibrary.class.getResourceAsStream(host.id() + ".so");
    if (in == null) {
      throw new IOException(host.id() + ".so is missing in the jar");
    }
    return in;
  }

  private static boolean isInstalled(HostAbi host) throws IOException {
    String path = System.getProperty("java.class.path");
    if (!path.endsWith(".jar") || path.indexOf(File.pathSeparatorChar) >= 0) {
      return false;
    }
    Path jar = Path.of(path).toAbsolutePath();
    Path folder = jar.resolveSibling(FOLDER);
    Path library = folder.resolve(host.id() + ".so");
    if (!library.toFile().exists() || !isTrustedAs(jar, folder) || !isTrustedAs(jar, library)) {
      return false;
    }
    System.load(library.toString());
    return true;
  }

  /** Whether a file belongs to the owner of another, or to root, and others cannot change it. */
  private static boolean isTrustedAs(Path jar, Path file) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    Object owner = found.get("uid");
    return ((Integer) found.get("mode") & WRITABLE_BY_OTHERS) == 0
        && (owner.equals(0) || owner.equals(Files.getAttribute(jar, "unix:uid")));
  }

  /** Classes that are files have the library beside them. */
  private static boolean isInClassFolder(HostAbi host) {
    var place = NativeLibrary.class.getResource(host.id() + ".so");
    if (place == null || !place.getProtocol().equals("file")) {
      return false;
    }
    System.load(new File(place.getPath()).getAbsolutePath());
    return true;
  }
}
