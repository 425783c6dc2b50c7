package dev.hardwire.filter.prove.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.RandomPolicies;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.work.PolicyFormats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an explanation says is what is decided: read back as a policy, it is proven to be equal. */
@Tag("slow")
class ExplanationTest {
  private static final Target X86_64 = Target.X86_64;
  private static final Path POLICIES = Path.of("src/test/resources/policies");

  private static List<ExplainedCall> explain(Filter... filters) {
    List<FilterExplanation.Labelled> labelled = new ArrayList<>();
    for (Filter filter : filters) {
      String label = filters.length == 1 ? "" : "filter " + (labelled.size() + 1);
      labelled.add(new FilterExplanation.Labelled(label, filter));
    }
    return FilterExplanation.of(labelled, X86_64, Set.of());
  }

  private static Condition condition(String when) {
    return ConditionParser.parse(when, index -> new Position(when, 1, index + 1));
  }

  /** The policy that the rows describe. */
  private static ResolvedPolicy readBack(List<ExplainedCall> rows) {
    List<Rule> rules = new ArrayList<>();
    Action otherwise = Action.KILL_PROCESS;
    for (ExplainedCall row : rows) {
      Action action = row.decision().startsWith("as") ? null : Action.parse(row.decision());
      if (row.call().equals("every other call")) {
        otherwise = action;
      } else if (!row.call().contains(" ")) {
        List<CallName> calls = List.of(new CallName(row.call(), Position.NONE));
        Optional<Condition> when =
            row.when().equals("always") ? Optional.empty() : Optional.of(condition(row.when()));
        rules.add(new Rule(action, calls, when, Position.NONE));
      }
    }
    return ResolvedPolicy.of(Policy.of("explained", otherwise, rules), X86_64);
  }

  private static ResolvedPolicy load(Path file) throws IOException {
    return ResolvedPolicy.of(
        PolicyFormats.read(List.of(file), Optional.empty(), new ReadOptions(X86_64)).policy(),
        X86_64);
  }

  private static ResolvedPolicy policy(String rules) {
    String text = "version: 1\ndefault: kill-process\nrules:\n" + rules;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ResolvedPolicy.of(YamlPolicyReader.read(bytes, "p.yaml"), X86_64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-four-call-allowlist.json",
        "b-system-service-allowlist.json",
        "d-three-hundred-denied.json",
        "e-argument-rules.json",
        "/usr/share/containers/seccomp.json"
      })
  void explanationsOfRealPoliciesSayWhatIsDecided(String name) throws IOException {
    ResolvedPolicy policy = load(POLICIES.resolve(name));
    assertThat(FilterProof.compare(readBack(PolicyExplanation.of(policy, Set.of())), policy))
        .isEmpty();
    for (Filter filter : FilterCompiler.candidates(policy)) {
      assertThat(FilterProof.check(filter, readBack(explain(filter)))).isEmpty();
    }
  }

  @Test
  void explanationsOfRandomPoliciesSayWhatIsDecided() {
    assertThat(listed(0, 20)).isGreaterThan(12);
  }

  @Test
  @Tag("long")
  void explanationsOfMoreRandomPoliciesSayWhatIsDecided() {
    assertThat(listed(20, 600)).isGreaterThan(386);
  }

  /** How many of the policies have explanations that list each case. */
  private static int listed(int first, int end) {
    int listed = 0;
    for (long seed = first; seed < end; seed++) {
      ResolvedPolicy policy = ResolvedPolicy.of(new RandomPolicies(seed).policy(), X86_64);
      List<ExplainedCall> rows = PolicyExplanation.of(policy, Set.of());
      if (rows.stream().anyMatch(row -> row.decision().equals("depends"))) {
        continue; // too many cases to list, and it says so
      }
      listed++;
      assertThat(FilterProof.compare(readBack(rows), policy)).as("seed %d", seed).isEmpty();
      Filter filter = FilterCompiler.compile(policy);
      assertThat(FilterProof.check(filter, readBack(explain(filter))))
          .as("seed %d", seed)
          .isEmpty();
    }
    return listed;
  }

  /** unknown-calls and a rule for all groups leave no number to the default. */
  @Test
  void callsThatCannotBeAreNotExplained() {
    String all = "  - errno EPERM: ['nr 0-0x3fffffff']\n";
    assertThat(PolicyExplanation.of(policy(all), Set.of()))
        .extracting(ExplainedCall::call)
        .doesNotContain("every other call");
    assertThat(PolicyExplanation.of(policy(all.replace("0-", "1-")), Set.of()))
        .extracting(ExplainedCall::call)
        .contains("every other call");
  }

  @Test
  void callsThatNoFilterSeesAreExplained() {
    ExplainedCall both =
        new ExplainedCall(
            "kernel's uprobe, uretprobe", "allow", "from Linux 6.18, 6.14 on", "the kernel");
    ResolvedPolicy denies = policy("  - allow: [read]\n");
    assertThat(PolicyExplanation.of(denies, Set.of())).contains(both);
    assertThat(explain(FilterCompiler.compile(denies))).contains(both);
    ResolvedPolicy one = policy("  - allow: [read, uretprobe]\n");
    assertThat(PolicyExplanation.of(one, Set.of()))
        .contains(
            new ExplainedCall("kernel's uprobe", "allow", "from Linux 6.18 on", "the kernel"));
    assertThat(PolicyExplanation.of(policy("  - allow: [uprobe, uretprobe]\n"), Set.of()))
        .extracting(ExplainedCall::from)
        .doesNotContain("the kernel");
  }

  @Test
  void filtersInAStackAreExplainedTogether() {
    Filter outer =
        FilterCompiler.compile(
            policy("  - allow: [read]\n  - errno EPERM: [socket]\n    when: domain == 1\n"));
    Filter inner = FilterCompiler.compile(policy("  - allow: [read, write]\n  - trap: [socket]\n"));
    assertThat(explain(outer, inner))
        .filteredOn(row -> row.call().equals("read") || row.call().equals("socket"))
        .extracting(ExplainedCall::decision, ExplainedCall::when)
        .containsExactly(
            tuple("allow", "always"),
            tuple("kill-process", "family != AF_UNIX"),
            tuple("trap", "family == AF_UNIX"));
    assertThat(explain(outer, inner))
        .filteredOn(row -> row.call().equals("read"))
        .extracting(ExplainedCall::from)
        .allMatch(from -> from.startsWith("filter 2, instruction "));
  }

  private static BpfInstruction of(int code, long k) {
    return BpfInstruction.of(code, k);
  }

  @Test
  void aFilterThatChecksNoArchitectureAndComparesWholeRegistersIsSeenThrough() {
    int socket = SyscallTable.of(X86_64).number("socket").getAsInt();
    Filter filter =
        new Filter(
            List.of(
                of(Bpf.LD | Bpf.ABS, SeccompData.NR),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 4, socket),
                of(Bpf.LD | Bpf.ABS, SeccompData.ARGS + 4),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 2, 0),
                of(Bpf.LD | Bpf.ABS, SeccompData.ARGS),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, 40),
                of(Bpf.RET, 0x7fff_0000L),
                of(Bpf.RET, 0x0005_0016L)));
    assertThat(explain(filter))
        .containsExactly(
            new ExplainedCall("socket", "allow", "u64(family) != AF_VSOCK", "instruction 6"),
            new ExplainedCall("socket", "errno EINVAL", "u64(family) == AF_VSOCK", "instruction 7"),
            new ExplainedCall("every other call", "allow", "always", "instruction 6"),
            new ExplainedCall("numbers from 0x40000000", "allow", "always", "instruction 6"),
            new ExplainedCall(
                "other architectures",
                "as above",
                "numbers are taken for those of x86_64",
                "no check"));
  }

  @Test
  void numbersWithoutANameAreShown() {
    Filter filter =
        new Filter(
            List.of(
                of(Bpf.LD | Bpf.ABS, SeccompData.NR),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 1, 0, 340),
                new BpfInstruction(Bpf.JMP | Bpf.JGE, 0, 1, 0x4000_0000L),
                of(Bpf.RET, 0),
                of(Bpf.RET, 0x7fff_0000L)));
    assertThat(explain(filter))
        .extracting(ExplainedCall::call, ExplainedCall::decision)
        .containsExactly(
            tuple("every other call", "allow"),
            tuple("number 0x154", "kill-thread"),
            tuple("numbers from 0x40000000", "kill-thread"),
            tuple("other architectures", "as above"));
  }

  @Test
  void whatCannotBeFollowedIsAnError() {
    Filter filter =
        new Filter(
            List.of(
                of(Bpf.LD | Bpf.ABS, SeccompData.NR),
                of(Bpf.ALU | Bpf.MUL, 3),
                new BpfInstruction(Bpf.JMP | Bpf.JEQ, 0, 0, 9),
                of(Bpf.RET, 0)));
    assertThatThrownBy(() -> explain(filter))
        .isInstanceOf(UnprovableException.class)
        .hasMessageContaining("instruction 1 multiplies or divides");
  }

  @Test
  void rulesAreNamedByPlaceAndGroup() {
    List<ExplainedCall> rows =
        PolicyExplanation.of(
            policy(
                """
                  - allow: ["@basic-io", exit_group]
                  - errno EPERM: [prctl]
                    when: option == PR_SET_NAME
                """),
            Set.of("read", "exit_group", "prctl", "uname"));
    assertThat(rows)
        .containsExactly(
            new ExplainedCall("exit_group", "allow", "always", "p.yaml:4:26"),
            new ExplainedCall(
                "prctl", "kill-process", "option != PR_SET_NAME", "p.yaml:2:10 default"),
            new ExplainedCall("prctl", "errno EPERM", "option == PR_SET_NAME", "p.yaml:5:19"),
            new ExplainedCall("read", "allow", "always", "p.yaml:4:13 @basic-io"),
            new ExplainedCall("uname", "kill-process", "always", "p.yaml:2:10 default"));
  }
}
