package dev.hardwire.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/**
 * A program in memory (memfd_create(2)), which this process can become (execveat(2)). The process
 * keeps its number; the kernel ends all threads of Java.
 */
public final class ProgramImage {
  private static final int MFD_CLOEXEC = 1;

  /** Since Linux 6.3; older kernels always allow execution, and refuse the flag. */
  private static final int MFD_EXEC = 0x10;

  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;

  private final String name;
  private final int descriptor;

  private ProgramImage(String name, int descriptor) {
    this.name = name;
    this.descriptor = descriptor;
  }

  /**
   * Creates an empty one, which is closed when this process becomes it.
   *
   * @param name that /proc/PID/exe shows
   */
  public static ProgramImage create(String name) throws IOException {
    Kernel.require(name);
    ByteBuffer text = Arguments.text(name.getBytes(StandardCharsets.UTF_8));
    long address = Kernel.address(text);
    long result = Kernel.call(SystemCall.MEMFD_CREATE, address, MFD_CLOEXEC | MFD_EXEC, 0);
    if (result == -ErrorNumber.EINVAL) {
      result = Kernel.call(SystemCall.MEMFD_CREATE, address, MFD_CLOEXEC, 0);
    }
    return new ProgramImage(name, (int) ErrorNumber.check(result, name));
  }

  /** A name under which the contents can be written. */
  public Path path() {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  /**
   * Becomes the program.
   *
   * @param arguments bytes of each, from argv[0] on
   * @param environment bytes of each entry
   * @return the failure; there is no return if the program has started
   */
  public FileSystemException execute(List<byte[]> arguments, List<byte[]> environment) {
    return execute(descriptor, "", name, arguments, environment);
  }

  /** The same for the program of a file. */
  public static FileSystemException execute(
      Path program, List<byte[]> arguments, List<byte[]> environment) {
    return execute(AT_FDCWD, program.toString(), program.toString(), arguments, environment);
  }

  private static FileSystemException execute(
      int descriptor, String path, String name, List<byte[]> arguments, List<byte[]> environment) {
    ByteBuffer file = Arguments.text(path.getBytes(StandardCharsets.UTF_8));
    Arguments argv = new Arguments(arguments);
    Arguments envp = new Arguments(environment);
    long result =
        Kernel.call(
            SystemCall.EXECVEAT,
            descriptor,
            Kernel.address(file),
            argv.address(),
            envp.address(),
            path.isEmpty() ? AT_EMPTY_PATH : 0);
    return new FileSystemException(
        name, null, "cannot be executed: " + ErrorNumber.text((int) -result));
  }

  /** A list of strings for execve(2): addresses, a null address, and the texts. */
  private static final class Arguments {
    private final ByteBuffer memory;

    Arguments(List<byte[]> strings) {
      int table = (strings.size() + 1) * Kernel.wordSize();
      int size = table;
      for (byte[] string : strings) {
        size += string.length + 1;
      }
      memory = Kernel.allocate(size);
      long start = Kernel.address(memory);
      int at = table;
      for (int i = 0; i < strings.size(); i++) {
        if (Kernel.wordSize() == Long.BYTES) {
          memory.putLong(i * Long.BYTES, start + at);
        } else {
          memory.putInt(i * Integer.BYTES, (int) (start + at));
        }
        memory.put(at, strings.get(i));
        at += strings.get(i).length + 1;
      }
    }

    long address() {
      return Kernel.address(memory);
    }

    static ByteBuffer text(byte[] bytes) {
      return Kernel.allocate(bytes.length + 1).put(0, bytes);
    }
  }
}
