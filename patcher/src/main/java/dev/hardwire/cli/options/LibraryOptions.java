package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.input.InputFile;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.verify.LibraryChecks;
import dev.hardwire.verify.LibraryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The libraries that programs patched in mode needed may need, and where they are. */
public final class LibraryOptions {
  /** Far more than any library that Hardwire writes. */
  private static final long LIMIT = 1 << 24;

  /** What the dynamic linker replaces in names (ld.so(8), Dynamic string tokens). */
  private static final Pattern TOKEN = Pattern.compile("\\$\\{?(ORIGIN|LIB|PLATFORM)\\b");

  @Option(
      names = "--library",
      paramLabel = "[NAME=]FILE",
      description =
          "Require that programs patched with --mode needed need the library NAME (by default"
              + " FILE's absolute path, or its file name), and that FILE is one that Hardwire"
              + " wrote; may be repeated.")
  private List<String> libraries = List.of();

  @Option(
      names = "--require-library",
      description =
          "Do not let a program pass whose library was not checked. Without this option and"
              + " --library, a library that is not at the absolute path that the program names"
              + " is reported as not checked.")
  private boolean required;

  /**
   * What is known about a library, by the name that a program gives it.
   *
   * @throws IOException if a FILE cannot be read
   */
  public Function<String, LibraryFile> read() throws IOException {
    Map<String, LibraryFile> given = new HashMap<>();
    for (String library : libraries) {
      int equals = library.indexOf('=');
      Path file = Path.of(library.substring(equals + 1));
      InputFile.require(file);
      LibraryFile found = found(file);
      if (equals >= 0) {
        given.put(library.substring(0, equals), found);
      } else {
        given.put(file.toAbsolutePath().normalize().toString(), found);
        given.put(file.getFileName().toString(), found);
      }
    }
    Map<String, LibraryFile> installed = new ConcurrentHashMap<>();
    return name -> {
      if (!name.startsWith("/") && name.contains("/")) {
        return new LibraryFile.Wrong(
            "the program looks for \"%s\" in the folder where it is started".formatted(name));
      }
      if (given.isEmpty()) {
        return installed.computeIfAbsent(name, this::installed);
      }
      LibraryFile wrong =
          new LibraryFile.Wrong(
              "the program needs \"%s\", which is none of the given libraries".formatted(name));
      return given.getOrDefault(name, wrong);
    };
  }

  private LibraryFile installed(String name) {
    if (!name.startsWith("/")) {
      return unknown("where the dynamic linker finds \"%s\" is not known".formatted(name));
    }
    if (TOKEN.matcher(name).find()) {
      return unknown("the place \"%s\" depends on the system".formatted(name));
    }
    try {
      Path file = Path.of(name);
      return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          ? found(file)
          : unknown(name + " is not there");
    } catch (IOException e) {
      return new LibraryFile.Wrong(Failures.text(null, e));
    } catch (InvalidPathException e) {
      return new LibraryFile.Wrong(e.getMessage());
    }
  }

  /** What is wrong with the library that programs for a machine will need, as far as that shows. */
  public static Optional<String> fault(String name, Target machine) {
    LibraryFile known = new LibraryOptions().installed(name);
    if (known instanceof LibraryFile.Found found) {
      return LibraryChecks.fault(found, machine);
    }
    return known instanceof LibraryFile.Wrong wrong
        ? Optional.of(wrong.reason())
        : Optional.empty();
  }

  private LibraryFile unknown(String reason) {
    return required
        ? new LibraryFile.Wrong(reason + ", and the library has to be checked: give --library")
        : new LibraryFile.Unknown(reason);
  }

  private static LibraryFile found(Path file) throws IOException {
    InputFile.require(file);
    if (Files.size(file) > LIMIT) {
      return new LibraryFile.Wrong(file + " is too large for a library that Hardwire writes");
    }
    return new LibraryFile.Found(file, Bytes.wrap(Files.readAllBytes(file)));
  }
}
