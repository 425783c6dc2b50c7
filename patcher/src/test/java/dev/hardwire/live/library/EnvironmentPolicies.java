package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.formats.environment.EnvironmentPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Policies in variables that between them use everything such policies can say. */
public final class EnvironmentPolicies {
  /** Calls whose decisions are compared. */
  private static final Map<Target, List<SeccompData>> CALLS = new ConcurrentHashMap<>();

  /** What the compiler's filter decides, by architecture and policy. */
  private static final Map<List<Object>, List<Verdict>> COMPILED = new ConcurrentHashMap<>();

  private EnvironmentPolicies() {}

  /** All of them, with the calls of an architecture. */
  public static List<Map<String, String>> all(Target architecture) {
    List<Map<String, String>> all = new ArrayList<>();
    for (String action :
        List.of("", "kill", "kill-thread", "trap", "log", "errno:EPERM", "errno 7", "errno:4095")) {
      all.add(
          Map.of(
              EnvironmentPolicy.ALLOW, "read:write,exit_group", EnvironmentPolicy.ACTION, action));
      all.add(Map.of(EnvironmentPolicy.DENY, "uname", EnvironmentPolicy.ACTION, action));
    }
    all.add(Map.of(EnvironmentPolicy.ALLOW, ""));
    all.add(Map.of(EnvironmentPolicy.DENY, ""));
    all.add(Map.of(EnvironmentPolicy.DENY, "read"));
    all.add(Map.of(EnvironmentPolicy.ALLOW, " read , :: read", EnvironmentPolicy.DENY, "nonsense"));
    all.add(Map.of(EnvironmentPolicy.ALLOW, "@system-service:~@privileged,~uname"));
    all.add(Map.of(EnvironmentPolicy.DENY, "@known,~write,socketcall"));
    for (String passedOn :
        List.of(
            "socket",
            "ipc,accept4",
            "send,recv:shmat",
            "@known,~ipc,~socketcall,~send",
            "socketcall,~bind",
            "set_tls")) {
      all.add(Map.of(EnvironmentPolicy.ALLOW, passedOn));
    }
    List<String> names = new ArrayList<>(SyscallTable.of(architecture).names());
    all.add(Map.of(EnvironmentPolicy.ALLOW, String.join(":", names)));
    all.add(
        Map.of(
            EnvironmentPolicy.DENY,
            String.join(",", everySecondNumber(architecture)),
            EnvironmentPolicy.ACTION,
            "errno:ENOSYS"));
    CallGroups.names().forEach(group -> all.add(Map.of(EnvironmentPolicy.DENY, group)));
    return all;
  }

  /** As many ranges as there can be. */
  private static List<String> everySecondNumber(Target architecture) {
    SyscallTable table = SyscallTable.of(architecture);
    return IntStream.range(0, 512)
        .filter(number -> number % 2 == 1)
        .boxed()
        .flatMap(number -> table.name(number).stream())
        .toList();
  }

  /** Checks a filter that was made of variables against the one that the compiler makes of them. */
  public static void decidesAsTheCompilers(
      Filter built, Map<String, String> variables, Target architecture) {
    List<SeccompData> calls = CALLS.computeIfAbsent(architecture, EnvironmentPolicies::allCalls);
    List<Verdict> expected =
        COMPILED.computeIfAbsent(
            List.of(architecture, variables),
            key ->
                verdicts(
                    FilterCompiler.compile(
                        EnvironmentPolicy.read(variables).orElseThrow(), architecture),
                    calls));
    List<Verdict> found = verdicts(built, calls);
    for (int i = 0; i < calls.size(); i++) {
      if (!found.get(i).equals(expected.get(i))) {
        assertThat(found.get(i)).as("%s", calls.get(i)).isEqualTo(expected.get(i));
      }
    }
  }

  private static List<Verdict> verdicts(Filter filter, List<SeccompData> calls) {
    return calls.stream().map(call -> Emulator.run(filter, call).verdict()).toList();
  }

  /** Those of the architecture, of x32 or another one, and of none. */
  private static List<SeccompData> allCalls(Target architecture) {
    return LongStream.of(architecture.auditNumber(), 0x4000_0001L, 0)
        .boxed()
        .flatMap(arch -> calls(architecture).map(call -> call.withArch(arch)))
        .toList();
  }

  private static Stream<SeccompData> calls(Target architecture) {
    LongStream numbers =
        LongStream.concat(
            LongStream.concat(
                LongStream.rangeClosed(0, 1100), LongStream.rangeClosed(0xefff0, 0xf0020)),
            LongStream.of(
                0x3fffffffL, 0x40000000L, 0x40000001L, 0x7fffffffL, 0x80000000L, 0xffffffffL));
    SyscallTable table = SyscallTable.of(architecture);
    Stream<SeccompData> passedOn =
        Stream.of("socketcall", "ipc")
            .flatMap(name -> table.number(name).stream().boxed())
            .flatMap(
                number ->
                    LongStream.concat(
                            LongStream.rangeClosed(0, 40),
                            LongStream.of(0x10002, 0x1_0000_0001L, 0x1_0001_0017L, -1))
                        .mapToObj(first -> SeccompData.of(architecture, number, first)));
    return Stream.concat(numbers.mapToObj(n -> SeccompData.of(architecture, n)), passedOn);
  }
}
