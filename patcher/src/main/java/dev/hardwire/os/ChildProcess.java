package dev.hardwire.os;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program that this process starts to trace it. The new process makes system calls only, from a
 * list that is ready before it exists, so nothing of the JVM runs in it.
 */
public final class ChildProcess {
  private static final int SIGCHLD = 17;
  private static final int SET_SIZE = ProcessState.SET_SIZE;
  private static final int WORDS = 7;
  private static final int KILL = 9;
  private static final int STOP = 19;

  private static final int O_CLOEXEC = 0x80000;

  private final List<long[]> calls = new ArrayList<>();

  /** What the calls refer to by address. */
  private final List<Object> held = new ArrayList<>();

  private ChildProcess() {}

  /** Where the program is, and what it gets. */
  public record Start(
      Descriptor open,
      Path path,
      List<byte[]> arguments,
      List<byte[]> environment,
      long blocked,
      long ignored) {
    /** The program of an open file. */
    public static Start of(ProgramImage image, List<byte[]> arguments, List<byte[]> environment) {
      return new Start(image.descriptor(), null, arguments, environment, 0, 0);
    }

    /** The program that a path names. */
    public static Start of(Path path, List<byte[]> arguments, List<byte[]> environment) {
      return new Start(null, path, arguments, environment, 0, 0);
    }

    /**
     * With signals that it blocks and ignores.
     *
     * @param nowBlocked bit N-1 stands for signal N, as in /proc/PID/status
     * @param nowIgnored the same
     */
    public Start withSignals(long nowBlocked, long nowIgnored) {
      return new Start(open, path, arguments, environment, nowBlocked, nowIgnored);
    }
  }

  private void add(SystemCall call, long... arguments) {
    long[] words = new long[WORDS];
    words[0] = call.number(Kernel.host());
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    calls.add(words);
  }

  /**
   * Starts a program that is traced from its execve(2) on, by this thread.
   *
   * @return its number
   */
  public static int start(Start start) throws IOException {
    Kernel.require("why");
    ByteBuffer pipe = Kernel.allocate(2 * Integer.BYTES);
    HostError.check(Kernel.call(SystemCall.PIPE2, Kernel.address(pipe), O_CLOEXEC, 0), "pipe");
    int read = pipe.getInt(0);
    int write = pipe.getInt(Integer.BYTES);
    ChildProcess child = new ChildProcess();
    try {
      return child.start(start, read, write);
    } finally {
      ProcessState.close(read);
      ProcessState.close(write);
      Reference.reachabilityFence(child.held);
    }
  }

  private int start(Start start, int read, int write) throws IOException {
    boolean named = start.open() == null;
    String shown = named ? start.path().toString() : start.open().toString();
    // If this process ends before it traces the new one, that reads nothing, and has no path.
    byte[] name = named ? Scratch.bytes(start.path()) : new byte[0];
    byte[] path = Arrays.copyOf(name, Math.max(1, name.length));
    long octet = memory(Arrays.copyOf(path, 1));
    path[0] = (byte) (named ? 0 : '?');
    long gate = memory(path);
    long nothing = memory(new byte[ProcessState.ACTION_SIZE]);
    ByteBuffer ignore = Kernel.allocate(ProcessState.ACTION_SIZE);
    Kernel.putWord(ignore, 0, ProcessState.SIG_IGN);
    held.add(ignore);
    ByteBuffer masks = Kernel.allocate(3 * SET_SIZE);
    masks.putLong(0, -1).putLong(SET_SIZE, start.blocked());
    held.add(masks);
    long mask = Kernel.address(masks);
    add(SystemCall.CLONE, cloneArguments());
    add(SystemCall.CLOSE, write);
    add(SystemCall.READ, read, gate, 1);
    signals(start.ignored(), nothing, Kernel.address(ignore));
    add(SystemCall.RT_SIGPROCMASK, ProcessState.SIG_SETMASK, mask + SET_SIZE, 0, SET_SIZE);
    StringArray argv = new StringArray(start.arguments());
    StringArray envp = new StringArray(start.environment());
    held.addAll(List.of(argv, envp));
    add(
        SystemCall.EXECVEAT,
        named ? Descriptor.AT_FDCWD : start.open().number(),
        gate,
        argv.address(),
        envp.address(),
        named ? 0 : Descriptor.AT_EMPTY_PATH);
    add(SystemCall.EXIT_GROUP);
    ByteBuffer list = Kernel.allocate(calls.size() * WORDS * Long.BYTES);
    calls.forEach(call -> Arrays.stream(call).forEach(list::putLong));
    held.add(list);
    // No handler of the JVM may run in the new process.
    Kernel.call(
        SystemCall.RT_SIGPROCMASK,
        ProcessState.SIG_SETMASK,
        mask,
        mask + 2 * SET_SIZE,
        SET_SIZE,
        0);
    long child = NativeCalls.fork(Kernel.address(list), calls.size());
    Kernel.call(
        SystemCall.RT_SIGPROCMASK, ProcessState.SIG_SETMASK, mask + 2 * SET_SIZE, 0, SET_SIZE, 0);
    HostError.check(child, shown);
    seize((int) child, shown);
    Kernel.call(SystemCall.WRITE, write, octet, 1);
    return (int) child;
  }

  /** The address of a copy of bytes with a zero behind them. */
  private long memory(byte[] bytes) {
    ByteBuffer copy = Kernel.allocate(bytes.length + 1).put(0, bytes);
    held.add(copy);
    return Kernel.address(copy);
  }

  /** If it fails, the process reads nothing from the pipe, and must not go on. */
  private static void seize(int child, String shown) throws IOException {
    long result = Tracing.seize(child);
    if (result < 0) {
      Kernel.call(SystemCall.KILL, child, KILL, 0);
      ProcessState.reap(child);
      throw new FileSystemException(
          shown,
          null,
          "cannot be traced: "
              + HostError.text((int) -result)
              + "; see ptrace(2), /proc/sys/kernel/yama/ptrace_scope");
    }
  }

  private static long[] cloneArguments() {
    return Kernel.host() == HostAbi.S390X ? new long[] {0, SIGCHLD} : new long[] {SIGCHLD, 0};
  }

  /** Handlers of the JVM end with execve(2); what it ignores does not. */
  private void signals(long ignored, long nothing, long ignore) {
    for (int signal = 1; signal <= ProcessState.SIGNALS; signal++) {
      if (signal != KILL && signal != STOP) {
        long action = (ignored >>> (signal - 1) & 1) != 0 ? ignore : nothing;
        add(SystemCall.RT_SIGACTION, signal, action, 0, SET_SIZE);
      }
    }
  }
}
