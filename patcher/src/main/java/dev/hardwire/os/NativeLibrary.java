package dev.hardwire.os;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

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

  /**
   * Loads the native library from a copy that exists only meanwhile. Nobody else can write the
   * copy, and its folder lets nobody else replace it.
   */
  private static final class PrivateCopy {
    private static final int RANDOM_BYTES = 16;

    /** Some of them may be mounted without the right to run programs. */
    private static final String[] FOLDERS = {
      System.getProperty("java.io.tmpdir"), "/dev/shm", "/var/tmp", System.getProperty("user.home")
    };

    private PrivateCopy() {}

    /** Loads the library from the first folder that allows it. */
    static boolean load(HostAbi host) throws IOException {
      byte[] content;
      try (InputStream in = NativeLibrary.open(host)) {
        content = in.readAllBytes();
      }
      IOException last = new IOException("no folder for temporary files");
      for (String folder : FOLDERS) {
        try {
          load(Path.of(folder).toAbsolutePath(), content);
          return true;
        } catch (UnsatisfiedLinkError e) {
          last = new FileSystemException(folder, null, "no library can be loaded from there");
          last.initCause(e);
        } catch (IOException e) {
          last = e;
        }
      }
      throw last;
    }

    private static void load(Path folder, byte[] content) throws IOException {
      Path copy = TrustedFolder.require(folder).resolve("hardwire-" + random() + ".so");
      try (FileChannel out =
          FileChannel.open(
              copy,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          out.write(rest);
        }
        System.load(copy.toString());
      } finally {
        Files.deleteIfExists(copy);
      }
    }

    /** Not by SecureRandom, which loads several hundred classes. */
    static String random() throws IOException {
      byte[] bytes = new byte[RANDOM_BYTES];
      try (FileInputStream in = new FileInputStream(new File("/dev/urandom"))) {
        if (in.readNBytes(bytes, 0, bytes.length) != bytes.length) {
          throw new IOException("/dev/urandom ends");
        }
      }
      return HexFormat.of().formatHex(bytes);
    }
  }
}
