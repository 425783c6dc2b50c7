package dev.hardwire.input;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.trees.TreeEntry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * An open program, or the reason why a file is skipped. A file that was named has to be an
 * executable; files in directories that are not are skipped. A file that has the ELF magic and
 * cannot be parsed is not skipped but refused, so that damage does not hide it.
 */
public final class ProgramFile implements Closeable {
  private static final String OBJECT = "object";
  private static final int E_DATA = 5;
  private static final int E_TYPE = 16;
  private static final int ET_REL = 1;
  private static final int ET_CORE = 4;

  private final TreeEntry entry;
  private final InputFile input;
  private final String skipped;
  private ElfFile elf;

  private ProgramFile(TreeEntry entry, InputFile input, String skipped) {
    this.entry = entry;
    this.input = input;
    this.skipped = skipped;
  }

  /** Tells from a file's first bytes whether it may be an executable. */
  private static final class StartCheck implements Predicate<byte[]> {
    private String skipped;

    @Override
    public boolean test(byte[] start) {
      skipped = kind(start);
      return skipped == null;
    }
  }

  /** Opens a file that the user named. */
  public static ProgramFile open(Path file) throws IOException {
    return open(TreeEntry.named(file));
  }

  /** Opens a file that was named, or found in a directory or an archive. */
  public static ProgramFile open(TreeEntry entry) throws IOException {
    if (entry.named()) {
      InputFile input = open(entry, 0, start -> true).orElseThrow();
      return new ProgramFile(entry, input, null);
    }
    StartCheck check = new StartCheck();
    InputFile input = open(entry, E_TYPE + 2, check).orElse(null);
    return new ProgramFile(entry, input, check.skipped);
  }

  /**
   * Whether a file is an executable, and no shared library. A damaged one counts, so that what is
   * done with it says so.
   */
  public static boolean isProgram(TreeEntry entry) throws IOException {
    try (ProgramFile file = open(entry)) {
      return file.skipped().isEmpty() && !file.isSharedLibrary();
    } catch (ElfFormatException | BytesException damaged) {
      return true;
    }
  }

  /** A file that was named as part of a tree was found there, too. */
  private static Optional<InputFile> open(TreeEntry entry, int length, Predicate<byte[]> needed)
      throws IOException {
    if (entry.content().isPresent()) {
      return InputFile.openIf(entry.content().get(), length, needed);
    }
    return entry.named() && entry.relative().getNameCount() == 1
        ? InputFile.openIf(entry.file(), length, needed)
        : InputFile.openFound(entry, length, needed);
  }

  /** The kind of a file that is no executable; null where it may be one. */
  private static String kind(byte[] start) {
    if (!ElfFile.isMagic(start)) {
      return "not-elf";
    }
    if (start.length == E_TYPE + 2) {
      int type = start[E_DATA] == 2 ? start[E_TYPE + 1] : start[E_TYPE];
      if (type == ET_REL || type == ET_CORE) {
        return OBJECT;
      }
    }
    return null;
  }

  /** Whether it is a shared library. A damaged file is refused. */
  public boolean isSharedLibrary() {
    return elf().isSharedLibrary();
  }

  /** Why the file is skipped if it is a shared library that was not named: a stable word. */
  public Optional<String> skipsLibrary() {
    return !entry.named() && elf().isSharedLibrary()
        ? Optional.of("shared-library")
        : Optional.empty();
  }

  /**
   * This file, also skipped if it is a shared library in a directory. Shared libraries and objects
   * whose content is wanted are not skipped.
   */
  public ProgramFile evenIf(Predicate<Bytes> wanted) throws IOException {
    if (OBJECT.equals(skipped)) {
      InputFile object = open(entry, 0, start -> true).orElseThrow();
      if (wanted.test(object.bytes())) {
        return new ProgramFile(entry, object, null);
      }
      object.close();
      return this;
    }
    if (skipped != null || entry.named()) {
      return this;
    }
    try {
      Optional<String> library = skipsLibrary();
      if (library.isEmpty() || wanted.test(content())) {
        return this;
      }
      close();
      return new ProgramFile(entry, null, library.get());
    } catch (ElfFormatException | BytesException damaged) {
      return this;
    }
  }

  /** A stable identifier of the reason why the file is skipped, if it is. */
  public Optional<String> skipped() {
    return Optional.ofNullable(skipped);
  }

  /** The file as it was named or found. */
  public TreeEntry entry() {
    return entry;
  }

  /** The bytes; valid until {@link #close}. */
  public Bytes content() {
    return input.bytes();
  }

  /**
   * The parsed file.
   *
   * @throws ElfFormatException if it is not a well-formed executable
   */
  public ElfFile elf() {
    if (elf == null) {
      elf = ElfFile.parse(content());
    }
    return elf;
  }

  /** Whether the headers of the file cannot be read. */
  public boolean isDamaged() {
    try {
      elf();
      return false;
    } catch (ElfFormatException | BytesException e) {
      return true;
    }
  }

  public boolean isPatched() {
    return HardwireNotes.count(elf()) > 0;
  }

  /** The open file, from which a result gets its attributes. */
  public SourceFile source() throws IOException {
    return input.source();
  }

  /** The open file, if it is large. */
  public Optional<FileBytes> onDisk() {
    return input.file();
  }

  @Override
  public void close() throws IOException {
    if (input != null) {
      input.close();
    }
  }
}
