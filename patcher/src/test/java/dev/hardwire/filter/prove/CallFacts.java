package dev.hardwire.filter.prove;

import dev.hardwire.arch.Target;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@link PolicyText} has to know of an architecture: numbers from its kernel headers, groups
 * from systemd's own command, and types, constants and variants of some calls, written down from
 * the kernel's source (SYSCALL_DEFINE, net/socket.c, ipc/syscall.c, arch/s390/kernel/syscall.c).
 */
final class CallFacts {
  /** The names that policies give an architecture, and the folder and file of its header. */
  private record Machine(List<String> names, String header, int wordBits) {}

  private static final Map<Target, Machine> MACHINES =
      Map.of(
          Target.X86_64,
          new Machine(
              List.of("x86_64", "x86-64", "amd64", "SCMP_ARCH_X86_64"),
              "include/x86_64-linux-gnu/asm/unistd_64.h",
              64),
          Target.I386,
          new Machine(
              List.of("i386", "x86", "386", "SCMP_ARCH_X86"),
              "include/x86_64-linux-gnu/asm/unistd_32.h",
              32),
          Target.AARCH64,
          new Machine(
              List.of("aarch64", "arm64", "SCMP_ARCH_AARCH64"),
              "aarch64-linux-gnu/include/asm/unistd_64.h",
              64),
          Target.ARM,
          new Machine(
              List.of("arm", "SCMP_ARCH_ARM"), "arm-linux-gnueabihf/include/asm/unistd-eabi.h", 32),
          Target.RISCV64,
          new Machine(
              List.of("riscv64", "SCMP_ARCH_RISCV64"),
              "riscv64-linux-gnu/include/asm/unistd_64.h",
              64),
          Target.PPC64LE,
          new Machine(
              List.of("ppc64le", "ppc64-le", "SCMP_ARCH_PPC64LE"),
              "powerpc64le-linux-gnu/include/asm/unistd_64.h",
              64),
          Target.S390X,
          new Machine(
              List.of("s390x", "SCMP_ARCH_S390X"), "s390x-linux-gnu/include/asm/unistd_64.h", 64),
          Target.LOONGARCH64,
          new Machine(
              List.of("loongarch64", "loong64", "SCMP_ARCH_LOONGARCH64"),
              "loongarch64-linux-gnu/include/asm/unistd_64.h",
              64));

  private static final Pattern DEFINITION =
      Pattern.compile(
          "#define __NR_([a-z_]\\w*)\\s+\\(?(?:__NR_SYSCALL_BASE\\s*\\+\\s*)?(\\d+)\\)?\\s*");

  /** Calls of Linux 6.13 to 7.0, from the kernel's tables. */
  private static final List<String> SINCE_463 =
      List.of(
          "setxattrat",
          "getxattrat",
          "listxattrat",
          "removexattrat",
          "open_tree_attr",
          "file_getattr",
          "file_setattr",
          "listns",
          "rseq_slice_yield");

  /** arch/arm/include/uapi/asm/unistd.h. */
  private static final List<String> PRIVATE_ARM =
      List.of("breakpoint", "cacheflush", "usr26", "usr32", "set_tls", "get_tls");

  private static final int PRIVATE = 0xf_0000;

  private static final Map<Integer, String> SOCKETCALL =
      numbered(
          "socket bind connect listen accept getsockname getpeername socketpair send recv sendto"
              + " recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg"
              + " sendmmsg");

  /** ipc(2): for each argument of the call that it makes the register that has it, or -1. */
  private static final Map<Integer, PassedOn> IPC =
      Map.ofEntries(
          Map.entry(1, new PassedOn("semop", List.of(1, 4, 2))),
          Map.entry(2, new PassedOn("semget", List.of(1, 2, 3))),
          Map.entry(3, new PassedOn("semctl", List.of(1, 2, -1, -1))),
          Map.entry(4, new PassedOn("semtimedop", List.of(1, 4, 2, -1))),
          Map.entry(11, new PassedOn("msgsnd", List.of(1, 4, 2, 3))),
          Map.entry(12, new PassedOn("msgrcv", List.of(1, -1, 2, -1, 3))),
          Map.entry(13, new PassedOn("msgget", List.of(1, 2))),
          Map.entry(14, new PassedOn("msgctl", List.of(1, -1, 4))),
          Map.entry(21, new PassedOn("shmat", List.of(1, 4, 2))),
          Map.entry(22, new PassedOn("shmdt", List.of(4))),
          Map.entry(23, new PassedOn("shmget", List.of(1, 2, 3))),
          Map.entry(24, new PassedOn("shmctl", List.of(1, -1, 4))));

  /** A call and its arguments: type and names. Pointers are u64. Lines further down count. */
  private static final String ARGUMENTS =
      """
      read u32:fd u64:buf u64:count
      close u32:fd
      open u64:filename i32:flags u16:mode
      openat i32:dfd u64:filename i32:flags u16:mode
      socket i32:family|domain i32:type i32:protocol
      accept i32:fd u64:upeer_sockaddr u64:upeer_addrlen
      accept4 i32:fd u64:upeer_sockaddr u64:upeer_addrlen i32:flags
      connect i32:fd u64:uservaddr i32:addrlen
      listen i32:fd i32:backlog
      sendto i32:fd u64:buff u64:len u32:flags u64:addr i32:addr_len
      send i32:fd u64:buff u64:len u32:flags
      fork
      clone u32:flags u64:newsp u64:parent_tidptr u64:child_tidptr u64:tls
      aarch64,arm,i386,ppc64le,riscv64 clone u32:flags u64:newsp u64:parent u64:tls u64:child
      s390x clone u64:newsp u32:flags u64:parent u64:child u64:tls
      unlink u64:pathname
      unlinkat i32:dfd u64:pathname i32:flag
      chmod u64:filename u16:mode
      fchmodat i32:dfd u64:filename u16:mode
      stat u64:filename u64:statbuf
      newfstatat i32:dfd u64:filename u64:statbuf i32:flag
      fstatat64 i32:dfd u64:filename u64:statbuf i32:flag
      stat64 u64:filename u64:statbuf
      oldstat u64:filename u64:statbuf
      statx i32:dfd u64:filename u32:flags u32:mask u64:buffer
      futex u64:uaddr i32:op u32:val u64:utime u64:uaddr2 u32:val3
      futex_time64 u64:uaddr i32:op u32:val u64:utime u64:uaddr2 u32:val3
      semop i32:semid u64:tsops u32:nsops
      semtimedop_time64 i32:semid u64:tsops u32:nsops u64:timeout
      shmat i32:shmid u64:shmaddr i32:shmflg
      msgget i32:key i32:msgflg
      kill i32:pid i32:sig
      ioctl u32:fd u32:cmd u64:arg
      getpid
      exit_group i32:error_code
      socketcall i32:call u64:args
      ipc u32:call i32:first u64:second u64:third u64:ptr i64:fifth
      s390x ipc u32:call i32:first u64:second u64:third u64:ptr
      poll u64:ufds u32:nfds i32:timeout_msecs
      ppoll u64:ufds u32:nfds u64:tsp u64:sigmask u64:sigsetsize
      ppoll_time64 u64:ufds u32:nfds u64:tsp u64:sigmask u64:sigsetsize
      mmap u64:addr u64:len u64:prot u64:flags u32:fd u64:off
      mmap2 u64:addr u64:len u64:prot u64:flags u32:fd u64:pgoff
      lseek u32:fd i64:offset u32:whence
      _llseek u32:fd u64:offset_high u64:offset_low u64:result u32:whence
      seccomp u32:op u32:flags u64:uargs
      """;

  /**
   * Calls of x86-64 and what does the same elsewhere: architectures ("-" where the call is
   * missing), names, arguments, when it does the same, and when it can.
   */
  private static final String VARIANTS =
      """
      - open openat 1,2,3 | arg0 == AT_FDCWD |
      - unlink unlinkat 1 | arg0 == AT_FDCWD && arg2 == 0 | (arg2 & 0x200) == 0
      - chmod fchmodat 1,2 | arg0 == AT_FDCWD |
      - stat newfstatat 1,2 | arg0 == AT_FDCWD && arg3 == 0 |
      - fork clone | (flags & ~0x1200000) == 17 | (flags & 0x10000) == 0
      - poll ppoll 0,1,-1 | arg3 == 0 |
      i386,arm stat stat64 0,1 | |
      i386,ppc64le stat oldstat 0,1 | |
      i386,arm,loongarch64 stat statx 1,-1 | arg0 == AT_FDCWD && (arg2 & ~0x800) == 0 |
      i386,arm newfstatat fstatat64 0,1,2,3 | |
      i386,arm,loongarch64 newfstatat statx 0,1,-1,-1 | |
      i386,s390x accept accept4 0,1,2 | arg3 == 0 |
      i386,arm poll ppoll_time64 0,1,-1 | arg3 == 0 |
      i386,arm futex futex_time64 0,1,2,3,4,5 | |
      i386,arm semop semtimedop_time64 0,1,2 | arg3 == 0 |
      i386,arm mmap mmap2 0,1,2,3,4,-1 | |
      i386,arm lseek _llseek 0,-1,4 | |
      i386,arm,ppc64le,s390x sendto send 0,1,2,3,-1,-1 | |
      """;

  private static final Map<String, Long> CONSTANTS =
      Map.ofEntries(
          Map.entry("AT_FDCWD", -100L),
          Map.entry("AF_UNIX", 1L),
          Map.entry("AF_INET", 2L),
          Map.entry("SOCK_RAW", 3L),
          Map.entry("O_RDONLY", 0L),
          Map.entry("O_WRONLY", 1L),
          Map.entry("O_RDWR", 2L),
          Map.entry("O_ACCMODE", 3L),
          Map.entry("O_CREAT", 0x40L),
          Map.entry("O_TRUNC", 0x200L),
          Map.entry("TIOCSTI", 0x5412L),
          Map.entry("TIOCGWINSZ", 0x5413L),
          Map.entry("FIONREAD", 0x541bL),
          Map.entry("O_DIRECT", 0x4000L),
          Map.entry("O_DIRECTORY", 0x1_0000L),
          Map.entry("O_TMPFILE", 0x41_0000L),
          Map.entry("O_DIRECT@arm", 0x1_0000L),
          Map.entry("O_DIRECTORY@arm", 0x4000L),
          Map.entry("O_TMPFILE@arm", 0x40_4000L),
          Map.entry("O_DIRECT@ppc", 0x2_0000L),
          Map.entry("O_DIRECTORY@ppc", 0x4000L),
          Map.entry("O_TMPFILE@ppc", 0x40_4000L),
          Map.entry("TIOCGWINSZ@ppc", 0x4008_7468L),
          Map.entry("FIONREAD@ppc", 0x4004_667fL));

  /** A call that another call makes, and the registers in which its arguments are. */
  record PassedOn(String call, List<Integer> registers) {}

  /** What replaces a call. */
  record Variant(String call, String name, List<Integer> arguments, String same, String like) {}

  private final Target target;
  private final Machine machine;
  private final Map<String, Integer> numbers = new TreeMap<>();
  private final Map<Long, List<String>> names = new HashMap<>();
  private final Map<String, List<String>> arguments = new HashMap<>();
  private final List<Variant> variants = new ArrayList<>();
  private final Map<String, Set<String>> groups = groups();

  CallFacts(Target target) throws IOException {
    this.target = target;
    this.machine = MACHINES.get(target);
    for (String line : Files.readAllLines(Path.of("/usr").resolve(machine.header))) {
      Matcher matcher = DEFINITION.matcher(line);
      if (matcher.matches()) {
        put(matcher.group(1), Integer.parseInt(matcher.group(2)));
      }
    }
    for (int i = 0; i < SINCE_463.size(); i++) {
      put(SINCE_463.get(i), 463 + i);
    }
    if (target == Target.X86_64) {
      put("uretprobe", 335);
      put("uprobe", 336);
    }
    for (int i = 0; target == Target.ARM && i < PRIVATE_ARM.size(); i++) {
      put(PRIVATE_ARM.get(i), PRIVATE + 1 + i);
    }
    if (target == Target.ARM) { // the names of libseccomp and systemd, too
      put("sync_file_range2", numbers.get("arm_sync_file_range"));
      put("fadvise64_64", numbers.get("arm_fadvise64_64"));
    }
    ARGUMENTS.lines().forEach(this::argument);
    VARIANTS.lines().forEach(this::variant);
  }

  private static Map<Integer, String> numbered(String text) {
    Map<Integer, String> map = new HashMap<>();
    for (String name : text.split(" ", -1)) {
      map.put(map.size() + 1, name);
    }
    return map;
  }

  private void put(String name, int number) {
    numbers.put(name, number);
    names.computeIfAbsent((long) number, key -> new ArrayList<>()).add(name);
  }

  private void argument(String line) {
    List<String> words = List.of(line.split(" ", -1));
    boolean some = words.size() > 1 && !words.get(1).contains(":");
    if (!some || List.of(words.get(0).split(",", -1)).contains(target.id())) {
      arguments.put(words.get(some ? 1 : 0), words.subList(some ? 2 : 1, words.size()));
    }
  }

  private void variant(String line) {
    String[] parts = line.split("\\|(?!\\|)", -1);
    String[] words = parts[0].trim().split(" ", -1);
    boolean applies =
        words[0].equals("-")
            ? !has(words[1])
            : List.of(words[0].split(",", -1)).contains(target.id());
    if (applies && has(words[2])) {
      List<Integer> to = new ArrayList<>();
      for (String word : words.length > 3 ? words[3].split(",", -1) : new String[0]) {
        to.add(Integer.valueOf(word));
      }
      variants.add(new Variant(words[1], words[2], to, parts[1].trim(), parts[2].trim()));
    }
  }

  boolean isNamed(String name) {
    return machine.names.contains(name);
  }

  boolean isX8664() {
    return target == Target.X86_64;
  }

  int wordBits() {
    return machine.wordBits;
  }

  Map<String, Integer> numbers() {
    return numbers;
  }

  /** The names of a number, of which a few have two. */
  List<String> names(long number) {
    return names.getOrDefault(number, List.of());
  }

  /** The largest number that all kernels give to the same call. */
  long largest() {
    return numbers.values().stream().filter(n -> n < PRIVATE).mapToInt(n -> n).max().orElseThrow();
  }

  /** The number by which a call is made; -1 if it says nothing of a kernel's age. */
  long madeBy(String name) {
    Integer own = numbers.get(name);
    if (own == null) {
      own = numbers.get(SOCKETCALL.containsValue(name) ? "socketcall" : "ipc");
    }
    return own < PRIVATE ? own : -1;
  }

  /** Whether a program can make a call. */
  boolean has(String name) {
    boolean by = numbers.containsKey("socketcall") && SOCKETCALL.containsValue(name);
    by |= numbers.containsKey("ipc") && IPC.values().stream().anyMatch(p -> p.call.equals(name));
    return by || numbers.containsKey(name);
  }

  /** The call that socketcall or ipc makes for a first argument. */
  Optional<PassedOn> passedOn(String name, long first) {
    if (name.equals("ipc")) {
      return Optional.ofNullable(IPC.get((int) first & 0xffff));
    } else if (name.equals("socketcall")) {
      return Optional.ofNullable(SOCKETCALL.get((int) first))
          .map(call -> new PassedOn(call, List.of()));
    }
    return Optional.empty();
  }

  /** Whether the only argument of a call is an address of all that it takes: sys_old_mmap. */
  boolean isInMemory(String name) {
    return name.equals("mmap") && (target == Target.I386 || target == Target.S390X);
  }

  /** The members of one of systemd's groups, with those of the groups in it. */
  Set<String> group(String name) {
    Set<String> all = new TreeSet<>();
    for (String member : groups.get(name)) {
      all.addAll(member.startsWith("@") ? group(member) : Set.of(member));
    }
    return all;
  }

  private static Map<String, Set<String>> groups() {
    Map<String, Set<String>> groups = new HashMap<>();
    Set<String> members = new TreeSet<>();
    String text = Programs.run("systemd-analyze", "syscall-filter", "--no-pager").out();
    for (String line : text.lines().toList()) {
      if (line.startsWith("@")) {
        members = new TreeSet<>();
        groups.put(line.strip(), members);
      } else if (line.matches("\\s+[a-z_@].*")) {
        members.add(line.strip());
      }
    }
    return groups;
  }

  /** What replaces a call. */
  List<Variant> variants(String call) {
    return variants.stream().filter(variant -> variant.call.equals(call)).toList();
  }

  /** What a call replaces. */
  List<Variant> variantsOf(String name) {
    return variants.stream().filter(variant -> variant.name.equals(name)).toList();
  }

  /** The position of an argument. */
  int index(String call, String name) {
    List<String> list = arguments.get(call);
    for (int i = 0; i < list.size(); i++) {
      if (Arrays.asList(list.get(i).substring(4).split("\\|", -1)).contains(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(call + " has no " + name);
  }

  /** The type of an argument; a whole register if the call does not have it. */
  String type(String call, int index) {
    List<String> list = arguments.get(call);
    return list == null || index >= list.size() ? "u64" : list.get(index).substring(0, 3);
  }

  long constant(String name) {
    String where = target == Target.PPC64LE ? "@ppc" : "@arm";
    boolean differs = target == Target.PPC64LE || target == Target.ARM || target == Target.AARCH64;
    Long own = differs ? CONSTANTS.get(name + where) : null;
    return own == null ? CONSTANTS.get(name) : own;
  }

  @Override
  public String toString() {
    return target.id();
  }
}
