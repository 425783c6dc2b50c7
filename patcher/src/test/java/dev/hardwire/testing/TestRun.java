package dev.hardwire.testing;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs tests without Maven, which needs minutes to start where the processor is emulated. */
public final class TestRun {
  private static final int FRAMES = 12;

  private TestRun() {}

  /**
   * Runs the tests of the usual profile that are named, and says which failed. The exit status is 1
   * if one failed, was skipped or aborted, or if there is none.
   *
   * @param args names of classes or of packages below {@code dev.hardwire}, such as {@code
   *     NetworkTest} and {@code live.restrict}
   */
  public static void main(String... args) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(Set.of(Path.of("target/test-classes"))))
            .filters(
                includeClassNamePatterns(
                    Arrays.stream(args).flatMap(TestRun::patterns).toArray(String[]::new)),
                TagFilter.excludeTags("long"),
                EngineFilter.includeEngines("junit-jupiter"))
            .build();
    SummaryGeneratingListener counts = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, counts, new Progress());
    TestExecutionSummary summary = counts.getSummary();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    summary.printFailuresTo(out, FRAMES);
    long found = summary.getTestsFoundCount();
    long passed = summary.getTestsSucceededCount();
    out.printf("tests: %d found, %d passed%n", found, passed);
    System.exit(found > 0 && passed == found && summary.getTotalFailureCount() == 0 ? 0 : 1);
  }

  private static Stream<String> patterns(String name) {
    String quoted = name.replace(".", "\\.");
    return Stream.of(".*\\." + quoted, "dev\\.hardwire\\." + quoted + "\\..*Test");
  }

  /** A line for each class. */
  private static final class Progress implements TestExecutionListener {
    private long begin;
    private TestPlan plan;

    @Override
    public void testPlanExecutionStarted(TestPlan started) {
      plan = started;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      if (isClass(test)) {
        begin = System.nanoTime();
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
        System.out.printf(
            "%s: %s%n",
            test.getUniqueId(), result.getThrowable().map(Object::toString).orElse("aborted"));
      }
      if (isClass(test)) {
        long count = plan.getDescendants(test).stream().filter(TestIdentifier::isTest).count();
        System.out.printf(
            "%s: %d tests, %d s%n",
            test.getLegacyReportingName(), count, (System.nanoTime() - begin) / 1_000_000_000);
      }
    }

    private static boolean isClass(TestIdentifier test) {
      return test.getSource().filter(ClassSource.class::isInstance).isPresent();
    }
  }
}
