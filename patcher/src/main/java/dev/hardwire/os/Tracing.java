package dev.hardwire.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * ptrace(2). All methods are for one thread: that which started the traced program. A failure means
 * that the traced thread has ended meanwhile, which the next {@link #await} says.
 */
public final class Tracing {
  /** Events of ptrace(2), as they are in the status of a stop. */
  public static final int EVENT_FORK = 1;

  public static final int EVENT_VFORK = 2;
  public static final int EVENT_CLONE = 3;
  public static final int EVENT_EXEC = 4;
  public static final int EVENT_EXIT = 6;
  public static final int EVENT_STOP = 128;

  private static final int CONT = 7;
  private static final int SYSCALL = 24;
  private static final int GET_EVENT_MESSAGE = 0x4201;
  private static final int GET_SIGNAL_INFO = 0x4202;
  private static final int GET_REGISTERS = 0x4204;
  private static final int SEIZE = 0x4206;
  private static final int LISTEN = 0x4208;
  private static final int GET_SYSCALL_INFO = 0x420e;

  private static final int MARK_SYSCALLS = 1;
  private static final int EXIT_KILL = 0x10_0000;
  private static final int OPTIONS =
      MARK_SYSCALLS
          | 1 << EVENT_FORK
          | 1 << EVENT_VFORK
          | 1 << EVENT_CLONE
          | 1 << EVENT_EXEC
          | 1 << EVENT_EXIT
          | EXIT_KILL;

  /** NT_PRSTATUS. */
  private static final int GENERAL_REGISTERS = 1;

  private static final int WAIT_ALL = 0x4000_0000;
  private static final int WAIT_OF_THREAD = 0x2000_0000;
  private static final int ROOM = 1024;

  private Tracing() {}

  /**
   * A change of a traced thread.
   *
   * @param thread its number
   * @param status of wait(2)
   */
  public record Change(int thread, int status) {
    /** Whether the thread is stopped. */
    public boolean isStop() {
      return (status & 0xff) == 0x7f;
    }

    public int signal() {
      return status >> 8 & 0xff;
    }

    /** The event of the stop; 0 for none. */
    public int event() {
      return status >> 16;
    }
  }

  static long seize(int thread) {
    return Kernel.call(SystemCall.PTRACE, SEIZE, thread, 0, OPTIONS, 0);
  }

  /** Waits for a change; empty if nothing is traced any more. */
  public static Optional<Change> await() throws IOException {
    ByteBuffer status = Kernel.allocate(Long.BYTES);
    long result;
    do {
      result =
          Kernel.call(
              SystemCall.WAIT4, -1, Kernel.address(status), WAIT_ALL | WAIT_OF_THREAD, 0, 0);
    } while (result == -HostError.EINTR);
    if (result == -HostError.ECHILD) {
      return Optional.empty();
    }
    int thread = (int) HostError.check(result, "wait");
    return Optional.of(new Change(thread, status.getInt(0)));
  }

  /** Lets a thread go on, with a signal, or with 0 for none. */
  public static void resume(int thread, int signal) {
    Kernel.call(SystemCall.PTRACE, CONT, thread, 0, signal, 0);
  }

  /** The same, until it makes the next system call or is back from one. */
  public static void resumeToCall(int thread, int signal) {
    Kernel.call(SystemCall.PTRACE, SYSCALL, thread, 0, signal, 0);
  }

  /** Leaves a process stopped that a signal stopped. */
  public static void leaveStopped(int thread) {
    Kernel.call(SystemCall.PTRACE, LISTEN, thread, 0, 0, 0);
  }

  /** What the event of a stop says. */
  public static long message(int thread) {
    ByteBuffer memory = Kernel.allocate(Long.BYTES);
    Kernel.call(SystemCall.PTRACE, GET_EVENT_MESSAGE, thread, 0, Kernel.address(memory), 0);
    return Kernel.word(memory, 0);
  }

  /**
   * The siginfo_t of the signal of a stop, in the form of this host; empty if the thread is gone.
   */
  public static Optional<ByteBuffer> signalInfo(int thread) {
    ByteBuffer memory = Kernel.allocate(ROOM);
    long result =
        Kernel.call(SystemCall.PTRACE, GET_SIGNAL_INFO, thread, 0, Kernel.address(memory), 0);
    return result < 0 ? Optional.empty() : Optional.of(memory);
  }

  /** The registers, as a core file has them; their number shows the thread's architecture. */
  public static byte[] registers(int thread) {
    ByteBuffer memory = Kernel.allocate(ROOM);
    ByteBuffer vector = Kernel.allocate(2 * Long.BYTES);
    Kernel.putWord(vector, 0, Kernel.address(memory));
    Kernel.putWord(vector, Kernel.wordSize(), ROOM);
    long result =
        Kernel.call(
            SystemCall.PTRACE, GET_REGISTERS, thread, GENERAL_REGISTERS, Kernel.address(vector), 0);
    int length = (int) Kernel.word(vector, Kernel.wordSize());
    byte[] registers = new byte[result < 0 ? 0 : length];
    memory.get(0, registers);
    return registers;
  }

  /** The struct ptrace_syscall_info of a stop; empty if the thread is gone. */
  public static Optional<ByteBuffer> callInfo(int thread) {
    ByteBuffer memory = Kernel.allocate(ROOM);
    long result =
        Kernel.call(SystemCall.PTRACE, GET_SYSCALL_INFO, thread, ROOM, Kernel.address(memory), 0);
    return result < 0 ? Optional.empty() : Optional.of(memory);
  }

  /** Lets this process go on when a terminal sends its programs a signal. */
  public static void ignore(int... signals) {
    ByteBuffer action = Kernel.allocate(ProcessState.ACTION_SIZE);
    Kernel.putWord(action, 0, ProcessState.SIG_IGN);
    for (int signal : signals) {
      Kernel.call(SystemCall.RT_SIGACTION, signal, Kernel.address(action), 0, 8, 0);
    }
  }

  /** The memory of a traced process, which is stopped. */
  public static final class Memory implements Closeable {
    private final Descriptor open;

    public Memory(int process) throws IOException {
      open = Descriptor.open(Path.of("/proc", Integer.toString(process), "mem"));
    }

    /** Bytes from an address on; fewer, or none, where memory ends. */
    public byte[] read(long address, int length) {
      ByteBuffer into = ByteBuffer.allocate(length);
      try {
        int count = 1;
        while (into.hasRemaining() && count > 0) {
          count = open.read(into, address + into.position());
        }
      } catch (IOException endOfMemory) {
        return Arrays.copyOf(into.array(), into.position());
      }
      return Arrays.copyOf(into.array(), into.position());
    }

    @Override
    public void close() throws IOException {
      open.close();
    }
  }
}
