package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thread that the constructor of a library started before the policy was installed. */
class EarlyThreadTest {
  private static final String LIBRARY =
      """
      #include <errno.h>
      #include <fcntl.h>
      #include <pthread.h>
      #include <semaphore.h>
      static sem_t asked, answered;
      static const char *path;
      static int error;
      static void *wait_for_work(void *unused) {
        sem_wait(&asked);
        error = open(path, O_RDONLY) < 0 ? errno : 0;
        sem_post(&answered);
        return unused;
      }
      __attribute__((constructor)) static void start(void) {
        static pthread_t thread;
        sem_init(&asked, 0, 0);
        sem_init(&answered, 0, 0);
        pthread_create(&thread, 0, wait_for_work, 0);
      }
      int open_in_thread(const char *name) {
        path = name;
        sem_post(&asked);
        sem_wait(&answered);
        return error;
      }
      """;

  private static final String PROGRAM =
      """
      #include <errno.h>
      #include <fcntl.h>
      #include <stdio.h>
      #include <string.h>
      int open_in_thread(const char *name);
      static const char *text(int error) {
        return error ? strerrorname_np(error) : "ok";
      }
      int main(int argc, char **argv) {
        printf("main %s\\n", text(open(argv[argc - 1], O_RDONLY) < 0 ? errno : 0));
        printf("thread %s\\n", text(open_in_thread(argv[argc - 1])));
        return 0;
      }
      """;

  @TempDir private Path folder;

  private Path program() throws IOException {
    Path library = folder.resolve("libearly.so");
    Path program = folder.resolve("early");
    Path source = Files.writeString(folder.resolve("library.c"), LIBRARY);
    Programs.output("gcc", "-O1", "-fPIC", "-shared", "-pthread", "-o", library, source);
    Path main = Files.writeString(folder.resolve("main.c"), "#define _GNU_SOURCE\n" + PROGRAM);
    Programs.output("gcc", "-O1", "-pthread", "-o", program, main, library, "-Wl,-rpath," + folder);
    return program;
  }

  @Test
  @Takes(KernelFeature.FILES)
  void kernelsThatCannotRestrictAllThreadsLeaveItFree() throws IOException {
    Path program = program();
    Path wired = new Restricted(folder).patched(program, "landlock: {read: [" + folder + "]}");
    assertThat(Programs.output(program, "/etc/passwd")).isEqualTo("main ok\nthread ok\n");
    String thread = KernelFeature.ALL_THREADS.isOffered() ? "EACCES" : "ok";
    assertThat(Programs.output(wired, "/etc/passwd"))
        .isEqualTo("main EACCES\nthread " + thread + "\n");
  }

  /** Filters are for all threads on every kernel. */
  @Test
  void aFilterDeniesItOpen() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("policy"),
            "version: 1\ndefault: allow\nrules: [errno EPERM: [openat]]\n");
    Path out = folder.resolve("out");
    Cli.ok("patch", "--policy", policy, "-o", out, program());
    assertThat(Programs.output(out, "/etc/passwd")).isEqualTo("main EPERM\nthread EPERM\n");
  }
}
