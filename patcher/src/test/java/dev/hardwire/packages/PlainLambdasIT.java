package dev.hardwire.packages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar to run has classes instead of lambdas, which do the same. */
class PlainLambdasIT {
  private static final Path JAR = Path.of("target/hardwire.jar").toAbsolutePath();
  private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

  /** Every way in which a lambda's method and its interface can differ. */
  private static final String PROGRAM =
      """
      package sample;

      import java.io.Serializable;
      import java.util.*;
      import java.util.function.*;

      public class Sample {
        interface Named { String name(); private String twice() { return name() + name(); }
          default Supplier<String> both() { return this::twice; } }
        static class Box<T extends Comparable<T>> {
          private final T value;
          private Box(T value) { this.value = value; }
          private boolean isLess(Box<T> other) { return value.compareTo(other.value) < 0; }
          BiPredicate<Box<T>, Box<T>> less() { return Box::isLess; }
        }
        enum Sign { PLUS(x -> x + 1), MINUS(x -> x - 1); final IntUnaryOperator operator;
          Sign(IntUnaryOperator operator) { this.operator = operator; } }
        interface Four { double of(int a, long b, double c, String d); }
        private final int state = 7;
        private int add(int more) { return state + more; }
        private static byte small(char c) { return (byte) c; }
        protected void finalize() {}

        public static void main(String... args) {
          Sample sample = new Sample();
          List<String> list = new ArrayList<>(List.of("b", "a"));
          long l = 1L << 40; double d = 2.5; int i = 3; float f = 1.5f; boolean z = true; byte b = -1; char c = 'x';
          short s = 300; String[] texts = {"p", "q"};
          Supplier<String> captured = () -> l + " " + d + " " + i + " " + f + " " + z + " " + b + " " + c + " " + s
              + Arrays.toString(texts);
          Function<String, Integer> boxes = String::length;
          ToLongFunction<Integer> widens = Integer::intValue;
          ToDoubleFunction<Long> widensMore = Long::longValue;
          Comparator<Long> unboxes = Long::compare;
          Consumer<String> drops = list::add;
          LongConsumer dropsLong = Long::valueOf;
          Supplier<List<Integer>> creates = ArrayList::new;
          Function<Integer, Box<Integer>> createsPrivate = Box::new;
          IntFunction<int[]> arrays = int[]::new;
          IntUnaryOperator bound = sample::add;
          LongSupplier fromInt = () -> sample.add(1);
          ToIntFunction<Character> toByte = Sample::small;
          Predicate<Object> is = String.class::isInstance;
          Four four = (a, x, y, t) -> a + x + y + t.length();
          Supplier<Supplier<String>> nested = () -> () -> captured.get() + i;
          Runnable nothing = () -> {};
          Function<Object, Object> same = Function.identity();
          Supplier<Object> serializable = (Supplier<Object> & Serializable) () -> "kept";
          BinaryOperator<String> concat = String::concat;
          IntSupplier wrapped = Integer.valueOf(5)::intValue;
          DoubleSupplier fromFloat = () -> f;
          Named named = () -> "n";
          nothing.run();
          drops.accept("c");
          dropsLong.accept(9);
          list.sort(Comparator.naturalOrder());
          Box<Integer> one = createsPrivate.apply(1);
          System.out.println(captured.get() + nested.get().get() + boxes.apply("four") + widens.applyAsLong(4)
              + widensMore.applyAsDouble(6L) + unboxes.compare(2L, 1L) + list + creates.get() + arrays.apply(2).length
              + bound.applyAsInt(4) + fromInt.getAsLong() + toByte.applyAsInt('A') + is.test("") + is.test(1)
              + four.of(1, 2, 3, "abc") + same.apply("s") + serializable.get() + concat.apply("x", "y")
              + wrapped.getAsInt() + fromFloat.getAsDouble() + named.both().get()
              + one.less().test(one, new Box<>(2)) + Sign.PLUS.operator.applyAsInt(1) + Sign.MINUS.operator.applyAsInt(1));
        }
      }
      """;

  @TempDir private Path folder;

  private static List<String> classes(Path jar, String prefix, String text) throws IOException {
    List<String> found = new ArrayList<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().filter(e -> e.getName().startsWith(prefix)).toList()) {
        byte[] content = file.getInputStream(entry).readAllBytes();
        if (new String(content, StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(entry.getName());
        }
      }
    }
    return found;
  }

  @Test
  void theJarHasNone() throws IOException {
    assertThat(classes(JAR, "dev/hardwire/", METAFACTORY)).isEmpty();
    assertThat(classes(JAR, "dev/hardwire/patch/plan/PatchPlanner$$L", "LambdaMetafactory"))
        .isEmpty();
    assertThat(classes(JAR, "dev/hardwire/patch/plan/PatchPlanner$$L", "NestHost")).isNotEmpty();
  }

  /** The JVM verifies a class before it initialises it. */
  @Test
  void theirClassesAreValid() throws IOException, ReflectiveOperationException {
    List<String> names = classes(JAR, "dev/hardwire/", "NestHost");
    int count = 0;
    try (java.net.URLClassLoader loader =
        new java.net.URLClassLoader(
            new java.net.URL[] {JAR.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      for (String name : names) {
        if (name.contains("$$L")) {
          Class.forName(name.replace(".class", "").replace('/', '.'), true, loader);
          count++;
        }
      }
    }
    assertThat(count).isGreaterThan(500);
  }

  @Test
  void theyDoTheSame() throws IOException {
    Path source = Files.createDirectory(folder.resolve("sample")).resolve("Sample.java");
    Files.writeString(source, PROGRAM);
    Path tool = Path.of("src/build/PlainLambdas.java");
    tool("javac", "-nowarn", "-cp", Cli.classPath(), "-d", folder, "--release", "17", source, tool);
    Path jar = folder.resolve("sample.jar");
    tool("jar", "cf", jar, "-C", folder, "sample");
    assertThat(classes(jar, "sample/", "\u0000\u000bmetafactory")).isNotEmpty();
    String expected = java("-cp", jar, "sample.Sample");
    assertThat(expected).startsWith("1099511627776 2.5 3 1.5 true -1 x 300[p, q]").contains("kept");

    java("-cp", folder + File.pathSeparator + Cli.classPath(), "PlainLambdas", jar, "sample/");
    assertThat(classes(jar, "sample/", "\u0000\u000bmetafactory")).isEmpty();
    assertThat(java("-cp", jar, "sample.Sample")).isEqualTo(expected);
  }

  private static void tool(String name, Object... words) {
    ToolProvider tool = ToolProvider.findFirst(name).orElseThrow();
    String[] strings = Programs.strings(words).toArray(String[]::new);
    StringWriter printed = new StringWriter();
    PrintWriter writer = new PrintWriter(printed);
    assertThat(tool.run(writer, writer, strings)).as("%s", printed).isZero();
  }

  /** Runs a short program. */
  private static String java(Object... words) {
    Path java = Cli.javaOf(Cli.home());
    return Programs.output(
        java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", Programs.strings(words));
  }
}
