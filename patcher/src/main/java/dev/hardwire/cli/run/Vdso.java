package dev.hardwire.cli.run;

import dev.hardwire.input.InputFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes the vDSO away from programs that strace holds at the end of execve(2), before their first
 * instruction: in the auxiliary vector on their stacks, AT_SYSINFO_EHDR becomes AT_IGNORE
 * (getauxval(3)), so that the C library does not find it.
 */
final class Vdso {
  private static final int AT_NULL = 0;
  private static final int AT_IGNORE = 1;
  private static final int AT_SYSINFO_EHDR = 33;

  /** The position of {@code startstack} in /proc/PID/stat behind the name, counted from 0. */
  private static final int START_OF_STACK = 25;

  /** More words than arguments and environment of the kernel's largest size have. */
  private static final int MOST_WORDS = 1 << 20;

  /** Programs that are done, by process and executable. */
  private final Set<String> done = new HashSet<>();

  private int removed;

  /** The size of a word of the program, in bytes. */
  private int wordSize;

  /** How many programs have lost it. */
  int removed() {
    return removed;
  }

  /** Looks at a process, whatever it does. */
  void remove(long pid) {
    try {
      Path proc = Path.of("/proc/" + pid);
      String key = pid + " " + Files.readSymbolicLink(proc.resolve("exe"));
      String stat = Files.readString(proc.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      if (!fields[0].equals("t") || done.contains(key)) {
        return;
      }
      long stack = Long.parseUnsignedLong(fields[START_OF_STACK]);
      if (!isAtItsStart(proc, stack)) {
        return;
      }
      wordSize = wordSize(proc.resolve("exe"));
      try (RandomAccessFile memory = new RandomAccessFile(proc.resolve("mem").toFile(), "rw")) {
        // It may have gone on in the meantime, and found the vDSO.
        if (remove(memory, stack) && isAtItsStart(proc, stack)) {
          removed++;
          done.add(key);
        }
      }
    } catch (IOException e) {
      // It has ended, or may not be traced; a run in which nothing was removed does not count.
      done.add(pid + " gone");
    }
  }

  /** Whether a stopped process has executed nothing yet: its stack is as the kernel made it. */
  private static boolean isAtItsStart(Path proc, long stack) throws IOException {
    String[] words = Files.readString(proc.resolve("syscall")).strip().split(" ", -1);
    return words.length > 2 && words[words.length - 2].equals("0x" + Long.toHexString(stack));
  }

  private static int wordSize(Path program) throws IOException {
    byte[] start = InputFile.start(program, 5);
    return start.length == 5 && start[4] == 1 ? Integer.BYTES : Long.BYTES; // ELFCLASS32
  }

  private boolean remove(RandomAccessFile memory, long stack) throws IOException {
    long at = stack + wordSize * (word(memory, stack) + 2); // behind the arguments and a null
    int limit = MOST_WORDS;
    while (word(memory, at) != 0 && limit-- > 0) {
      at += wordSize;
    }
    at += wordSize;
    for (long type = word(memory, at); type != AT_NULL && limit-- > 0; type = word(memory, at)) {
      if (type == AT_SYSINFO_EHDR) {
        memory.seek(at);
        memory.write(bytes(AT_IGNORE));
        return true;
      }
      at += 2L * wordSize;
    }
    return false;
  }

  private byte[] bytes(long value) {
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    byte[] word = new byte[wordSize];
    if (wordSize == Long.BYTES) {
      buffer.putLong(0, value);
    } else {
      buffer.putInt(0, (int) value);
    }
    buffer.get(0, word);
    return word;
  }

  private long word(RandomAccessFile memory, long at) throws IOException {
    byte[] word = new byte[wordSize];
    memory.seek(at);
    memory.readFully(word);
    ByteBuffer buffer = ByteBuffer.wrap(word).order(ByteOrder.nativeOrder());
    return wordSize == Long.BYTES ? buffer.getLong() : buffer.getInt() & 0xffff_ffffL;
  }
}
