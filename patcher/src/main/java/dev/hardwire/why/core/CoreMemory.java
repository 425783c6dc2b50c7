package dev.hardwire.why.core;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.why.code.Mapping;
import dev.hardwire.why.code.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The memory that a core file shows: its own, and that of the files that NT_FILE names. */
final class CoreMemory implements Memory {
  private static final long NT_AUXV = 6;
  private static final long NT_FILE = 0x46494c45L;
  private static final long AT_PHDR = 3;
  private static final long AT_ENTRY = 9;
  private static final long AT_SYSINFO_EHDR = 33;
  private static final int LARGEST_OF_KERNEL = 1 << 16;
  private static final String KERNEL_CODE = "[vdso]";
  private static final int MOST_FILES = 1 << 17;

  private final CoreFile core;
  private final Function<String, Optional<Bytes>> files;
  private final List<Mapping> mappings = new ArrayList<>();

  /**
   * Reads which files are where.
   *
   * @param files the contents of a file, if it can be read
   */
  CoreMemory(CoreFile core, Function<String, Optional<Bytes>> files) {
    this.core = core;
    this.files = files;
    try {
      core.note(NT_FILE).ifPresent(this::readFiles);
    } catch (BytesException e) {
      throw new CoreException("the core file is damaged (NT_FILE: %s)".formatted(e.getMessage()));
    }
    long kernel = auxiliary(AT_SYSINFO_EHDR);
    if (kernel != 0) {
      int size = core.memory(kernel, LARGEST_OF_KERNEL).length;
      mappings.add(new Mapping(kernel, kernel + size, 0, KERNEL_CODE));
    }
  }

  private void readFiles(Bytes note) {
    int word = core.target().elfClass().wordSize();
    long count = core.word(note, 0);
    long pageSize = core.word(note, word);
    long names = (2 + 3 * count) * word;
    note.require(count >= 0 && count < MOST_FILES, 0, "the number of files is impossible");
    note.require(names <= note.size() && pageSize > 0, 0, "the table of files is cut");
    byte[] texts = note.slice(names, note.size() - names).toArray();
    int at = 0;
    for (long i = 0; i < count; i++) {
      int end = at;
      while (end < texts.length && texts[end] != 0) {
        end++;
      }
      long entry = (2 + 3 * i) * word;
      mappings.add(
          new Mapping(
              core.word(note, entry),
              core.word(note, entry + word),
              core.word(note, entry + 2L * word) * pageSize,
              new String(texts, at, end - at, StandardCharsets.UTF_8)));
      at = Math.min(end + 1, texts.length);
    }
  }

  /** The value of an entry of the auxiliary vector; 0 without one. */
  private long auxiliary(long type) {
    Optional<Bytes> vector = core.note(NT_AUXV);
    int word = core.target().elfClass().wordSize();
    for (long at = 0;
        vector.isPresent() && at + 2L * word <= vector.get().size();
        at += 2L * word) {
      if (core.word(vector.get(), at) == type) {
        return core.word(vector.get(), at + word);
      }
    }
    return 0;
  }

  /** The path of the program; empty if the file does not say it. */
  String program() {
    for (long type : new long[] {AT_PHDR, AT_ENTRY}) {
      long address = auxiliary(type);
      for (Mapping mapping : mappings) {
        if (address != 0 && mapping.contains(address)) {
          return mapping.path();
        }
      }
    }
    return "";
  }

  @Override
  public List<Mapping> mappings() {
    return mappings;
  }

  @Override
  public byte[] read(long address, int length) {
    byte[] own = core.memory(address, length);
    return own.length > 0 ? own : fromFile(address, length);
  }

  /** Code and constants are often left out of core files, as they are in the files. */
  private byte[] fromFile(long address, int length) {
    for (Mapping mapping : mappings) {
      if (mapping.contains(address) && !mapping.path().equals(KERNEL_CODE)) {
        Optional<Bytes> file = file(mapping);
        long offset = mapping.offset() + (address - mapping.start());
        if (file.isPresent() && offset >= 0 && offset < file.get().size()) {
          long size = Math.min(length, file.get().size() - offset);
          return file.get().slice(offset, size).toArray();
        }
      }
    }
    return new byte[0];
  }

  /** The text at an address, up to its end; empty if it is not there. */
  Optional<String> text(long address, int longest) {
    byte[] bytes = read(address, longest);
    return bytes.length == 0 ? Optional.empty() : Optional.of(CoreFile.text(Bytes.wrap(bytes)));
  }

  @Override
  public Optional<Bytes> file(Mapping mapping) {
    if (mapping.path().equals(KERNEL_CODE)) {
      byte[] code = core.memory(mapping.start(), (int) (mapping.end() - mapping.start()));
      return code.length == 0 ? Optional.empty() : Optional.of(Bytes.wrap(code));
    }
    return files.apply(mapping.path());
  }
}
