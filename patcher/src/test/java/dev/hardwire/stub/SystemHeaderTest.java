package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers in the headers of the C code are those of the tables that Java has. */
class SystemHeaderTest {
  private static final Path SOURCES = Path.of("../stub-asm");
  private static final Pattern DEFINITION =
      Pattern.compile("#define (\\w+) (0x[0-9a-f]+|[0-9]+)u?\\b");

  private static Map<String, Long> definitions(Target machine) throws IOException {
    String text = Files.readString(SOURCES.resolve(machine.id()).resolve("system.h"));
    if (text.contains("#include \"generic.h\"")) {
      text += Files.readString(SOURCES.resolve("generic.h"));
    }
    return DEFINITION
        .matcher(text)
        .results()
        .collect(Collectors.toMap(m -> m.group(1), m -> Long.decode(m.group(2))));
  }

  @ParameterizedTest
  @EnumSource
  void everyNumberIsThatOfTheTable(Target machine) throws IOException {
    Target architecture = machine;
    SyscallTable table = SyscallTable.of(architecture);
    Map<String, Long> definitions = definitions(machine);
    assertThat(definitions)
        .containsEntry("MACHINE", (long) machine.code())
        .containsEntry("AUDIT_ARCHITECTURE", architecture.auditNumber());
    assertThat(definitions.containsKey("REFUSED_FROM"))
        .isEqualTo(architecture.refusedFrom().isPresent());
    for (String passing : new String[] {"SOCKETCALL", "IPC"}) {
      assertThat(definitions.containsKey("NR_" + passing))
          .isEqualTo(table.number(passing.toLowerCase(Locale.ROOT)).isPresent());
    }
    Map<String, Long> numbers =
        definitions.entrySet().stream()
            .filter(e -> e.getKey().startsWith("NR_"))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertThat(numbers).hasSizeGreaterThan(13);
    numbers.forEach(
        (name, number) ->
            assertThat(table.number(name.substring("NR_".length()).toLowerCase(Locale.ROOT)))
                .as(name)
                .hasValue(number.intValue()));
  }
}
