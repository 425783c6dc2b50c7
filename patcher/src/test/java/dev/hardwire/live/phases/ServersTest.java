package dev.hardwire.live.phases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Nginx;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that serve with fewer calls than they start with. */
@Tag("system")
class ServersTest {
  private static final long PATIENCE_SECONDS = 20;

  private static final String NGINX =
      """
      version: 1
      name: nginx
      default: kill-process
      rules:
        - allow: [accept4, access, arch_prctl, bind, brk, clock_nanosleep, clone, close, connect, dup2]
        - allow: [epoll_create, epoll_ctl, epoll_wait, eventfd2, execve, exit_group, fcntl, fstat]
        - allow: [futex, geteuid, getdents64, getpid, getppid, getrandom, gettid, ioctl, listen, lseek]
        - allow: [mkdir, mmap, mprotect, munmap, newfstatat, openat, prctl, pread64, prlimit64]
        - allow: [pwrite64, read, recvfrom, recvmsg, rseq, rt_sigaction, rt_sigprocmask, rt_sigreturn]
        - allow: [rt_sigsuspend, sendfile, sendmsg, set_robust_list, set_tid_address, setgid]
        - allow: [setgroups, setsockopt, setuid, socket, socketpair, sysinfo, uname, unlink, wait4, write]
        - allow: [writev, rename, setitimer, kill, umask, getuid, getgid, setsid]
      phases:
        - name: serve
          at: {first-call-of: epoll_wait}
          default: kill-process
          rules:
            - allow: [accept4, brk, close, dup2, epoll_ctl, epoll_wait, exit_group, fcntl, fstat, gettid]
            - allow: [newfstatat, openat, pread64, recvfrom, recvmsg, rt_sigreturn, sendfile, setsockopt]
            - allow: [write, writev, munmap, getpid]
      """;

  private static final String REDIS =
      """
      version: 1
      name: redis
      default: kill-process
      rules:
        - allow: [accept4, access, arch_prctl, bind, brk, chdir, clone, clone3, close, epoll_create]
        - allow: [epoll_create1, epoll_ctl, epoll_wait, execve, exit, exit_group, fadvise64, fcntl]
        - allow: [fdatasync, fstat, fsync, futex, getcwd, getpeername, getpid, getrandom, ioctl, kill]
        - allow: [listen, lseek, madvise, mkdir, mmap, mprotect, munmap, newfstatat, open, openat, pipe2]
        - allow: [prctl, pread64, prlimit64, read, readlink, rename, restart_syscall, rseq, rt_sigaction]
        - allow: [rt_sigprocmask, rt_sigreturn, sched_getaffinity, set_robust_list, set_tid_address]
        - allow: [setitimer, setsockopt, shutdown, socket, sync_file_range, sysinfo, tgkill, umask]
        - allow: [uname, unlink, wait4, write, writev, getdents64, clock_nanosleep, ftruncate]
      phases:
        - name: serve
          at: {first-call-of: epoll_wait}
          default: kill-process
          rules:
            - allow: [accept4, brk, clone, clone3, close, epoll_ctl, epoll_wait, exit, exit_group]
            - allow: [fadvise64, fcntl, fdatasync, fstat, fsync, futex, getpeername, getpid, kill, lseek]
            - allow: [madvise, mkdir, mmap, mprotect, munmap, newfstatat, openat, pipe2, prctl, read]
            - allow: [rename, rseq, rt_sigaction, rt_sigprocmask, rt_sigreturn, set_robust_list]
            - allow: [setsockopt, shutdown, sync_file_range, uname, unlink, wait4, write, writev]
            - allow: [restart_syscall, ftruncate, sysinfo, getdents64]
      """;

  @TempDir private static Path shared;
  @TempDir private Path folder;
  private Phased phased;
  private Process server;
  private int port;

  @BeforeEach
  void prepare() throws IOException {
    phased = new Phased(folder);
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (server != null) {
      server.destroy();
      if (!server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
  }

  private Outcome get(String path) {
    return Programs.run(
        "curl", "-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", url(path));
  }

  private String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private void await(String what, Condition condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what + log()).isLessThan(end);
      Thread.sleep(50);
    }
  }

  private String log() throws IOException {
    Path err = folder.resolve("err");
    return Files.exists(err) ? "; " + Files.readString(err) : "";
  }

  /** The numbers of filters of the threads of a process. */
  private static Set<Integer> filters(long process) throws IOException {
    Set<Integer> found = new TreeSet<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
      for (Path task : tasks.toList()) {
        for (String line : Files.readAllLines(task.resolve("status"))) {
          if (line.startsWith("Seccomp_filters:")) {
            found.add(Integer.parseInt(line.substring(16).strip()));
          }
        }
      }
    }
    return found;
  }

  private List<Long> workers() {
    return server.children().map(ProcessHandle::pid).sorted().toList();
  }

  /** Whether two workers serve, all with both filters. */
  private boolean twoWorkersServe() {
    List<Long> workers = workers();
    boolean good = workers.size() == 2;
    for (long worker : workers) {
      try {
        good &= filters(worker).equals(Set.of(2));
      } catch (IOException ended) {
        return false;
      }
    }
    return good;
  }

  private void start(Path program, Object... arguments) throws IOException {
    List<Object> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    server =
        Programs.start(
            Map.of(),
            command.stream().map(Object::toString).toList(),
            folder.resolve("out"),
            folder.resolve("err"));
  }

  private void startNginx() throws IOException, InterruptedException {
    Path html = Files.createDirectories(folder.resolve("html/list"));
    Files.writeString(html.resolveSibling("index.html"), "hello\n");
    Files.write(html.resolveSibling("big"), new byte[3 << 20]);
    Files.createSymbolicLink(html.resolveSibling("link"), Path.of("/etc/hostname"));
    Files.createDirectories(folder.resolve("logs"));
    Path configuration =
        Nginx.configure(folder, port, "disable_symlinks on; location /list/ { autoindex on; }");
    Path nginx = shared.resolve("nginx");
    if (!Files.exists(nginx)) {
      Files.copy(phased.patched(phased.write(NGINX), Path.of("/usr/sbin/nginx")), nginx);
    }
    start(nginx, "-p", folder + "/", "-c", configuration);
    await("nginx answers", () -> get("/").out().equals("200"));
    await("both workers serve", this::twoWorkersServe);
  }

  @Test
  void nginxServesReloadsAndItsMasterStaysFree() throws IOException, InterruptedException {
    startNginx();
    for (int i = 0; i < 3; i++) {
      assertThat(get("/").out()).isEqualTo("200");
      assertThat(get("/big").out()).isEqualTo("200");
      assertThat(get("/none").out()).isEqualTo("404");
      assertThat(get("/link").out()).isEqualTo("403");
      assertThat(filters(server.pid())).containsExactly(1);
      List<Long> before = workers();
      Programs.output("kill", "-HUP", server.pid());
      await("other workers serve", () -> !workers().equals(before) && twoWorkersServe());
    }
    assertThat(get("/").out()).isEqualTo("200");
    Programs.output("kill", "-QUIT", server.pid());
    assertThat(server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isZero();
  }

  /** To list a directory takes getdents64, which the master may call and workers may not. */
  @Test
  void aDeniedCallEndsAWorkerOnly() throws IOException, InterruptedException {
    startNginx();
    List<Long> before = workers();
    assertThat(get("/list/").out()).isEqualTo("000");
    await("another worker serves", () -> !workers().equals(before) && twoWorkersServe());
    assertThat(Files.readString(folder.resolve("logs/error.log"))).contains("exited on signal 31");
    assertThat(get("/").out()).isEqualTo("200");
    assertThat(filters(server.pid())).containsExactly(1);
  }

  private String redis(String... words) {
    List<Object> command = new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(port)));
    command.addAll(List.of(words));
    return Programs.output(command.toArray()).strip();
  }

  @Test
  void everyThreadOfRedisServesWithBothFilters() throws IOException, InterruptedException {
    Path redis = phased.patched(phased.write(REDIS), Path.of("/usr/bin/redis-server"));
    start(
        redis,
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--dir",
        folder,
        "--save",
        "",
        "--appendonly",
        "yes");
    await(
        "redis answers",
        () ->
            Programs.run("redis-cli", "-p", Integer.toString(port), "ping").out().contains("PONG"));
    assertThat(filters(server.pid())).containsExactly(2);
    assertThat(redis("set", "a", "1")).isEqualTo("OK");
    assertThat(redis("save")).isEqualTo("OK");
    assertThat(redis("bgsave")).contains("started");
    await("saved", () -> redis("info", "persistence").contains("rdb_bgsave_in_progress:0"));
    assertThat(redis("info", "persistence")).contains("rdb_last_bgsave_status:ok");
    assertThat(redis("bgrewriteaof")).contains("started");
    await("rewritten", () -> redis("info", "persistence").contains("aof_rewrite_in_progress:0"));
    assertThat(redis("info", "persistence")).contains("aof_last_bgrewrite_status:ok");
    assertThat(redis("eval", "return redis.call('incr', 'a')", "0")).isEqualTo("2");
    assertThat(redis("flushall", "async")).isEqualTo("OK");
    assertThat(filters(server.pid())).containsExactly(2);
    Programs.run("redis-cli", "-p", Integer.toString(port), "shutdown").succeeds();
    assertThat(server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(server.exitValue()).isZero();
  }
}
