package dev.hardwire.cli.options;

import dev.hardwire.Credentials;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.sign.CmsSigner;
import dev.hardwire.sign.FileSignature;
import dev.hardwire.sign.TimeStampAuthority;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.key.KeyReader;
import dev.hardwire.sign.key.KeyRequest;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.KeyPassword;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Who signs, and how. No option takes a password itself: others could read it. */
@OptionHeading("Signing")
public final class SigningOptions {
  @Option(
      names = {"--sign-key", "--key"},
      paramLabel = "KEY",
      description =
          "The key: a PEM, PKCS#12 or JKS file; with --pkcs11-module, the label of a key in"
              + " the token.")
  String key;

  @Option(
      names = {"--sign-cert", "--cert"},
      paramLabel = "FILE",
      description =
          "The key's certificate chain (PEM); not needed if the key file contains it. May"
              + " be repeated.")
  List<Path> certificates = List.of();

  @Option(
      names = "--key-alias",
      paramLabel = "NAME",
      description = "Name of the key in a PKCS#12 or JKS file with several keys.")
  String alias;

  @Option(
      names = "--pkcs11-module",
      paramLabel = "LIBRARY",
      description = "Use a key in a PKCS#11 token; its PIN is the password.")
  Path module;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Read the key's password from the first line of this file.")
  Path passwordFile;

  @Option(
      names = "--password-env",
      paramLabel = "NAME",
      description =
          "Read the key's password from this environment variable (default, without"
              + " --password-file: ask on the terminal).")
  String passwordVariable;

  @Option(
      names = "--digest",
      paramLabel = "DIGEST",
      description = "Digest algorithm: ${COMPLETION-CANDIDATES} (default: depends on the key).")
  Digest digest;

  @Option(
      names = "--rsa-pkcs1",
      description = "With RSA keys, sign with PKCS#1 v1.5 instead of PSS.")
  boolean pkcs1;

  @Option(
      names = "--signing-time",
      arity = "0..1",
      fallbackValue = "now",
      paramLabel = "TIME",
      description =
          "Include a signing time, such as 2026-01-31T12:00:00Z. Without TIME, or with now:"
              + " SOURCE_DATE_EPOCH if that is set, else the current time.")
  String signingTime;

  @Option(
      names = "--timestamp",
      paramLabel = "URL",
      description = "Get a time stamp for the signature from this authority (RFC 3161).")
  URI timestamp;

  public boolean isGiven() {
    return key != null;
  }

  public boolean isAnyGiven() {
    return key != null || !certificates.isEmpty() || module != null || timestamp != null;
  }

  /** Gives the key's password, and asks for it if that is needed. */
  private Supplier<char[]> password() throws IOException {
    if (key == null) {
      throw new UsageException("no key: give --key KEY, and its certificate with --cert FILE");
    }
    return KeyPassword.of(
        key, Optional.ofNullable(passwordFile), Optional.ofNullable(passwordVariable));
  }

  /** The key and how it signs; the key is not read yet. */
  public Credentials credentials() throws IOException {
    Supplier<char[]> password = password();
    CmsSigner.Options how = options();
    Credentials all =
        (module == null ? Credentials.of(Path.of(key)) : Credentials.ofToken(module, key))
            .certificates(certificates.toArray(Path[]::new))
            .password(password);
    if (alias != null) {
      all = all.alias(alias);
    }
    if (digest != null) {
      all = all.digest(digest.text());
    }
    if (pkcs1) {
      all = all.rsaPkcs1();
    }
    if (timestamp != null) {
      all = all.timestamp(timestamp);
    }
    return how.signingTime().isPresent() ? all.signingTime(how.signingTime().get()) : all;
  }

  /** Throws if a time is asked for, which the signature of {@code what} does not have. */
  public void requireNoTime(String what) {
    if (signingTime != null || timestamp != null) {
      throw new UsageException(
          "the signature of "
              + what
              + " has no time; remove "
              + (timestamp == null ? "--signing-time" : "--timestamp"));
    }
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

  /** Reads the key, asking for its password if that is needed. */
  public FileSigner signer() throws IOException {
    CmsSigner.Options how = options();
    return new FileSigner(
        KeyReader.read(
            new KeyRequest(
                key,
                certificates,
                Optional.ofNullable(alias),
                Optional.ofNullable(module),
                password())),
        how);
  }

  private CmsSigner.Options options() {
    if (timestamp != null && !"http".equals(scheme()) && !"https".equals(scheme())) {
      throw new UsageException("--timestamp requires a URL that starts with http:// or https://");
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

  /** A time that verifiers accept: none in the future. */
  private static Instant pastTime(String text) {
    Instant time = time(text);
    if (time.isAfter(Instant.now().plus(FileSignature.CLOCK_DIFFERENCE))) {
      throw new UsageException("--signing-time: %s is in the future".formatted(time));
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
      throw new UsageException(
          "--signing-time: not a valid time; give one such as 2026-01-31T12:00:00Z");
    }
  }
}
