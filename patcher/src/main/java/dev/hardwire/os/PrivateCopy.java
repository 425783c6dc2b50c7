package dev.hardwire.os;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;

/**
 * Loads the native library from a copy that exists only meanwhile. Nobody else can write the copy,
 * and its folder lets nobody else replace it.
 */
final class PrivateCopy {
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
