package dev.hardwire.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Says which changed classes no test of the profile {@code quick} names, and which tests do. The
 * build runs it at the end of that profile.
 */
public final class LeftOutTests {
  private static final Set<String> LEFT_OUT = Set.of("long", "slow", "system");
  private static final Pattern SOURCE =
      Pattern.compile("patcher/src/main/java/(dev/hardwire/.*)\\.java");
  private static final List<Class<? extends Annotation>> TESTS =
      List.of(Test.class, ParameterizedTest.class, TestFactory.class);

  private LeftOutTests() {}

  /**
   * Looks at what git says was changed.
   *
   * @param args the directory of the tests' classes
   */
  public static void main(String... args) throws IOException {
    print(changed(), Path.of(args[0]));
  }

  /** The names of changed classes in class files, such as {@code dev/hardwire/Hardwire}. */
  private static List<String> changed() {
    List<String> names = new ArrayList<>();
    Outcome status;
    try {
      status = Programs.run("git", "-C", "..", "status", "--porcelain", "--untracked-files=all");
    } catch (UncheckedIOException e) {
      return names; // there is no git
    }
    Matcher source = SOURCE.matcher(status.out());
    while (source.find()) {
      names.add(source.group(1));
    }
    return names;
  }

  static void print(List<String> changed, Path tests) throws IOException {
    Map<String, Set<String>> found = leftOut(changed, tests);
    if (found.isEmpty()) {
      return;
    }
    System.out.println("Changed classes that no test of the profile quick names:");
    Set<String> all = new TreeSet<>();
    found.forEach(
        (name, classes) -> {
          System.out.printf(
              "  %s: %s%n",
              name.replace('/', '.'),
              classes.isEmpty() ? "no test names it" : String.join(", ", classes));
          all.addAll(classes);
        });
    System.out.println(
        all.isEmpty()
            ? "Run: mvn -B verify"
            : "Run: mvn -B test -Dtest='" + String.join(",", all) + "'");
  }

  /**
   * The tests that are left out, of each changed class that no other test names. A test names a
   * class if its code does; if no test does, those of its package are told, or of the next one
   * around it that has any.
   */
  static Map<String, Set<String>> leftOut(List<String> changed, Path tests) throws IOException {
    Map<String, String> codes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(tests)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        codes.put(tests.relativize(file).toString(), Files.readString(file, ISO_8859_1));
      }
    }
    Map<String, Set<String>> result = new TreeMap<>();
    for (String name : changed) {
      Pattern use = Pattern.compile(Pattern.quote(name) + "[^\\w/-]");
      Set<String> users = new TreeSet<>();
      codes.forEach(
          (file, code) -> {
            if (use.matcher(code).find()) {
              users.add(testClass(file));
            }
          });
      users.remove("");
      if (users.stream().anyMatch(LeftOutTests::isQuick)) {
        continue;
      }
      for (String folder = folder(name); users.isEmpty() && !folder.equals("dev"); ) {
        users.addAll(within(folder, codes.keySet()));
        users.removeIf(LeftOutTests::isQuick);
        folder = folder(folder);
      }
      Set<String> simple = new TreeSet<>();
      users.forEach(user -> simple.add(user.substring(user.lastIndexOf('/') + 1)));
      result.put(name, simple);
    }
    return result;
  }

  private static String folder(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('/')));
  }

  private static Set<String> within(String folder, Set<String> files) {
    Set<String> tests = new TreeSet<>();
    for (String file : files) {
      if (folder(file).equals(folder)) {
        tests.add(testClass(file));
      }
    }
    tests.remove("");
    return tests;
  }

  /** The class with tests that a class file is of, or is within; empty for others. */
  private static String testClass(String file) {
    String name = file.replaceAll("(\\$.*)?\\.class$", "");
    return name.endsWith("Test") ? name : "";
  }

  private static boolean isQuick(String name) {
    if (name.startsWith("dev/hardwire/live/") || name.startsWith("dev/hardwire/docs/")) {
      return false;
    }
    try {
      Class<?> type =
          Class.forName(name.replace('/', '.'), false, LeftOutTests.class.getClassLoader());
      return !isLeftOut(type)
          && Stream.of(type.getDeclaredMethods())
              .filter(LeftOutTests::isTest)
              .anyMatch(method -> !isLeftOut(method));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static boolean isTest(Method method) {
    return TESTS.stream().anyMatch(method::isAnnotationPresent);
  }

  private static boolean isLeftOut(AnnotatedElement element) {
    return Arrays.stream(element.getAnnotationsByType(Tag.class))
        .anyMatch(tag -> LEFT_OUT.contains(tag.value()));
  }
}
