package dev.hardwire.cli.options;

import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.FileSigner;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.Digest;
import dev.hardwire.sign.FileSignature;
import dev.hardwire.sign.Identity;
import dev.hardwire.sign.KeyReader;
import dev.hardwire.sign.KeyRequest;
import dev.hardwire.sign.TimeStampAuthority;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Who signs, and how. No option takes a password itself: others could read it. */
public final class SigningOptions {
  @Option(
      names = {"--sign-key", "--key"},
      paramLabel = "KEY",
      description =
          "The key: a PEM, PKCS#12 or JKS file; with --pkcs11-module, the label of a key in the token.")
  private String key;

  @Option(
      names = {"--sign-cert", "--cert"},
      paramLabel = "FILE",
      description =
          "The key's certificate and those above it, PEM; not needed if they are with the key.")
  private List<Path> certificates = List.of();

  @Option(
      names = "--key-alias",
      paramLabel = "NAME",
      description = "The key's name in a PKCS#12 or JKS file that holds several.")
  private String alias;

  @Option(
      names = "--pkcs11-module",
      paramLabel = "LIBRARY",
      description = "Use a key in a PKCS#11 token; its PIN is the password.")
  private Path module;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Read the key's password from the first line of this file.")
  private Path passwordFile;

  @Option(
      names = "--password-env",
      paramLabel = "NAME",
      description =
          "Read it from this environment variable. Without either option it is asked for on the terminal.")
  private String passwordVariable;

  @Option(
      names = "--digest",
      paramLabel = "DIGEST",
      description = "sha256, sha384 or sha512 (default: what goes with the key).")
  private Digest digest;

  @Option(names = "--rsa-pkcs1", description = "Sign by PKCS#1 v1.5 with RSA keys, not by PSS.")
  private boolean pkcs1;

  @Option(
      names = "--signing-time",
      arity = "0..1",
      fallbackValue = "now",
      paramLabel = "TIME",
      description =
          "State a time of signing: such as 2026-01-31T12:00:00Z, or now, or SOURCE_DATE_EPOCH if that is set.")
  private String signingTime;

  @Option(
      names = "--timestamp",
      paramLabel = "URL",
      description = "Have the signature stamped by this time-stamping authority (RFC 3161).")
  private URI timestamp;

  /** Sets one of these options in a quick start. */
  public boolean take(QuickWords words) {
    switch (words.option()) {
      case "--sign-key", "--key" -> key = words.text();
      case "--sign-cert", "--cert" -> certificates = List.of(words.path());
      case "--key-alias" -> alias = words.text();
      case "--pkcs11-module" -> module = words.path();
      case "--password-file" -> passwordFile = words.path();
      case "--password-env" -> passwordVariable = words.text();
      case "--rsa-pkcs1" -> pkcs1 = words.flag();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether a key was named. */
  public boolean isGiven() {
    return key != null;
  }

  /** Whether any of these options was used. */
  public boolean isAnyGiven() {
    return key != null || !certificates.isEmpty() || module != null || timestamp != null;
  }

  /** Reads the key, asking for its password if that is needed. */
  private Identity identity() throws IOException {
    if (key == null) {
      throw new UsageException("name the key that signs (--key), and its certificate (--cert)");
    }
    if (passwordFile != null && passwordVariable != null) {
      throw new UsageException("--password-file and --password-env exclude each other");
    }
    char[] known = passwordFile == null ? null : firstLine(passwordFile);
    return KeyReader.read(
        new KeyRequest(
            key,
            certificates,
            Optional.ofNullable(alias),
            Optional.ofNullable(module),
            () -> known != null ? known : environmentOrPrompt()));
  }

  /** Throws if writing {@code output} would take the place of the key or something beside it. */
  public void requireUnread(Path output) throws IOException {
    if (module == null && key != null) {
      Overwriting.refuse(output, Path.of(key), "the key");
    }
    for (Path certificate : certificates) {
      Overwriting.refuse(output, certificate, "a certificate");
    }
    if (passwordFile != null) {
      Overwriting.refuse(output, passwordFile, "the password");
    }
  }

  private static char[] firstLine(Path file) throws IOException {
    byte[] content = InputFile.read(file).toArray();
    char[] text = StandardCharsets.UTF_8.decode(java.nio.ByteBuffer.wrap(content)).array();
    int end = 0;
    while (end < text.length && text[end] != '\n' && text[end] != '\r' && text[end] != 0) {
      end++;
    }
    return Arrays.copyOf(text, end);
  }

  @SuppressWarnings("SystemConsoleNull") // newer JDKs' console answers null if nobody is there
  private char[] environmentOrPrompt() {
    if (passwordVariable != null) {
      String value = System.getenv(passwordVariable);
      if (value == null) {
        throw new UsageException("the environment has no variable " + passwordVariable);
      }
      return value.toCharArray();
    }
    Console console = System.console();
    if (console == null) {
      throw new UsageException(
          "the key needs a password: use --password-file or --password-env, there is no terminal");
    }
    return console.readPassword("Password of %s: ", key);
  }

  /** The signer that the options describe. */
  public FileSigner signer() throws IOException {
    CmsSigner.Options how = options();
    return new FileSigner(identity(), how);
  }

  private CmsSigner.Options options() {
    if (timestamp != null && !"http".equals(scheme()) && !"https".equals(scheme())) {
      throw new UsageException("--timestamp needs a URL that starts with http:// or https://");
    }
    return new CmsSigner.Options(
        Optional.ofNullable(digest),
        pkcs1,
        Optional.ofNullable(signingTime).map(SigningOptions::pastTime),
        Optional.ofNullable(timestamp).map(TimeStampAuthority::new));
  }

  private String scheme() {
    return timestamp.getScheme() == null ? "" : timestamp.getScheme().toLowerCase(Locale.ROOT);
  }

  /** A time that verifiers accept: not one that is still to come. */
  private static Instant pastTime(String text) {
    Instant time = time(text);
    if (time.isAfter(Instant.now().plus(FileSignature.CLOCK_DIFFERENCE))) {
      throw new UsageException("--signing-time: %s is still to come".formatted(time));
    }
    return time;
  }

  private static Instant time(String text) {
    try {
      if (!text.equals("now")) {
        return Instant.parse(text);
      }
      String epoch = System.getenv("SOURCE_DATE_EPOCH");
      return epoch == null
          ? Instant.now()
          : Instant.ofEpochSecond(Long.parseLong(epoch)); // reproducible-builds.org
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new UsageException("--signing-time: not a time such as 2026-01-31T12:00:00Z");
    }
  }
}
