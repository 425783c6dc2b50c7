package dev.hardwire.derive;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.NormalForm;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Finds the libraries that a program needs on this machine, and those that these need. */
public final class NeededLibraries {
  private static final int MOST = 1000;

  private NeededLibraries() {}

  /**
   * The paths of the libraries, the dynamic linker among them; what is missing is left out.
   *
   * @param files the contents of a file by its path, if it can be read
   */
  public static List<String> of(String program, Function<String, Optional<Bytes>> files) {
    Set<String> found = new LinkedHashSet<>();
    Deque<String> left = new ArrayDeque<>(List.of(program));
    Libraries libraries = null;
    while (!left.isEmpty() && found.size() < MOST) {
      String path = left.remove();
      Optional<ElfFile> elf = parsed(path, files);
      if (elf.isEmpty()) {
        continue;
      }
      if (libraries == null) {
        Optional<String> linker = NormalForm.interpreter(elf.get());
        libraries = new Libraries(SystemRoot.HOST, linker.orElse("").contains("musl"));
        linker.ifPresent(found::add);
      }
      DynamicStrings strings = DynamicStrings.of(elf.get());
      List<String> places = new ArrayList<>(strings.all(DynamicTag.RPATH));
      places.addAll(strings.all(DynamicTag.RUNPATH));
      Path folder = Path.of(path).toAbsolutePath().getParent();
      for (String name : strings.all(DynamicTag.NEEDED)) {
        libraries
            .find(name, folder, places)
            .map(Path::toString)
            .filter(found::add)
            .ifPresent(left::add);
      }
    }
    return List.copyOf(found);
  }

  private static Optional<ElfFile> parsed(String path, Function<String, Optional<Bytes>> files) {
    try {
      return files.apply(path).map(ElfFile::parse);
    } catch (ElfFormatException | BytesException notReadable) {
      return Optional.empty();
    }
  }
}
