package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.files.FileCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What {@link QuickStart} reads is what picocli reads. */
@Tag("slow")
class QuickStartTest {
  /** The commands that are read quickly, in picocli's model. */
  private static final Map<String, CommandLine> COMMANDS = commands();

  /** What reads the lines of each command, from its defaults each time. */
  private static final Map<String, CommandLine> READERS = new HashMap<>();

  private static final int LINES = 100;
  private static final int MANY_LINES = 10_000;

  /** Values that suit some options, and others that do not. */
  private static final String[] VALUES = {
    "a",
    "/b/c",
    "@file",
    "read,write",
    "entry",
    "post-init",
    "auto",
    "AUTO",
    "stub",
    "needed",
    "2",
    "0",
    "02",
    "+3",
    "999999999",
    "9999999999",
    "1k",
    "always",
    "Never",
    "a b",
    "=",
    "a=b",
    "",
    " ",
    "\"q\"",
    "'",
    "${user.home}",
    "\\",
    "ſtub",
    "\u0000",
    "patch",
    "run",
    "kill-process",
    "no-exec",
    "No-Exec",
  };

  /** Words that are wrong, or mean something else. */
  private static final String[] ODD = {
    "--",
    "-",
    "--help",
    "-h",
    "--version",
    "-rj2",
    "-j2",
    "-oa",
    "-o=a",
    "--no-json",
    "--js",
    "--POLICY",
    "---r",
    "--json=true",
    "--recursive=false",
    "-r=true",
    "--digest=sha256",
    "--signing-time",
  };

  private static Map<String, CommandLine> commands() {
    Map<String, CommandLine> commands =
        new TreeMap<>(HardwireCommand.commandLine().getSubcommands());
    commands.values().removeIf(command -> !(command.getCommand() instanceof FileCommand));
    return commands;
  }

  @BeforeAll
  static void generate(@TempDir Path folder) throws Exception {
    GeneratedReaders.require(folder);
    assertThat(COMMANDS)
        .containsOnlyKeys("patch", "verify", "report", "inspect", "restore", "sign", "run");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "patch --deny uname -o out in",
        "patch --policy=p.yaml --in-place in other",
        "patch in --allow read,write --default-action log --output-dir=dir",
        "patch --deny a -r --include *.so --exclude=x/** -j 2 --progress never --in-place dir",
        "patch --deny a --hook post-init --replace --dry-run in",
        "patch --deny a --mode needed --library /lib/x.so --json --output=out in",
        "verify in",
        "verify --policy p --original o --json in",
        "verify --require-hook=entry,init in",
        "verify --require-policy-at-least=p --summary --recursive --jobs=3 --fail-fast dir",
        "inspect --json in other",
        "restore --in-place --keep-going in",
        "restore -o out --json in",
        "sign --key k --cert=c -o out in",
        "sign --sign-key k --sign-cert c --detached p7s in",
        "sign --extract prefix in",
        "sign --key k --password-file p --ima --attest a --in-place in",
        "verify --trust t in",
        "verify --trust t --signature s --require-signer CN=a --require-signatures 2 in",
        "patch --deny uname --sign-key k --sign-cert c -o out in",
        "run in",
        "run --deny uname -- uname -a",
        "run --policy p --hook=entry --strict in --policy q -- -a --help",
        "run --deny uname -- -- --allow",
      })
  void theUsualLinesAreRead(String line) {
    assertThat(same(line.split(" ", -1))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "patch",
        "patch --deny uname -o out",
        "patch --deny -o out in",
        "patch --help",
        "patch --deny uname --deny ptrace -o out in",
        "patch --deny uname --sign-key k --key l -o out in",
        "sign --key k --cert c --cert d -o out in",
        "sign --key k --signing-time --in-place in",
        "verify --trust t --trust u in",
        "patch --hook nowhere --deny uname -o out in",
        "verify --jobs none in",
        "verify -- in",
        "sign --detached",
        "policy check p",
        "run --deny uname",
        "run --deny uname --",
        "run --deny uname --deny ptrace in",
        "run --help in",
        "verify --trust a\0b in", // what cannot be a path
        "inspect a\0b",
        "--version",
      })
  void othersAreLeftToPicocli(String line) {
    assertThat(same(line.split(" ", -1))).isFalse();
  }

  @Test
  void randomLinesAreReadAlike() {
    readAlike(LINES);
  }

  @Test
  @Tag("long")
  void manyRandomLinesAreReadAlike() {
    readAlike(MANY_LINES);
  }

  private static void readAlike(int lines) {
    Random random = new Random(20);
    int quick = 0;
    for (int i = 0; i < lines; i++) {
      quick += same(line(random)) ? 1 : 0;
    }
    assertThat(quick).isBetween(lines / 8, lines * 7 / 8);
  }

  /** By each of its names, with each of its values, attached and as the next word. */
  @Test
  @Tag("long")
  void everyOptionWithAllOfItsValuesIsReadOrSaidNotToBe() {
    areRead(QuickStartTest::good);
  }

  /** The same with the first and the last of the values. */
  @Test
  void everyOptionOfTheseCommandsIsReadOrSaidNotToBe() {
    areRead(
        option -> {
          List<String> all = good(option);
          return List.copyOf(new TreeSet<>(List.of(all.get(0), all.get(all.size() - 1))));
        });
  }

  private static void areRead(Function<OptionSpec, List<String>> values) {
    Set<String> unread = new TreeSet<>();
    COMMANDS.forEach(
        (command, model) -> {
          for (OptionSpec option : model.getCommandSpec().options()) {
            lines(command, option, values)
                .filter(line -> !same(line.toArray(String[]::new)))
                .forEach(line -> unread.add(option.longestName()));
          }
        });
    assertThat(unread)
        .containsExactly("--builder-id", "--help", "--signing-time", "--timestamp", "--version");
  }

  private static Stream<List<String>> lines(
      String command, OptionSpec option, Function<OptionSpec, List<String>> values) {
    return Stream.of(option.names())
        .flatMap(
            name ->
                option.arity().max() == 0
                    ? Stream.of(List.of(command, name, "in"))
                    : values.apply(option).stream()
                        .flatMap(
                            value ->
                                name.startsWith("--")
                                    ? Stream.of(
                                        List.of(command, name, value, "in"),
                                        List.of(command, name + "=" + value, "in"))
                                    : Stream.of(List.of(command, name, value, "in"))));
  }

  /** Every command has the files that follow its options. */
  @Test
  void everyCommandNeedsFiles() {
    assertThat(COMMANDS.keySet()).noneMatch(command -> same(command));
    assertThat(COMMANDS.keySet()).allMatch(command -> same(command, "in", "other"));
  }

  /** Values that an option takes. */
  private static List<String> good(OptionSpec option) {
    if (option.completionCandidates() != null) {
      List<String> candidates = new ArrayList<>();
      option.completionCandidates().forEach(candidates::add);
      return candidates;
    }
    return List.of(option.type() == int.class || option.type() == Integer.class ? "7" : "value");
  }

  private static String good(OptionSpec option, Random random) {
    List<String> values = good(option);
    return values.get(random.nextInt(values.size()));
  }

  private static String[] line(Random random) {
    String command = List.copyOf(COMMANDS.keySet()).get(random.nextInt(COMMANDS.size()));
    List<String> line = new ArrayList<>(List.of(command));
    List<OptionSpec> options = COMMANDS.get(command).getCommandSpec().options();
    int words = random.nextInt(5);
    for (int i = 0; i < words; i++) {
      OptionSpec option = options.get(random.nextInt(options.size()));
      String name = option.names()[random.nextInt(option.names().length)];
      String value =
          random.nextInt(3) > 0 ? good(option, random) : VALUES[random.nextInt(VALUES.length)];
      boolean takes = random.nextInt(20) == 0 ? random.nextBoolean() : option.arity().max() > 0;
      if (takes && random.nextBoolean()) {
        line.add(name + "=" + value);
      } else {
        line.add(name);
        if (takes) {
          line.add(value);
        }
      }
      if (random.nextInt(3) == 0) {
        line.add(VALUES[random.nextInt(VALUES.length)]);
      }
      if (random.nextInt(12) == 0) {
        line.add(ODD[random.nextInt(ODD.length)]);
      }
    }
    if (random.nextInt(4) > 0) {
      line.add("in");
    }
    return line.toArray(String[]::new);
  }

  /** Whether a line is read quickly; then picocli has to read the same. */
  private static boolean same(String... line) {
    Optional<FileCommand> quick = QuickStart.parse(line);
    if (quick.isEmpty()) {
      return false;
    }
    CommandLine commandLine = READERS.computeIfAbsent(line[0], HardwireCommand::commandLineFor);
    try {
      commandLine.parseArgs(line);
    } catch (ParameterException e) {
      throw new AssertionError(String.join("|", line) + " is wrong", e);
    }
    FileCommand slow = (FileCommand) commandLine.getSubcommands().get(line[0]).getCommand();
    assertThat(commandLine.getParseResult().subcommand().isUsageHelpRequested()).isFalse();
    RecursiveComparisonConfiguration allFields =
        RecursiveComparisonConfiguration.builder()
            .withIgnoredFields("spec")
            .withIgnoreAllOverriddenEquals(false)
            .build();
    assertThat(quick.get())
        .as("%s", String.join("|", line))
        .usingRecursiveComparison(allFields)
        .isEqualTo(slow);
    return true;
  }
}
