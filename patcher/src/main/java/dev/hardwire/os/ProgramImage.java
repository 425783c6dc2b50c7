package dev.hardwire.os;

import dev.hardwire.bytes.Bytes;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.List;

/**
 * A program in memory (memfd_create(2)), which this process can become (execveat(2)). The process
 * keeps its number; the kernel ends all threads of Java.
 */
public final class ProgramImage {
  private static final int MFD_CLOEXEC = 1;

  /** Since Linux 6.3; older kernels always allow execution, and refuse the flag. */
  private static final int MFD_EXEC = 0x10;

  private static final byte[] NO_NAME = {};

  private final Descriptor descriptor;

  private ProgramImage(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Creates an empty one, which is closed when this process becomes it.
   *
   * @param name that /proc/PID/exe shows
   */
  public static ProgramImage create(String name) throws IOException {
    Kernel.require(name);
    long text = Scratch.get().name(name.getBytes(StandardCharsets.UTF_8));
    long result = Kernel.call(SystemCall.MEMFD_CREATE, text, MFD_CLOEXEC | MFD_EXEC, 0);
    if (result == -HostError.EINVAL) {
      result = Kernel.call(SystemCall.MEMFD_CREATE, text, MFD_CLOEXEC, 0);
    }
    return new ProgramImage(new Descriptor((int) HostError.check(result, name), name));
  }

  Descriptor descriptor() {
    return descriptor;
  }

  public void write(Bytes program) throws IOException {
    long[] offset = {0};
    program.copyTo(
        block -> {
          int length = block.remaining();
          descriptor.write(block, offset[0]);
          offset[0] += length;
        });
  }

  /**
   * Becomes the program.
   *
   * @param arguments bytes of each, from argv[0] on
   * @param environment bytes of each entry
   * @return the failure; there is no return if the program has started
   */
  public FileSystemException execute(List<byte[]> arguments, List<byte[]> environment)
      throws FileSystemException {
    StringArray argv = new StringArray(arguments);
    StringArray envp = new StringArray(environment);
    long file = Scratch.get().name(NO_NAME);
    try {
      long result =
          Kernel.call(
              SystemCall.EXECVEAT,
              descriptor.number(),
              file,
              argv.address(),
              envp.address(),
              Descriptor.AT_EMPTY_PATH);
      return new FileSystemException(
          descriptor.toString(), null, "cannot be executed: " + HostError.text((int) -result));
    } finally {
      Reference.reachabilityFence(argv);
      Reference.reachabilityFence(envp);
    }
  }
}
