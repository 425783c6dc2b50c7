package dev.hardwire;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The exported packages show only types of the JDK and of themselves. */
class PublicApiTest {
  private static final Set<String> EXPORTED = Set.of("dev.hardwire", "dev.hardwire.policy");

  /** The files of their classes. */
  private static final Pattern IN_THEM = Pattern.compile(".*/dev/hardwire/(policy/)?[^/]*\\.class");

  @Test
  void everySignatureUsesExportedTypesOnly() {
    Set<String> hidden = new TreeSet<>();
    List<Class<?>> types = types();
    assertThat(types).hasSizeGreaterThan(25).contains(Hardwire.class, VerifyResult.Check.class);
    for (Class<?> type : types) {
      signature(type)
          .filter(used -> !isShown(used))
          .forEach(used -> hidden.add(type.getName() + " shows " + used.getTypeName()));
    }
    assertThat(hidden).isEmpty();
  }

  @Test
  void theCheckSeesHiddenTypes() {
    assertThat(signature(dev.hardwire.verify.Expectations.class)).anyMatch(used -> !isShown(used));
  }

  @Test
  void theModuleExportsTheseTwoPackages() throws IOException {
    String text = Files.readString(Path.of("src/main/java/module-info.java"));
    assertThat(text.lines().filter(line -> line.strip().startsWith("exports")))
        .containsExactly("  exports dev.hardwire;", "  exports dev.hardwire.policy;");
    Path compiled = Path.of("target/classes/module-info.class");
    if (Files.exists(compiled)) {
      ModuleDescriptor module = ModuleDescriptor.read(Files.newInputStream(compiled));
      assertThat(module.exports())
          .allMatch(export -> !export.isQualified() && EXPORTED.contains(export.source()))
          .hasSize(EXPORTED.size());
      assertThat(module.opens())
          .allMatch(open -> open.targets().equals(Set.of("info.picocli")))
          .isNotEmpty();
    }
  }

  private static List<Class<?>> types() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(location -> location.matches(IN_THEM))
            .importPath(Path.of("target/classes"));
    List<Class<?>> types = new ArrayList<>();
    classes.stream()
        .filter(type -> EXPORTED.contains(type.getPackageName()))
        .map(type -> type.reflect())
        .filter(PublicApiTest::isPublic)
        .forEach(types::add);
    return types;
  }

  private static boolean isPublic(Class<?> type) {
    boolean open = Modifier.isPublic(type.getModifiers());
    return open && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  /** Every type that a caller of {@code type} meets. */
  private static Stream<Type> signature(Class<?> type) {
    List<Type> used = new ArrayList<>(List.of(type.getGenericInterfaces()));
    if (type.getGenericSuperclass() != null) {
      used.add(type.getGenericSuperclass());
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isShown(method.getModifiers()) && !method.isSynthetic()) {
        used.add(method.getGenericReturnType());
        used.addAll(List.of(method.getGenericParameterTypes()));
        used.addAll(List.of(method.getGenericExceptionTypes()));
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isShown(constructor.getModifiers())) {
        used.addAll(List.of(constructor.getGenericParameterTypes()));
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (isShown(field.getModifiers())) {
        used.add(field.getGenericType());
      }
    }
    return used.stream().flatMap(PublicApiTest::parts);
  }

  private static boolean isShown(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static Stream<Type> parts(Type type) {
    if (type instanceof ParameterizedType generic) {
      return Stream.concat(
          parts(generic.getRawType()),
          Stream.of(generic.getActualTypeArguments()).flatMap(PublicApiTest::parts));
    }
    if (type instanceof GenericArrayType array) {
      return parts(array.getGenericComponentType());
    }
    if (type instanceof WildcardType wildcard) {
      return Stream.of(wildcard.getUpperBounds()).flatMap(PublicApiTest::parts);
    }
    if (type instanceof TypeVariable<?>) {
      return Stream.empty();
    }
    Class<?> plain = (Class<?>) type;
    return plain.isArray() ? parts(plain.getComponentType()) : Stream.of(plain);
  }

  private static boolean isShown(Type type) {
    Class<?> plain = (Class<?>) type;
    return plain.isPrimitive()
        || plain.getName().startsWith("java.")
        || (EXPORTED.contains(plain.getPackageName()) && isPublic(plain));
  }
}
