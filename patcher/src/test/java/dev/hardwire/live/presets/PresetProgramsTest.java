package dev.hardwire.live.presets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs do their usual work under the policy for their kind, and what the policy denies fails. A
 * script that prints other lines than these is a failure.
 */
class PresetProgramsTest {
  @TempDir private Path folder;

  @BeforeEach
  void openFolder() throws IOException {
    // A server gives up root's rights and still has to find its files.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(folder.resolve("text"), "one\ntwo\nthree\n");
  }

  /** Patches programs of the system into the folder, which comes first in PATH of the script. */
  private String script(String preset, String programs, String script) throws IOException {
    Path wired = Files.createDirectory(folder.resolve("wired"));
    List<String> originals = List.of(programs.split(" ", -1));
    Cli.ok("patch", "--preset", preset, "--output-dir", wired, originals);
    List<Path> results =
        originals.stream().map(file -> wired.resolve(Path.of(file).getFileName())).toList();
    assertThat(Cli.ok("verify", "--preset", preset, results).out().lines())
        .filteredOn(line -> line.equals("  verified"))
        .hasSameSizeAs(results);
    Map<String, String> environment =
        Map.of(
            "PATH",
            wired + ":" + System.getenv("PATH"),
            "LC_ALL",
            "C",
            "PORT",
            port(),
            "no_proxy",
            "*");
    Outcome outcome = Programs.together(folder, environment, "bash", "-c", script);
    return outcome.out();
  }

  private static String port() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  @Test
  void noExec() throws IOException {
    String printed =
        script(
            "no-exec",
            "/usr/bin/tar /usr/bin/find /usr/bin/python3",
            """
            tar -cf a.tar text && mkdir out && tar -xf a.tar -C out && cat out/text
            tar -czf a.tgz text 2>&1 | grep -o 'signal 31'
            find . -name text -newer /bin/sh
            find . -name text -exec true ';'; echo $?
            python3 -c 'import threading; t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()'
            python3 -c 'import os; os.execv("/bin/true", ["true"])'; echo $?
            """);
    assertThat(lines(printed))
        .contains("one\ntwo\nthree\nsignal 31\n")
        .contains("./out/text")
        .endsWith("thread\n159\n");
  }

  @Test
  void noNetwork() throws IOException {
    String printed =
        script(
            "no-network",
            "/usr/bin/curl /usr/bin/python3 /usr/bin/getent",
            """
            curl -s "file://$PWD/text"
            getent passwd root | cut -d: -f1
            python3 -m http.server --bind 127.0.0.1 $PORT >/dev/null 2>&1; echo $?
            curl -sS "http://127.0.0.1:$PORT/" 2>&1 >/dev/null | grep -c 'connect\\|family'
            python3 -c 'import socket; a, b = socket.socketpair(); a.send(b"local"); print(b.recv(9).decode())'
            for kind in AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_VSOCK; do
              python3 -c 'import socket, sys; socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_RAW)' $kind 2>&1 |
                grep -o 'Errno 97'
            done
            """);
    assertThat(lines(printed))
        .isEqualTo("one\ntwo\nthree\nroot\n1\n1\nlocal\n" + "Errno 97\n".repeat(5));
  }

  @Test
  void noNewCode() throws IOException {
    String printed =
        script(
            "no-new-code",
            "/usr/bin/python3 /usr/bin/openssl",
            """
            python3 -c 'import sqlite3; print(sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0])'
            openssl dgst -sha256 -r text | cut -c 1-8
            python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC); print("ok")'
            python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)' 2>&1 | tail -1
            python3 -c '
            import ctypes, mmap
            memory = mmap.mmap(-1, 4096)
            address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            print(ctypes.CDLL(None).mprotect(ctypes.c_void_p(address), 4096, mmap.PROT_EXEC))'
            """);
    assertThat(lines(printed))
        .isEqualTo(
            "42\nf9c8ed1a\nok\nPermissionError: [Errno 1] Operation not permitted\n-1\n"
                .replace("f9c8ed1a", digest()));
  }

  private String digest() {
    return Programs.output("sha256sum", folder.resolve("text")).substring(0, 8);
  }

  @Test
  void readOnly() throws IOException {
    String printed =
        script(
            "read-only",
            "/usr/bin/grep /usr/bin/sha256sum /usr/bin/find /usr/bin/python3 /usr/bin/sed"
                + " /usr/bin/touch /usr/bin/rm /usr/bin/mkdir /usr/bin/chmod /usr/bin/mv",
            """
            grep -n two text
            sha256sum text | cut -c 1-8
            find text -size +1c
            sed s/one/1/ text | head -1
            python3 -B -c 'print(len(open("text").read()))'
            for command in 'touch new' 'rm text' 'mkdir new' 'chmod 600 text' 'mv text new' 'sed -i s/o/0/ text'; do
              $command 2>&1 | grep -o 'Read-only file system'
            done
            python3 -B -c 'open("new", "w")' 2>&1 | grep -o 'Read-only file system'
            cat text; ls
            """);
    assertThat(lines(printed))
        .isEqualTo(
            "2:two\n"
                + digest()
                + "\ntext\n1\n14\n"
                + "Read-only file system\n".repeat(7)
                + "one\ntwo\nthree\ntext\nwired\n");
  }

  @Test
  void stdio() throws IOException {
    String printed =
        script(
            "stdio",
            "/usr/bin/sort /usr/bin/wc /usr/bin/tr /usr/bin/gzip /usr/bin/cat"
                + " /usr/bin/base64 /usr/bin/awk /usr/bin/dash",
            """
            sort <text | tr a-z A-Z | cat
            seq 200000 | sort -S 50M -n -r --parallel=4 | sed -n 1p
            gzip -c <text | gzip -dc | wc -l
            base64 <text | base64 -d | awk '{ n++ } END { print n }'
            cat text 2>&1 | grep -o 'Operation not permitted'
            dash -c 'exec /bin/true' 2>/dev/null; echo $?
            """);
    assertThat(lines(printed))
        .isEqualTo("ONE\nTHREE\nTWO\n200000\n3\n3\nOperation not permitted\n159\n");
  }

  @Test
  void cliTool() throws IOException {
    String printed =
        script(
            "cli-tool",
            "/bin/bash /usr/bin/make /usr/bin/xz /usr/bin/python3",
            """
            bash -c 'sed -i s/one/1/ text && (sort text; date >/dev/null) | head -1 && wc -l <(cat text) | cut -c 1'
            echo 'int main(void) { return 7; }' >seven.c
            printf 'seven: seven.c\\n\\tgcc -o $@ $<\\n' >Makefile
            make -s && ./seven; echo $?
            xz -k text && xz -dc text.xz | tail -1
            python3 -c 'import subprocess, sqlite3, tempfile; print(subprocess.run(["echo", "child"]).returncode)'
            python3 -c 'import socket; socket.socket(socket.AF_INET)' 2>&1 | grep -o 'Errno 97'
            bash -c 'umount /nowhere'; echo $?
            bash -c 'unshare -r true'; echo $?
            python3 -c 'import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)'; echo $?
            """);
    assertThat(lines(printed)).isEqualTo("1\n3\n7\nthree\nchild\n0\nErrno 97\n159\n159\n159\n");
  }

  @Test
  void networkClient() throws IOException {
    String printed =
        script(
            "network-client",
            "/usr/bin/curl /usr/bin/python3 /usr/bin/redis-cli /usr/bin/getent /usr/bin/openssl",
            """
            /usr/bin/python3 -m http.server --bind 127.0.0.1 $PORT >/dev/null 2>&1 &
            for i in {1..100}; do curl -sf "http://127.0.0.1:$PORT/text" && break; sleep 0.1; done
            curl -sf -o copy "http://localhost:$PORT/text"; tail -1 copy
            python3 -c '
            import sys, urllib.request
            print(len(urllib.request.urlopen(sys.argv[1]).read()))' "http://127.0.0.1:$PORT/text"
            kill %1
            getent ahosts localhost | head -1 | cut -d ' ' -f 1 | grep -c '127.0.0.1\\|::1'
            redis-cli -p 1 ping 2>&1 | grep -o refused
            openssl s_client -connect 127.0.0.1:1 </dev/null 2>&1 | grep -o -m 1 refused
            python3 -c 'import socket; socket.create_server(("127.0.0.1", 0))' 2>&1 | grep -o 'Errno 1\\b'
            python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)' 2>&1 | grep -o 'Errno 97'
            python3 -c 'import os; os.execv("/bin/true", ["true"])'; echo $?
            """);
    assertThat(lines(printed))
        .isEqualTo("one\ntwo\nthree\nthree\n14\n1\nrefused\nrefused\nErrno 1\nErrno 97\n159\n");
  }

  @Test
  void networkServer() throws IOException {
    String printed =
        script(
            "network-server",
            "/usr/sbin/nginx /usr/bin/python3",
            """
            cat >nginx.conf <<END
            worker_processes 2;
            user www-data;
            pid $PWD/pid;
            error_log $PWD/error.log;
            daemon off;
            events { worker_connections 64; }
            http { access_log $PWD/access.log; sendfile on; server { listen 127.0.0.1:$PORT; root $PWD; } }
            END
            nginx -c "$PWD/nginx.conf" &
            for i in {1..100}; do curl -sf -o copy "http://127.0.0.1:$PORT/text" && break; sleep 0.1; done
            ab -q -k -n 200 -c 4 "http://127.0.0.1:$PORT/text" | grep -o 'Failed requests: *0'
            nginx -c "$PWD/nginx.conf" -s reload; sleep 0.2
            curl -sf "http://127.0.0.1:$PORT/text" | tail -1
            kill -QUIT $(cat pid); wait; echo $?; grep -c 'signal 31' error.log
            python3 -c 'import subprocess; subprocess.run(["true"])' 2>&1 | tail -1
            python3 -c 'import os; os.execv("/bin/true", ["true"])'; echo $?
            python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>&1 | grep -o 'Errno 97'
            """);
    assertThat(lines(printed))
        .startsWith("Failed requests: 0\nthree\n0\n0\n")
        .endsWith("159\nErrno 97\n");
  }

  @Test
  void database() throws IOException {
    String printed =
        script(
            "database",
            "/usr/bin/redis-server /usr/bin/python3",
            """
            redis-server --port $PORT --dir "$PWD" --appendonly yes --save '1 1' >log 2>&1 &
            for i in {1..100}; do redis-cli -p $PORT ping 2>/dev/null | grep PONG && break; sleep 0.1; done
            redis-benchmark -p $PORT -n 1000 -c 5 -q -t set,lpush >/dev/null; echo $?
            redis-cli -p $PORT bgsave >/dev/null; redis-cli -p $PORT set key value
            redis-cli -p $PORT shutdown; wait; echo $?
            python3 -c '
            import sqlite3
            with sqlite3.connect("db") as db:
                db.execute("pragma journal_mode = wal")
                db.execute("create table t (a)")
                db.executemany("insert into t values (?)", [(i,) for i in range(1000)])
            print(db.execute("select count(*) from t").fetchone()[0])'
            python3 -c 'import os; os.execv("/bin/true", ["true"])' 2>&1 | tail -1
            """);
    assertThat(lines(printed))
        .isEqualTo("PONG\n0\nOK\n0\n1000\nPermissionError: [Errno 1] Operation not permitted\n");
  }

  /** Without what bash and nginx say about processes and signals, and with single spaces. */
  private static String lines(String printed) {
    return printed
        .lines()
        .filter(line -> !line.startsWith("bash: line") && !line.contains("[notice]"))
        .map(line -> line.replaceAll(" +", " "))
        .reduce("", (all, line) -> all + line + "\n");
  }
}
