package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.IoText;
import dev.hardwire.verify.LibraryChecks;
import dev.hardwire.verify.LibraryFile;
import dev.hardwire.verify.VerifySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Finds the libraries that programs patched in mode needed name: among files that the user gives,
 * or else where the programs' absolute paths lead.
 */
public final class LibraryLookup implements Function<String, LibraryFile> {
  /** Far more bytes than any library that Hardwire writes. */
  private static final long LIMIT = 1 << 24;

  /** The tokens that the dynamic linker expands in names (ld.so(8), Dynamic string tokens). */
  private static final Pattern TOKEN = Pattern.compile("\\$\\{?(ORIGIN|LIB|PLATFORM)\\b");

  private final Map<String, LibraryFile> given;
  private final boolean required;
  private final Map<String, LibraryFile> installed = new ConcurrentHashMap<>();

  /** A lookup among the libraries of settings, which are read now. */
  static LibraryLookup of(VerifySettings settings) throws IOException {
    Map<String, LibraryFile> files = new HashMap<>();
    for (VerifySettings.Library library : settings.libraries()) {
      LibraryFile found = read(library.file());
      library.names().forEach(name -> files.put(name, found));
      if (library.names().isEmpty()) {
        files.put(library.file().toAbsolutePath().normalize().toString(), found);
        files.put(library.file().getFileName().toString(), found);
      }
    }
    return new LibraryLookup(files, settings.libraryRequired());
  }

  /**
   * A lookup.
   *
   * @param given files by the names that programs give them; if there are any, no others count
   * @param required whether a library that cannot be found is an error
   */
  public LibraryLookup(Map<String, LibraryFile> given, boolean required) {
    this.given = Map.copyOf(given);
    this.required = required;
  }

  @Override
  public LibraryFile apply(String name) {
    if (!name.startsWith("/") && name.contains("/")) {
      return new LibraryFile.Wrong(
          "the program looks for \"%s\" in the folder where it is started".formatted(name));
    }
    if (given.isEmpty()) {
      return installed.computeIfAbsent(name, this::installed);
    }
    LibraryFile found = given.get(name);
    return found != null
        ? found
        : new LibraryFile.Wrong(
            "the program needs \"%s\", which is not one of the given libraries".formatted(name));
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
          ? read(file)
          : unknown(name + " is not there");
    } catch (IOException e) {
      return new LibraryFile.Wrong(IoText.of(null, e));
    } catch (InvalidPathException e) {
      return new LibraryFile.Wrong(e.getMessage());
    }
  }

  /** What is wrong with the library that programs for a machine will need, as far as that shows. */
  static Optional<String> fault(String name, Target machine) {
    LibraryFile known = new LibraryLookup(Map.of(), false).installed(name);
    if (known instanceof LibraryFile.Found found) {
      return LibraryChecks.fault(found, machine);
    }
    return known instanceof LibraryFile.Wrong wrong
        ? Optional.of(wrong.reason())
        : Optional.empty();
  }

  private LibraryFile unknown(String reason) {
    return required
        ? new LibraryFile.Wrong(reason + "; " + Advice.GIVE_LIBRARY)
        : new LibraryFile.Unknown(reason);
  }

  private static LibraryFile read(Path file) throws IOException {
    try (InputFile input = InputFile.open(file)) {
      if (input.bytes().size() > LIMIT) {
        return new LibraryFile.Wrong(file + " is too large for a library that Hardwire writes");
      }
      return new LibraryFile.Found(file, Bytes.wrap(input.bytes().toArray()));
    }
  }
}
