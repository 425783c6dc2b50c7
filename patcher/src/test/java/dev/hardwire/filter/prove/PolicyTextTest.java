package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random policies of the whole language, with phases and restrictions: filters decide calls as
 * {@link PolicyText} does, which shares nothing with what makes them.
 */
@Tag("system")
class PolicyTextTest {
  private static final List<String> ACTIONS =
      List.of("allow", "log", "errno EPERM", "errno 4095", "errno 0", "trap", "kill-thread");

  private static final List<String> CALLS =
      List.of(
          "read",
          "open",
          "openat",
          "socket",
          "accept",
          "accept4",
          "connect",
          "listen",
          "sendto",
          "fork",
          "clone",
          "unlink",
          "unlinkat",
          "chmod",
          "stat",
          "newfstatat",
          "futex",
          "semop",
          "shmat",
          "msgget",
          "kill",
          "ioctl",
          "getpid",
          "exit_group",
          "socketcall",
          "ipc",
          "poll",
          "mmap",
          "lseek",
          "seccomp",
          "rseq_slice_yield");

  /** Conditions, and the calls that have their arguments. */
  private static final List<List<String>> CONDITIONS =
      List.of(
          List.of("family == AF_INET", "socket"),
          List.of("(type & SOCK_RAW) == SOCK_RAW || domain == AF_UNIX", "socket"),
          List.of("flags & O_CREAT", "open", "openat"),
          List.of("(flags & (O_ACCMODE | O_TRUNC)) == O_RDONLY", "open", "openat"),
          List.of("dfd == AT_FDCWD && (flags & O_DIRECT) == 0", "openat"),
          List.of("flags == 17 || (flags & ~KEEP) != 0", "clone"),
          List.of("cmd in QUESTIONS", "ioctl"),
          List.of("!(cmd in [TIOCSTI, ONE])", "ioctl"),
          List.of("fd < 3", "read", "ioctl", "connect", "lseek"),
          List.of("i32(fd) < 0 && count != 0", "read"),
          List.of("offset >= -1", "lseek"),
          List.of("mode > 0o777", "open", "chmod"),
          List.of("unsigned(sig) > 9 || pid <= -2", "kill"),
          List.of("semid > 5 || nsops != 1", "semop"),
          List.of("key == 7 && !msgflg", "msgget"),
          List.of("call == 1 || call in [3, 5]", "socketcall"),
          List.of("(call & 0xffff) == 21", "ipc"),
          List.of("val3 == 0xffffffff && op != 1", "futex"),
          List.of("prot & 4", "mmap"));

  /** Conditions on registers, which every call has. */
  private static final List<String> REGISTERS =
      List.of(
          "arg0 in LIST",
          "arg1 == ONE",
          "(arg1 & MASK) != 0 && arg0 != 3",
          "!(arg2 in [ONE, 7])",
          "u64(arg0) == 0x100000001 || u32(arg1) == 5",
          "(arg0 & 0x41) == 0x41 || !arg1",
          "arg0 == -100 || arg1 == ~0");

  private static final List<String> NUMBERS =
      List.of(
          "nr 9999",
          "nr 500-600",
          "nr 0-3",
          "nr 336",
          "nr 56",
          "nr 102",
          "nr 440-0x3fffffff",
          "nr 0-460",
          "@newer-calls",
          "@unknown-calls");

  private static final List<String> GROUPS =
      List.of(
          "@own",
          "@all",
          "@network-io",
          "@ipc",
          "@file-system",
          "@process",
          "@pledge-rpath",
          "@pledge-wpath",
          "@pledge-cpath",
          "@pledge-prot-exec");

  private static final List<String> SECTIONS =
      List.of(
          "landlock: {connect: [1]}",
          "landlock: {bind: [80], read: [/usr]}",
          "landlock: {connect-udp: [53], log-denials: none}",
          "landlock: {connect: [], connect-udp: [1], connect-unix: [/r],"
              + " scope: [abstract-unix-socket]}",
          "landlock: {bind-udp: [1], bind: [], kernel: {at-least: 9}}",
          "landlock: {connect-unix: [], kernel: {at-least: 9, below: warn},"
              + " scope: [abstract-unix-socket]}",
          "landlock: {connect: [1], other-sockets: allow, write: [/tmp]}",
          "landlock: {scope: [signal]}",
          "limits: {core: 0, no-write-execute: true, close-from: 3}",
          "capabilities: {keep: [kill], securebits: [noroot]}",
          "seal: true",
          "log: true",
          "weights: {read: 7, socket: 3}");

  private static final List<Long> VALUES =
      List.of(
          0L,
          1L,
          2L,
          3L,
          5L,
          7L,
          9L,
          10L,
          17L,
          21L,
          0x40L,
          0x41L,
          0x200L,
          0x5412L,
          0x5413L,
          0x541bL,
          0x4008_7468L,
          0x4004_667fL,
          0x4000L,
          0x1_0000L,
          0x2_0000L,
          0x41_0000L,
          0x40_4000L,
          0x120_0011L,
          0x2000_0000L,
          0xffffL,
          0x8000_0000L,
          0xffff_ff9cL,
          0xffff_ffffL,
          0x1_0000_0001L,
          -1L,
          -100L,
          0x7fff_ffff_ffff_ffffL);

  private static final int LONG = 20_000;

  @TempDir Path folder;

  private final Random random = new Random();
  private final Map<Target, CallFacts> facts = new EnumMap<>(Target.class);
  private final Map<String, Integer> counts = new TreeMap<>();

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  private void count(String what, int number) {
    counts.merge(what, number, Integer::sum);
  }

  private String rule(String indent, Set<String> decided) {
    Set<String> items = new LinkedHashSet<>();
    String when = null;
    int kind = random.nextInt(6);
    if (kind == 0) {
      List<String> condition = pick(CONDITIONS);
      when = condition.get(0);
      items.add(pick(condition.subList(1, condition.size())));
    } else if (kind == 1) {
      when = pick(REGISTERS);
    }
    for (int n = random.nextInt(4); (n > 0 && kind != 0) || items.isEmpty(); n--) {
      String item = pick(CALLS);
      if (when != null) {
        item = once(8) ? "nr " + random.nextInt(450) : once(6) ? "@own" : item;
      } else if (once(3)) {
        item = once(3) ? pick(NUMBERS) : pick(GROUPS);
      }
      boolean free = when != null || item.contains(" ") || item.startsWith("@");
      if (free || decided.add(item)) {
        items.add(item);
      } else if (n <= 0) {
        items.add("@default");
      }
    }
    for (int n = once(3) ? 1 + random.nextInt(2) : 0; n > 0; n--) {
      String out = once(3) ? pick(NUMBERS) : once(3) ? "@own" : pick(CALLS);
      items.add("~" + (once(4) ? pick(List.of("socketcall", "ipc", "@ipc")) : out));
    }
    StringBuilder text = new StringBuilder(indent + "- " + pick(ACTIONS) + ": [\"");
    text.append(String.join("\", \"", items)).append("\"]\n");
    if (when != null) {
      text.append(indent).append("  when: \"").append(when.replace("0o777", "511")).append("\"\n");
    }
    if (once(6)) {
      text.append(indent).append("  because: \"a reason\" # behind it\n");
    }
    if (once(7)) {
      text.append(indent).append("  arch: [").append(pick(Target.ids()));
      text.append(", ").append(pick(List.of("amd64", "386", "arm64", "SCMP_ARCH_S390X")));
      text.append("]\n");
    }
    return text.toString();
  }

  private String rules(String indent, int most) {
    StringBuilder text = new StringBuilder();
    Set<String> decided = new HashSet<>();
    for (int n = 1 + random.nextInt(most); n > 0; n--) {
      text.append(rule(indent, decided));
    }
    return text.toString();
  }

  private Path policy() throws IOException {
    StringBuilder base = new StringBuilder("version: 1\ndefault: trap\n");
    base.append("groups: {own: [getpid, socket], all: ['@own', read, close, '@clock']}\n");
    base.append("constants: {ONE: 1, LIST: [ONE, 5, TIOCSTI], MASK: 'O_CREAT | ONE',\n");
    base.append("  QUESTIONS: [FIONREAD, TIOCGWINSZ], KEEP: 0x1200000}\n");
    base.append(once(3) ? "newer-calls: errno ENOSYS\n" : "");
    base.append("rules:\n").append(rules("  ", 3));
    Files.writeString(folder.resolve("base.yaml"), base);
    Files.writeString(folder.resolve("part.yaml"), "version: 1\nrules:\n" + rules("  ", 2));
    StringBuilder text = new StringBuilder("version: 1\ninclude: [base.yaml]\n");
    text.append(once(2) ? "default: " + pick(ACTIONS) + "\n" : "");
    text.append(once(2) ? "groups: {own: [unlinkat, socket, open, accept, poll]}\n" : "");
    text.append(once(2) ? "constants: {ONE: 2}\n" : "");
    boolean maps = once(2);
    count("that map missing calls", maps ? 1 : 0);
    text.append(maps ? "map_missing_calls: true\n" : "");
    text.append(once(3) ? "unknown-calls: errno ENOSYS\n" : "");
    text.append(once(3) ? "newer-calls: " + pick(ACTIONS) + "\n" : "");
    for (String key : once(2) ? List.of(pick(SECTIONS)) : List.<String>of()) {
      text.append(key).append('\n');
      count("with " + key.substring(0, key.indexOf(':')), 1);
    }
    if (once(3)) {
      text.append("arch:\n  ").append(pick(Target.ids())).append(":\n    rules:\n");
      text.append(rules("      ", 2));
    }
    text.append("rules:\n").append(rules("  ", 4));
    text.append(once(3) ? "  - include: part.yaml\n" : "");
    if (once(3)) {
      count("with phases", 1);
      text.append("phases:\n");
      for (String at : once(2) ? List.of("main") : List.of("main", "{first-call-of: poll}")) {
        text.append("  - name: \"").append(at).append("\"\n    at: ").append(at);
        text.append("\n    default: ").append(pick(ACTIONS)).append("\n    rules:\n");
        text.append(rules("      ", 3));
        text.append(once(3) ? "    landlock: {connect: [1], connect-udp: [2]}\n" : "");
      }
    }
    return Files.writeString(folder.resolve("top.yaml"), text);
  }

  private String text() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : List.of("top.yaml", "base.yaml", "part.yaml")) {
      text.append("--- ").append(name).append('\n').append(Files.readString(folder.resolve(name)));
    }
    return text.toString();
  }

  /**
   * Checks one policy.
   *
   * @param compiles whether its filter decides; otherwise its resolved rules do, which takes a
   *     tenth of the time, and to which other tests compare filters
   */
  private void check(long seed, Target target, boolean compiles) throws IOException {
    random.setSeed(seed);
    Path file = policy();
    count("policies", 1);
    List<ResolvedPolicy> resolved = new ArrayList<>();
    try {
      Policy policy = YamlPolicyReader.read(file);
      resolved.add(ResolvedPolicy.of(policy, target));
      for (Phase phase : policy.phases()) {
        resolved.add(ResolvedPolicy.of(policy, phase, target));
      }
    } catch (PolicyException e) {
      assertThat(e.getMessage())
          .as("seed %d%n%s", seed, text())
          .containsAnyOf(
              " kills the process at numbers",
              " needs single call numbers",
              "; move it out of the section",
              "; keep one of them",
              " does not fit ",
              "; name it",
              "; remove one");
      count("refused", 1);
      return;
    }
    if (!facts.containsKey(target)) {
      facts.put(target, new CallFacts(target));
    }
    CallFacts known = facts.get(target);
    PolicyText start = new PolicyText(file, known);
    List<PolicyText> texts = new ArrayList<>(List.of(start));
    texts.addAll(start.inPhases());
    assertThat(texts).hasSameSizeAs(resolved);
    for (int i = 0; i < texts.size(); i++) {
      ResolvedPolicy rules = resolved.get(i);
      Optional<Filter> filter =
          compiles ? Optional.of(FilterCompiler.compile(rules)) : Optional.empty();
      count("filters", compiles ? 1 : 0);
      for (SeccompData call : calls(target, known, start)) {
        long[] arguments = call.args().stream().mapToLong(Long::longValue).toArray();
        long verdict =
            filter
                .map(compiled -> Emulator.run(compiled, call).verdict())
                .orElseGet(() -> ReferenceInterpreter.decide(rules, call))
                .value();
        Set<Long> expected =
            call.arch() == target.auditNumber()
                ? texts.get(i).decide(call.nr(), arguments)
                : Set.of(0x8000_0000L);
        if (!expected.contains(verdict)) { // the text is read for a failure only
          assertThat(verdict)
              .as("%s, seed %d, part %d, %s%n%s", target, seed, i, call, text())
              .isIn(expected);
        }
        count("calls", 1);
        count("calls with a choice", expected.size() - 1);
      }
    }
  }

  private List<SeccompData> calls(Target target, CallFacts known, PolicyText policy) {
    List<SeccompData> calls = new ArrayList<>();
    List<String> names = List.copyOf(known.numbers().keySet());
    for (int i = 0; i < 25; i++) {
      long[] arguments = new long[6];
      for (int a = 0; a < arguments.length; a++) {
        arguments[a] = target.wordBits() == 32 ? pick(VALUES) & 0xffff_ffffL : pick(VALUES);
      }
      String name = once(4) ? pick(names) : pick(CALLS);
      for (CallFacts.Variant variant :
          once(2) ? known.variants(name) : List.<CallFacts.Variant>of()) {
        name = variant.name();
        if (once(2) && name.endsWith("at")) {
          arguments[0] = target.wordBits() == 32 ? 0xffff_ff9cL : -100;
        }
        arguments[3] = once(2) ? 0 : arguments[3];
      }
      Optional<Integer> own = Optional.ofNullable(known.numbers().get(name));
      long number = own.map(Integer::longValue).orElse(pick(List.of(102L, 117L)));
      if (own.isEmpty() || once(5)) {
        for (String way : List.of("socketcall", "ipc")) {
          for (long operation = 1;
              operation < 25 && known.numbers().containsKey(way);
              operation++) {
            String made = name;
            if (known.passedOn(way, operation).filter(p -> p.call().equals(made)).isPresent()) {
              number = known.numbers().get(way);
              arguments[0] = operation + (way.equals("ipc") && once(3) ? 0x1_0000 : 0);
            }
          }
        }
      }
      if (once(6)) {
        number =
            pick(
                List.of(
                    0L,
                    3L,
                    4L,
                    56L,
                    335L,
                    336L,
                    450L,
                    461L,
                    470L,
                    472L,
                    500L,
                    501L,
                    600L,
                    601L,
                    9999L,
                    0xf_0002L,
                    0xf_0010L,
                    0x3fff_ffffL,
                    0x4000_0000L,
                    0xffff_ffffL));
      }
      if (once(12) && !policy.marks().isEmpty()) {
        number = known.numbers().get("seccomp");
        arguments[0] = 1;
        arguments[1] = pick(List.of(1L, 3L));
        arguments[3] = pick(policy.marks());
      }
      SeccompData call = SeccompData.of(target, number, arguments);
      calls.add(once(40) ? call.withArch(0x4000_0004L) : call);
    }
    return calls;
  }

  private void check(long first, int policies, int compiled) throws IOException {
    List<Target> all = List.of(Target.values());
    for (long seed = first; seed < first + policies; seed++) {
      check(seed, all.get((int) (seed % all.size())), seed % compiled == 0);
      if (counts.get("policies") % 500 == 0) {
        Files.writeString(Path.of("target/policy-text.txt"), counts + ", next seed " + (seed + 1));
      }
    }
  }

  @Test
  void filtersDecideAsTheTextSays() throws IOException {
    check(0, 40, 1);
    assertThat(counts.get("refused")).isLessThan(20);
  }

  @Tag("long")
  @Test
  void moreFiltersDecideAsTheTextSays() throws IOException {
    check(0, 64, 1);
    assertThat(counts.get("refused")).isLessThan(32);
  }

  @Tag("long")
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  @Test
  void twentyThousandPoliciesAreDecidedAsTheirTextSays() throws IOException {
    check(Integer.getInteger("hardwire.text.seed", 1_000_000), LONG, 9);
    assertThat(counts.get("refused")).isLessThan(LONG / 2);
  }
}
