package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that make calls in many ways, as many compilers, linkers and languages build them. Each
 * is derived and does what it did before, but for those that are named here: they are refused. None
 * is killed.
 */
@Tag("system")
@Tag("long")
class DerivedBuildsTest {
  private static final Path COUNTS = Path.of("target", "builds.txt");
  private static final Path WAYS = Path.of("..", "fixtures", "src", "tools", "ways.c");
  private static final List<String> COMPILERS = List.of("gcc", "clang");

  private static final Map<String, String> KINDS =
      Map.of(
          "PIE", "-pie -fPIE",
          "fixed", "-no-pie -fno-pie",
          "static", "-static -no-pie",
          "static PIE", "-static-pie -fPIE");

  /** Of gcc, each by itself. */
  private static final List<String> OPTIONS =
      List.of(
          "-flto",
          "-flto -static -no-pie",
          "-fwhole-program -fipa-ra",
          "-fcf-protection=full",
          "-fcf-protection=full -static -no-pie",
          "-fno-plt",
          "-Wl,-z,now",
          "-Wl,-z,lazy",
          "-Wl,-z,pack-relative-relocs",
          "-Wl,-z,noseparate-code",
          "-Wl,-z,norelro",
          "-Wl,--gc-sections -ffunction-sections -fdata-sections",
          "-fno-asynchronous-unwind-tables -fno-unwind-tables",
          "-fno-asynchronous-unwind-tables -fno-unwind-tables -s",
          "-s",
          "-s -static -no-pie",
          "-fpatchable-function-entry=8,2",
          "-finstrument-functions",
          "-pg",
          "--coverage",
          "-fsanitize=undefined",
          "-fstack-protector-all -D_FORTIFY_SOURCE=3",
          "-fsplit-stack",
          "-fno-omit-frame-pointer -mno-red-zone",
          "-fno-jump-tables",
          "-mindirect-branch=thunk -fcf-protection=none",
          "-mindirect-branch=thunk-inline -fcf-protection=none",
          "-march=native -funroll-loops",
          "-mno-sse -mno-sse2",
          "-ffixed-rbx");

  private static final List<String> CLANG_OPTIONS =
      List.of(
          "-flto -fuse-ld=lld",
          "-flto -fuse-ld=lld -static",
          "-fuse-ld=lld -Wl,--icf=all -ffunction-sections",
          "-flto -fuse-ld=lld -fvisibility=hidden -fsanitize=cfi",
          "-fsanitize=safe-stack",
          "-mretpoline");

  private static final String CXX =
      """
      #include <cstdio>
      #include <functional>
      #include <map>
      #include <memory>
      #include <stdexcept>
      #include <string>
      #include <sys/syscall.h>
      #include <unistd.h>
      #include <variant>
      #include <vector>
      struct Base { virtual ~Base() {} virtual long work() = 0; };
      struct One : Base { long work() override { return syscall(SYS_getpgid, 0); } };
      struct Two : virtual Base { long work() override { return syscall(SYS_getsid, 0); } };
      struct Three : Two, One {
        long work() override { return One::work() + syscall(SYS_sched_yield); }
      };
      static struct Early { Early() { syscall(SYS_alarm, 0); } ~Early() { syscall(SYS_times, 0); } } early;
      struct Guard { ~Guard() { syscall(SYS_umask, 077); } };
      static long fails(int how) { Guard guard; if (how) throw std::runtime_error("x"); return how; }
      int main(int count, char **) {
        std::vector<std::unique_ptr<Base>> all;
        all.emplace_back(new One);
        all.emplace_back(new Two);
        long sum = 0;
        for (auto &one : all) sum += one->work() != 0;
        Three three;
        sum += static_cast<Two &>(three).work() != 0;
        std::map<std::string, std::function<long()>> table;
        table["a"] = [&] { return syscall(SYS_getpriority, 0, count - count); };
        table["b"] = [] { return syscall(SYS_sched_get_priority_max, 0); };
        for (auto &entry : table) sum += entry.second() > 0;
        std::variant<int, std::string> what = std::string("x");
        std::visit([](auto &value) {
          syscall(sizeof value > 4 ? SYS_sched_get_priority_min : SYS_getrusage, 0);
        }, what);
        try { fails(count); } catch (const std::exception &e) { syscall(SYS_getitimer, 0, 0); }
        std::puts("done");
        return 0;
      }
      """;

  private static final String RUST =
      """
      use std::collections::HashMap;
      extern "C" { fn syscall(number: i64, ...) -> i64; }
      trait Work { fn work(&self) -> i64; }
      struct One; struct Two(i64);
      impl Work for One { fn work(&self) -> i64 { unsafe { syscall(121, 0) } } }
      impl Work for Two { fn work(&self) -> i64 { unsafe { syscall(124, self.0) } } }
      struct Guard;
      impl Drop for Guard { fn drop(&mut self) { unsafe { syscall(95, 0o77); } } }
      fn choose(which: usize) -> i64 {
          match which { 0 => unsafe { syscall(39) }, 1 => unsafe { syscall(102) },
              2 => unsafe { syscall(104) }, 3 => unsafe { syscall(107) },
              4 => unsafe { syscall(108) }, _ => unsafe { syscall(110) } }
      }
      fn main() {
          let count = std::env::args().count();
          let all: Vec<Box<dyn Work>> = vec![Box::new(One), Box::new(Two(0))];
          let mut sum: i64 = all.iter().map(|one| one.work()).sum();
          let mut table: HashMap<&str, Box<dyn Fn() -> i64>> = HashMap::new();
          table.insert("a", Box::new(|| unsafe { syscall(24) }));
          table.insert("b", Box::new(move || unsafe { syscall(146, count - count) }));
          for f in table.values() { sum += f(); }
          for i in 0..6 { sum += choose(i * count); }
          let joined = std::thread::spawn(|| { let _guard = Guard; unsafe { syscall(37, 0) } }).join();
          println!("done {}", sum != 0 && joined.is_ok());
      }
      """;

  private static final String GO =
      """
      package main

      import (
      \t"fmt"
      \t"os"
      \t"syscall"
      )

      type work interface{ do() uintptr }
      type one struct{}
      type two struct{ number uintptr }

      func (one) do() uintptr   { r, _, _ := syscall.RawSyscall(121, 0, 0, 0); return r }
      func (t two) do() uintptr { r, _, _ := syscall.Syscall(124, 0, 0, 0); return r + t.number }

      func fails() (r uintptr) {
      \tdefer func() {
      \t\trecover()
      \t\tr, _, _ = syscall.RawSyscall(95, 077, 0, 0)
      \t}()
      \tpanic("x")
      }

      func main() {
      \tsum := uintptr(0)
      \tfor _, w := range []work{one{}, two{uintptr(len(os.Args))}} {
      \t\tsum += w.do()
      \t}
      \ttable := map[string]func() uintptr{
      \t\t"a": func() uintptr { r, _, _ := syscall.RawSyscall6(146, 0, 0, 0, 0, 0, 0); return r },
      \t}
      \tfor _, f := range table {
      \t\tsum += f()
      \t}
      \tdone := make(chan uintptr)
      \tgo func() { r, _, _ := syscall.Syscall(37, 0, 0, 0); done <- r }()
      \tsum += <-done + fails()
      \tfmt.Println("done", sum != 0, syscall.Getppid() >= 0)
      }
      """;

  private static final String POINTERS =
      "an argument of a function that is called through pointers";

  /** Builds with numbers that are not known, and what the message says. */
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          // calls syscall(2) by its address in a register, which goes to it as an argument, too
          Map.entry("gcc -O2 -DPLAIN -mcmodel=large -pie -fPIE ways.c", POINTERS),
          Map.entry("gcc -O2 -DPLAIN -mcmodel=large -no-pie -fno-pie ways.c", POINTERS),
          Map.entry("clang -O2 -DPLAIN -mcmodel=large -pie -fPIE ways.c", POINTERS),
          Map.entry("clang -O2 -DPLAIN -mcmodel=large -no-pie -fno-pie ways.c", POINTERS),
          // tables of characters in which a number is the distance of a function by chance
          Map.entry("gcc -O2 -fuse-ld=lld -static -no-pie -DIFUNC ways.c", POINTERS),
          Map.entry("clang -O2 -fuse-ld=lld -static -no-pie -DIFUNC ways.c", POINTERS),
          Map.entry("clang -O2 -DPLAIN -flto -fuse-ld=lld -static ways.c", POINTERS),
          // nothing says where its functions begin
          Map.entry(
              "gcc -O2 -fno-asynchronous-unwind-tables -fno-unwind-tables -s -DIFUNC ways.c",
              POINTERS),
          // passes the addresses of functions to what counts them
          Map.entry("gcc -O2 -finstrument-functions -DIFUNC ways.c", POINTERS),
          // musl's library calls syscall(2) of its own through pointers
          Map.entry("musl-gcc -O2 ways.c", POINTERS),
          // takes the address of an element before it compares the index
          Map.entry("rustc -Copt-level=3 -Awarnings ways.rs", "is not a constant"),
          Map.entry(
              "rustc -Copt-level=3 -Ctarget-feature=+crt-static -Awarnings ways.rs",
              "is not a constant"));

  @TempDir private Path folder;

  private int built;
  private final Map<String, String> refused = new TreeMap<>();
  private final List<String> silent = new ArrayList<>();

  /** A program is built from a source, derived, patched and run. */
  private void build(Path source, String compiler, String options) throws IOException {
    Path program = folder.resolve("program");
    String command = (compiler + " " + options).trim();
    Programs.together(
            folder,
            Map.of("GOCACHE", folder + "/go"),
            List.of(command.split(" +")),
            compiler.equals("rustc") || compiler.startsWith("go ") ? List.of() : "-w",
            "-o",
            program,
            source)
        .succeeds();
    String build = command + " " + source.getFileName();
    Outcome plain = Programs.together(folder, Map.of(), program);
    assertThat(plain.status()).as("%s: %s", build, plain).isZero();
    assertThat(plain.out()).as(build).startsWith("done");
    built++;
    Path policy = folder.resolve("policy.yaml");
    Outcome derived = Cli.run("derive", "--no-cache", "-o", policy, program);
    if (derived.status() == 0) {
      Path wired = folder.resolve("wired");
      Cli.ok("patch", "--hook", "auto-post-init", "--policy", policy, "-o", wired, program);
      Outcome confined = Programs.together(folder, Map.of(), wired);
      if (!confined.equals(plain)) {
        silent.add(build + ": " + confined);
      }
      Files.delete(wired);
      Files.delete(policy);
    } else {
      assertThat(derived.status()).as(derived.err()).isEqualTo(3);
      refused.put(build, derived.err().replace(program.toString(), "program"));
    }
    Files.delete(program);
  }

  private void c(String compiler, String options) throws IOException {
    boolean plain = compiler.startsWith("musl") || options.contains("-DPLAIN");
    build(WAYS.toAbsolutePath(), compiler, plain ? options : options + " -DIFUNC");
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void noBuildIsKilled() throws IOException {
    for (String compiler : COMPILERS) {
      for (String kind : KINDS.values()) {
        for (String level : List.of("-O0", "-O1", "-O2", "-O3", "-Os")) {
          c(compiler, level + " " + kind);
        }
        for (String linker : List.of("gold", "lld", "mold")) {
          boolean pie = kind.startsWith("-static-pie");
          if (!pie || !linker.equals("gold")) { // which cannot make these
            c(compiler, "-O2 -fuse-ld=" + linker + " " + kind + (pie ? " -DPLAIN" : ""));
          }
        }
      }
      for (String model : List.of("medium", "large")) {
        for (String kind : List.of("-pie -fPIE", "-no-pie -fno-pie", "-static -no-pie")) {
          if (!model.equals("large") || !kind.startsWith("-static")) { // which ld cannot link
            c(compiler, "-O2 -DPLAIN -mcmodel=" + model + " " + kind);
          }
        }
      }
    }
    for (String options : OPTIONS) {
      c("gcc", "-O2 " + (options.contains("flto") ? "-DPLAIN " : "") + options);
    }
    for (String options : CLANG_OPTIONS) {
      c("clang", "-O2 " + (options.contains("flto") ? "-DPLAIN " : "") + options);
    }
    for (String level : List.of("-O0", "-O1", "-O2", "-O3", "-Os")) {
      c("musl-gcc", level + " -static");
    }
    c("musl-gcc", "-O2");
    c("musl-gcc", "-O2 -static-pie -fPIE");
    languages();
    Files.writeString(
        COUNTS,
        "%d builds: %d refused, %d killed or changed\n"
                .formatted(built, refused.size(), silent.size())
            + String.join("\n", silent));
    assertThat(silent).isEmpty();
    assertThat(refused.keySet()).isEqualTo(REFUSED.keySet());
    REFUSED.forEach((build, reason) -> assertThat(refused.get(build)).contains(reason));
    assertThat(built).isGreaterThanOrEqualTo(110);
  }

  private void languages() throws IOException {
    Path cxx = Files.writeString(folder.resolve("ways.cc"), CXX);
    for (String compiler : List.of("g++", "clang++")) {
      for (String options :
          List.of("-O0", "-O2", "-O2 -static", "-O2 -fno-plt -Wl,-z,now", "-Os -s")) {
        build(cxx, compiler, "-std=c++17 " + options);
      }
    }
    Path rust = Files.writeString(folder.resolve("ways.rs"), RUST);
    for (String options :
        List.of(
            "-Copt-level=0",
            "-Copt-level=3",
            "-Copt-level=3 -Ctarget-feature=+crt-static",
            "-Copt-level=3 -Cpanic=abort -Clto=fat",
            "-Copt-level=s -Crelocation-model=static -Cstrip=symbols")) {
      build(rust, "rustc", options + " -Awarnings");
    }
    Path go = Files.writeString(folder.resolve("ways.go"), GO);
    for (String options :
        List.of("", "-buildmode=pie", "-ldflags=-s", "-gcflags=-N", "-gcflags=-l")) {
      build(go, "go build", options);
    }
  }
}
