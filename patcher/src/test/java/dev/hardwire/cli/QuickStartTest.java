package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.files.FileCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What {@link QuickStart} reads is what picocli reads. */
@Tag("slow")
class QuickStartTest {
  private static final List<String> COMMANDS =
      List.of("patch", "verify", "inspect", "restore", "sign");
  private static final int LINES = 2_000;

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
        "verify --trust a\0b in", // what cannot be a path
        "inspect a\0b",
        "--version",
      })
  void othersAreLeftToPicocli(String line) {
    assertThat(same(line.split(" ", -1))).isFalse();
  }

  @Test
  void randomLinesAreReadAlike() {
    Random random = new Random(20);
    int quick = 0;
    for (int i = 0; i < LINES; i++) {
      quick += same(line(random)) ? 1 : 0;
    }
    assertThat(quick).isBetween(LINES / 8, LINES * 7 / 8);
  }

  @Test
  void everyOptionOfTheseCommandsIsReadOrSaidNotToBe() {
    List<String> unread = new ArrayList<>();
    for (String command : COMMANDS) {
      for (OptionSpec option : options(command)) {
        List<String> line = new ArrayList<>(List.of(command, option.longestName()));
        if (option.arity().max() > 0) {
          line.add(good(option));
        }
        line.add("in");
        if (!same(line.toArray(String[]::new))) {
          unread.add(option.longestName());
        }
      }
    }
    assertThat(unread)
        .contains("--help", "--digest", "--signing-time", "--timestamp")
        .doesNotContain("--policy", "--allow", "--deny", "--in-place", "--recursive", "--jobs")
        .doesNotContain("--sign-key", "--sign-cert", "--detached", "--trust", "--signature");
  }

  private static List<OptionSpec> options(String command) {
    return HardwireCommand.commandLine().getSubcommands().get(command).getCommandSpec().options();
  }

  private static String good(OptionSpec option) {
    return switch (option.longestName()) {
      case "--jobs", "--require-signatures" -> "7";
      case "--progress" -> "always";
      case "--hook" -> "entry";
      case "--mode" -> "needed";
      default -> "value";
    };
  }

  private static String[] line(Random random) {
    String command = COMMANDS.get(random.nextInt(COMMANDS.size()));
    List<String> line = new ArrayList<>(List.of(command));
    List<OptionSpec> options = options(command);
    int words = random.nextInt(5);
    for (int i = 0; i < words; i++) {
      OptionSpec option = options.get(random.nextInt(options.size()));
      String name = option.names()[random.nextInt(option.names().length)];
      String value = random.nextInt(3) > 0 ? good(option) : VALUES[random.nextInt(VALUES.length)];
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
    CommandLine commandLine = HardwireCommand.commandLine();
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
