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
    byte[] content = bytes(path);
    List<X509CertificateHolder> found = new ArrayList<>();
    if (isPem(content)) {
      for (Object one : objects(path, content)) {
        if (one instanceof X509CertificateHolder certificate) {
          found.add(certificate);
        }
      }
    } else {
      found.add(der(path, () -> new X509CertificateHolder(content)));
    }
    if (found.isEmpty()) {
      throw new FileSystemException(path.toString(), null, "contains no certificate");
    }
    return found;
  }

  /** The revocation lists of a file; none is an error. */
  public static List<X509CRLHolder> revocationLists(Path path) throws IOException {
    byte[] content = bytes(path);
    List<X509CRLHolder> found = new ArrayList<>();
    if (isPem(content)) {
      for (Object one : objects(path, content)) {
        if (one instanceof X509CRLHolder list) {
          found.add(list);
        }
      }
    } else {
      found.add(der(path, () -> new X509CRLHolder(content)));
    }
    if (found.isEmpty()) {
      throw new FileSystemException(path.toString(), null, "contains no revocation list");
    }
    return found;
  }

  /** The parsers nest exceptions, and their messages have the names of the inner ones. */
  private static FileSystemException damaged(Path path, String what, Throwable cause) {
    String message = cause.getMessage() == null ? "it is damaged" : cause.getMessage();
    String reason = CLASS_NAME.matcher(message).replaceAll("");
    return new FileSystemException(path.toString(), null, what + ": " + reason);
  }

  private interface Parser<T> {
    T parse() throws IOException;
  }

  private static <T> T der(Path path, Parser<T> parser) throws IOException {
    try {
      return parser.parse();
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw damaged(path, "cannot be parsed as PEM or DER", e);
    }
  }
}
