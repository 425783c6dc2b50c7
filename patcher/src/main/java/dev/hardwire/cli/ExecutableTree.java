package dev.hardwire.cli;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.verify.Traces;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The executables in directory trees: ELF files that are not libraries or objects, or have a trace
 * of a patch. A file that starts like an executable and cannot be parsed is one too, so that damage
 * does not hide it. Symbolic links are not followed.
 */
final class ExecutableTree {
  private static final int EI_DATA = 5;
  private static final int E_TYPE = 16;
  private static final int ET_REL = 1;
  private static final int ET_CORE = 4;

  private ExecutableTree() {}

  /** Files as they are given, and the executables in directories in order of their names. */
  static List<Path> files(List<Path> arguments) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path argument : arguments) {
      if (Files.isDirectory(argument)) {
        try (Stream<Path> tree = Files.walk(argument)) {
          for (Path file : tree.sorted().toList()) {
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && isExecutable(file)) {
              files.add(file);
            }
          }
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      } else {
        files.add(argument);
      }
    }
    return files;
  }

  private static boolean isExecutable(Path file) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(E_TYPE + 2);
    }
    if (start.length < 4
        || start[0] != 0x7f
        || start[1] != 'E'
        || start[2] != 'L'
        || start[3] != 'F') {
      return false;
    }
    Bytes whole = InputFile.read(file);
    boolean bigEndian = start.length > EI_DATA && start[EI_DATA] == 2;
    if (start.length == E_TYPE + 2) {
      int type = start[bigEndian ? E_TYPE + 1 : E_TYPE];
      if (type == ET_REL || type == ET_CORE) {
        return Traces.find(bigEndian ? whole.withOrder(ByteOrder.BIG_ENDIAN) : whole).isPresent();
      }
    }
    try {
      ElfFile elf = ElfFile.parse(whole);
      return !elf.isSharedLibrary() || Traces.find(elf).isPresent();
    } catch (ElfFormatException | BytesException damaged) {
      return true;
    }
  }
}
