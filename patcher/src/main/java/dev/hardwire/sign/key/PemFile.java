package dev.hardwire.sign.key;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMParser;

/** Reads PEM files (RFC 7468), and single certificates and CRLs in DER. */
public final class PemFile {
  private static final long LIMIT = 16L << 20;

  private static final Pattern CLASS_NAME =
      Pattern.compile("\\b([a-z]\\w*\\.)+[A-Z]\\w*(Exception|Error): ");

  private PemFile() {}

  static byte[] bytes(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile() || attributes.size() > LIMIT) {
      throw new FileSystemException(path.toString(), null, "not a regular file of at most 16 MiB");
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes((int) attributes.size());
      if (content.length != attributes.size()
          || Files.readAttributes(path, BasicFileAttributes.class).size() != attributes.size()) {
        throw new FileSystemException(path.toString(), null, "the file changed while it was read");
      }
      return content;
    }
  }

  static boolean isPem(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
  }

  /** The objects in a PEM file that Bouncy Castle supports, in order. */
  static List<Object> objects(Path path, byte[] content) throws IOException {
    List<Object> objects = new ArrayList<>();
    try (Reader text =
            new java.io.InputStreamReader(
                new java.io.ByteArrayInputStream(content), StandardCharsets.ISO_8859_1);
        PEMParser parser = new PEMParser(text)) {
      for (Object one = parser.readObject(); one != null; one = parser.readObject()) {
        objects.add(one);
      }
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw damaged(path, "cannot be parsed as PEM", e);
    }
    return objects;
  }

  /** The certificates of a file; none is an error. */
  public static List<X509CertificateHolder> certificates(Path path) throws IOException {
    return read(path, X509CertificateHolder.class, X509CertificateHolder::new, "certificate");
  }

  /** The revocation lists of a file; none is an error. */
  public static List<X509CRLHolder> revocationLists(Path path) throws IOException {
    return read(path, X509CRLHolder.class, X509CRLHolder::new, "revocation list");
  }

  private interface Parser<T> {
    T parse(byte[] der) throws IOException;
  }

  private static <T> List<T> read(Path path, Class<T> type, Parser<T> parser, String what)
      throws IOException {
    byte[] content = bytes(path);
    List<T> found = new ArrayList<>();
    if (isPem(content)) {
      objects(path, content).stream().filter(type::isInstance).map(type::cast).forEach(found::add);
    } else {
      try {
        found.add(parser.parse(content));
      } catch (IOException | RuntimeException | StackOverflowError e) {
        throw damaged(path, "cannot be parsed as PEM or DER", e);
      }
    }
    if (found.isEmpty()) {
      throw new FileSystemException(path.toString(), null, "contains no " + what);
    }
    return found;
  }

  /** The parsers nest exceptions, and their messages have the names of the inner ones. */
  private static FileSystemException damaged(Path path, String what, Throwable cause) {
    String message = cause.getMessage() == null ? "it is damaged" : cause.getMessage();
    String reason = CLASS_NAME.matcher(message).replaceAll("");
    return new FileSystemException(path.toString(), null, what + ": " + reason);
  }
}
