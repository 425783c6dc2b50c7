package dev.hardwire.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A way to run a program under strace: what it finds around it. */
enum Variation {
  /** As it is called. */
  PLAIN(""),
  /** Standard input, output and error are a terminal. */
  TTY("tty"),
  PIPE("pipe"),
  NULL("null"),
  /** Standard input, output and error are closed. */
  CLOSED("closed"),
  /**
   * Reading the time is a system call. The kernel's auxiliary vector is changed by {@link Vdso}.
   */
  NO_VDSO("no-vdso"),
  /** Memory comes from the kernel, and goes back to it, as often as possible. */
  MALLOC("malloc"),
  /** It gets SIGABRT when it closes a file towards its end. */
  ABORT("abort");

  /** How long strace holds a program, so that its vDSO can be removed. */
  private static final int PAUSE_MICROSECONDS = 400_000;

  private static final Path NOTHING = Path.of("/dev/null");

  private final String suffix;

  Variation(String suffix) {
    this.suffix = suffix;
  }

  /** The end of the log's name; empty for the run as it is called. */
  String suffix() {
    return suffix;
  }

  /**
   * Further options of strace.
   *
   * @param closes how often the program closes files
   * @param attempt which attempt it is, from 0; a later one leaves more time to remove the vDSO
   */
  List<String> options(int closes, int attempt) {
    return switch (this) {
      case NO_VDSO ->
          List.of("--inject=execve,execveat:delay_exit=" + (PAUSE_MICROSECONDS << (2 * attempt)));
      case MALLOC ->
          List.of(
              "-E",
              "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4096:glibc.malloc.trim_threshold=4096"
                  + ":glibc.malloc.top_pad=0:glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1");
      case ABORT ->
          List.of("--inject=close:signal=SIGABRT:when=" + Math.max(1, closes - closes / 4));
      default -> List.of();
    };
  }

  /** Whether strace may stop the program at some calls only; it then cannot send signals. */
  boolean mayLeaveOut() {
    return this != ABORT;
  }

  /** The words that strace executes: the program directly, or through a shell. */
  List<String> traced(List<String> words) {
    if (this != NO_VDSO) {
      return words;
    }
    // strace does not pause at the execve by which it starts a program itself.
    List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\""));
    all.addAll(words);
    return all;
  }

  /** The words that start strace. */
  List<String> starting(List<String> strace) {
    if (this == TTY) {
      List<String> quoted = strace.stream().map(w -> "'" + w.replace("'", "'\\''") + "'").toList();
      return List.of("script", "-q", "-e", "-c", String.join(" ", quoted), "/dev/null");
    } else if (this == CLOSED) {
      List<String> all =
          new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-"));
      all.addAll(strace);
      return all;
    }
    return strace;
  }

  /**
   * Starts a command.
   *
   * @param input a regular file that every run reads from its start; null if there is none
   */
  Process start(ProcessBuilder builder, Path input, boolean first) throws IOException {
    Path in = input == null ? NOTHING : input;
    if (this == PLAIN) {
      builder.inheritIO();
      if (!first) {
        builder.redirectInput(in.toFile());
      }
      return builder.start();
    }
    builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
    if (this == PIPE) {
      builder.redirectOutput(Redirect.PIPE).redirectError(Redirect.PIPE);
      Process process = builder.start();
      drain(process.getInputStream());
      drain(process.getErrorStream());
      feed(process.getOutputStream(), in);
      return process;
    }
    builder.redirectInput(this == NULL ? NOTHING.toFile() : in.toFile());
    return builder.start();
  }

  private static void drain(InputStream from) {
    background(() -> from.transferTo(OutputStream.nullOutputStream()));
  }

  private static void feed(OutputStream to, Path from) {
    background(
        () -> {
          try (to;
              InputStream in = Files.newInputStream(from)) {
            in.transferTo(to);
          }
        });
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void background(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The program closed its end, or ended: it has got what it wanted.
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
