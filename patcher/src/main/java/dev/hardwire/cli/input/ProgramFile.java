package dev.hardwire.cli.input;

import dev.hardwire.batch.TreeEntry;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.image.SourceFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * A file that is worked on, or the reason why not: what is named has to be an executable, but in a
 * directory other files are skipped. A file that starts like an executable and cannot be parsed is
 * none of those, so that damage does not hide it.
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

  private ProgramFile(TreeEntry entry, InputFile input, String skipped) {
    this.entry = entry;
    this.input = input;
    this.skipped = skipped;
  }

  /** Opens a file. */
  public static ProgramFile open(TreeEntry entry) throws IOException {
    if (entry.named()) {
      return new ProgramFile(entry, InputFile.open(entry.file()), null);
    }
    AtomicReference<String> kind = new AtomicReference<>();
    Predicate<byte[]> executable =
        start -> {
          kind.set(kind(start));
          return kind.get() == null;
        };
    InputFile input = InputFile.openIf(entry.file(), E_TYPE + 2, executable).orElse(null);
    return new ProgramFile(entry, input, kind.get());
  }

  /** What a file is that is no executable, by its first bytes; null where it may be one. */
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

  /** The same file, skipped if it is a shared library that was not named. */
  public static Optional<String> skipsLibrary(TreeEntry entry, ElfFile elf) {
    return !entry.named() && elf.isSharedLibrary()
        ? Optional.of("shared-library")
        : Optional.empty();
  }

  /** Skips a shared library in a directory too, but neither it nor an object that is wanted. */
  public ProgramFile evenIf(Predicate<Bytes> wanted) throws IOException {
    if (OBJECT.equals(skipped)) {
      InputFile object = InputFile.open(entry.file());
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
      Optional<String> library = skipsLibrary(entry, ElfFile.parse(content()));
      if (library.isEmpty() || wanted.test(content())) {
        return this;
      }
      close();
      return new ProgramFile(entry, null, library.get());
    } catch (ElfFormatException | BytesException damaged) {
      return this;
    }
  }

  /** A stable word for why the file is skipped, if it is. */
  public Optional<String> skipped() {
    return Optional.ofNullable(skipped);
  }

  public Bytes content() {
    return input.bytes();
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
