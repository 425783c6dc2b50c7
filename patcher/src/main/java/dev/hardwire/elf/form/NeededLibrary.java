package dev.hardwire.elf.form;

import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names that a program must not have if it is made to need a library that installs its policy. A
 * dynamic linker loads no file for a name that it takes for one of a file which is loaded already
 * (glibc elf/dl-load.c, _dl_map_object; musl ldso/dynlink.c, load_library).
 */
public final class NeededLibrary {
  /**
   * Names without a path for which no file is loaded: those of the kernel's own libraries, and
   * those that musl takes for itself (ldso/dynlink.c, load_library).
   */
  private static final Pattern OWN =
      Pattern.compile(
          "linux-(vdso|gate)[^/]*|lib(c|pthread|rt|m|dl|util|xnet)\\.[^/]*|ld[-.0-9][^/]*");

  private NeededLibrary() {}

  /**
   * Refuses programs that have a DT_SONAME, since the program is the first file that names are
   * compared with, and programs that need a library of the same name.
   *
   * @param original the program before it was made to need the library
   * @param library an absolute path or a soname
   * @throws ElfFormatException naming the dynamic entry
   */
  public static void check(ElfFile original, String library) {
    check(original, original.dynamic(), library);
  }

  /**
   * Refuses the same in a program whose first dynamic entry names the library.
   *
   * @param patched the program
   * @param library the name in the first entry
   * @throws ElfFormatException naming the dynamic entry
   */
  public static void checkPatched(ElfFile patched, String library) {
    check(patched, patched.dynamic().subList(1, patched.dynamic().size()), library);
  }

  private static void check(ElfFile elf, List<DynamicEntry> entries, String library) {
    LibraryNames names = new LibraryNames(elf);
    if (OWN.matcher(library).matches()
        || NormalForm.interpreter(elf).equals(Optional.of(library))) {
      throw new ElfFormatException(
          Refusal.LIBRARY_NAME,
          elf.dynamic().isEmpty() ? 0 : elf.dynamic().get(0).fileOffset(),
          "DT_NEEDED",
          "\"%s\" is a name for which the dynamic linker may load no file".formatted(library));
    }
    for (DynamicEntry entry : entries) {
      if (entry.tag() == DynamicTag.SONAME) {
        throw refuse(
            entry,
            "the program calls itself \"%s\", and could be taken for the library"
                .formatted(names.name(entry)));
      }
      if (entry.tag() == DynamicTag.NEEDED && last(names.name(entry)).equals(last(library))) {
        throw refuse(entry, "the program needs \"%s\" already".formatted(names.name(entry)));
      }
    }
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static ElfFormatException refuse(DynamicEntry entry, String reason) {
    return new ElfFormatException(
        Refusal.LIBRARY_NAME, entry.fileOffset(), DynamicTag.nameOf(entry.tag()), reason);
  }
}
