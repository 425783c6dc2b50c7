package dev.hardwire.filter.print;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.oci.OciReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterGraphTest {
  /** Each call takes one way through the graph, to the result that the filter gives. */
  @ParameterizedTest
  @ValueSource(strings = {"b-system-service-allowlist", "e-argument-rules"})
  void waysEndAtTheDecision(String name) throws IOException {
    Path file = Path.of("src/test/resources/policies", name + ".json");
    ResolvedPolicy policy =
        ResolvedPolicy.of(
            OciReader.read(Files.readAllBytes(file), name, new ReadOptions(Target.X86_64)).policy(),
            Target.X86_64);
    Filter filter = FilterCompiler.compile(policy);
    Random random = new Random(4);
    for (int number = 0; number < 340; number++) {
      SeccompData call = SeccompData.of(Target.X86_64, number, random.nextInt(9), 0, 3);
      FilterGraph graph = FilterGraph.of(filter, Target.X86_64, List.of(call));
      FilterGraph.Node node = graph.nodes().get(0);
      while (node.yes() >= 0) {
        assertThat(node.marked()).isTrue();
        assertThat(node.passed()).hasSize(1).isSubsetOf(node.yes(), node.no());
        node = graph.nodes().get(node.passed().iterator().next());
      }
      String verdict = Emulator.run(filter, call).verdict().toString();
      assertThat(node.lines()).containsExactly(verdict);
    }
  }
}
