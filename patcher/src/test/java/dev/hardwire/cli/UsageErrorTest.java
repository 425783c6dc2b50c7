package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command says, and exits with, when its options or its files are wrong. */
@Tag("system")
class UsageErrorTest {
  private static final Path PROGRAM = Fixtures.named("gcc-pie").path();

  @TempDir private static Path folder;

  @BeforeAll
  static void files() throws IOException {
    Files.createDirectory(folder.resolve("directory"));
    Files.createFile(folder.resolve("empty"));
    Files.writeString(folder.resolve("script"), "#!/bin/sh\necho hello\n");
    Files.writeString(folder.resolve("four"), "\177ELF");
    Files.copy(PROGRAM, folder.resolve("program"));
    Files.copy(PROGRAM, folder.resolve("directory/program"));
    Files.createSymbolicLink(folder.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(folder.resolve("link"), Path.of("program"));
    Programs.output("mkfifo", folder.resolve("pipe"));
    Programs.output("truncate", "-s", "2G", folder.resolve("huge"));
    Programs.output("truncate", "-s", "65G", folder.resolve("vast"));
  }

  /** Runs the words of a line; in them, {@code @} stands for the folder. */
  private static Outcome hardwire(String line) {
    Stream<String> words = Stream.of(line.replace("@", folder + "/").split(" +", -1));
    return Cli.run(words.filter(word -> !word.isEmpty()).toArray());
  }

  private static void fails(String line, ExitCode code, String message) throws IOException {
    List<String> before = listing();
    Outcome outcome = hardwire(line);
    assertThat(outcome.status()).as("%s: %s", line, outcome).isEqualTo(code.code());
    assertThat(outcome.err()).startsWith(message.replace("@", folder + "/"));
    assertThat(outcome.out()).isEmpty();
    assertThat(listing()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "patch @program                 | hardwire patch",
        "patch --jobs                   | hardwire patch",
        "patch --jobs 0 --deny uname -o @out @program | hardwire patch",
        "verify --original @a @b @c     | hardwire verify",
        "policy chek                    | hardwire policy",
        "policy compile --format raw @script | hardwire policy compile",
        "library --soname a/b -o @out   | hardwire library",
        "help patsh                     | hardwire",
        "help policy chek               | hardwire policy",
        "--fast                         | hardwire",
      })
  void wrongUsageIsOneLineAndThenNamesTheHelp(String line, String command) throws IOException {
    Outcome outcome = hardwire(line);
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(ExitCode.USAGE.code());
    assertThat(outcome.err()).hasLineCount(2).startsWith("hardwire: ");
    assertThat(outcome.err()).endsWith("\nTry '%s --help'\n".formatted(command));
    assertThat(outcome.out()).isEmpty();
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aGroupOfCommandsListsThemWhereNoneIsGiven() {
    Outcome outcome = hardwire("policy");
    assertThat(outcome.status()).isEqualTo(ExitCode.USAGE.code());
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith("hardwire: missing command\nUsage: hardwire policy [OPTIONS] COMMAND\n")
        .contains("\n  convert  ")
        .endsWith("\nTry 'hardwire policy --help'\n");
  }

  private static List<String> listing() throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.map(Path::toString).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                             | hardwire: missing command\\n"
            + "Usage: hardwire [OPTIONS] COMMAND\\n"
            + "\\n"
            + "Commands:\\n"
            + "  patch  ",
        "patsh                                        | hardwire: unknown command \"patsh\"; did"
            + " you mean \"patch\"?\\n"
            + "Try 'hardwire --help'\\n",
        "patch --deny uname -o @out                   | hardwire: missing required parameter:"
            + " 'FILE'\\n"
            + "Try '",
        "patch --deny uname -o @out --fast @program   | hardwire: unknown option \"--fast\"\\n"
            + "Try 'hardwire patch --help'\\n",
        "patch --deny                                 | hardwire: missing required parameter for"
            + " option '--deny' (LIST)\\n"
            + "Try 'hardwire patch --help'\\n",
        "patch --deny a --deny b -o @out @program     | hardwire: option '--deny' (LIST) should be"
            + " specified only once",
        "patch -o @out @program                       | hardwire: no policy: give --preset NAME,"
            + " --policy FILE, --allow LIST or --deny LIST\n",
        "patch --default-action log -o @out @program  | hardwire: no policy: give --preset NAME,"
            + " --policy FILE, --allow LIST or --deny LIST\n",
        "patch --policy @script --deny uname -o @out @program | hardwire: --policy and --deny"
            + " cannot be used together\n",
        "patch --policy @script --default-action log -o @out @program | hardwire: --default-action"
            + " and --policy cannot be used together\n",
        "patch --deny uname @program                  | hardwire: give -o OUT, --output-dir DIR or"
            + " --in-place\n",
        "patch --deny uname -o @out --in-place @program | hardwire: --output and --in-place cannot"
            + " be used together\n",
        "patch --deny uname -o @out --output-dir @directory @program | hardwire: --output and"
            + " --output-dir cannot be used together\n",
        "patch --deny uname --in-place --output-dir @directory @program | hardwire: --output-dir"
            + " and --in-place cannot be used together\n",
        "patch --deny uname -o @out @program @script  | hardwire: -o accepts only one FILE; use"
            + " --output-dir for several\n",
        "patch --deny uname --output-dir @directory @program @directory/program | hardwire: two"
            + " input files would be written to @directory/program\n",
        "patch --deny uname --in-place @program @link | hardwire: @program and @link are the same"
            + " file\n",
        "patch --deny uname -o @program @program      | hardwire: @program: @program is the input;"
            + " use --in-place to replace it\n",
        "patch --deny uname -o @link @program         | hardwire: @program: @link is the input; use"
            + " --in-place to replace it\n",
        "patch --deny uname --replace --stack -o @out @program | hardwire: --replace and --stack"
            + " cannot be used together\n",
        "patch --deny uname --hook last -o @out @program | hardwire: invalid value for option"
            + " '--hook': expected one of auto, auto-post-init, init, post-init, entry, first but"
            + " was 'last'\n",
        "patch --deny uname --hook INIT -o @out @program | hardwire: invalid value for option"
            + " '--hook': expected one of auto, auto-post-init, init, post-init, entry, first but"
            + " was 'INIT'\n",
        "patch --deny uname --jobs 0 -o @out @program | hardwire: --jobs requires a number of at"
            + " least 1\n",
        "patch --deny uname --jobs many -o @out @program | hardwire: invalid value for option"
            + " '--jobs': 'many' is not a whole number\n",
        "patch --deny uname --default-action stop -o @out @program | hardwire: --default-action:"
            + " unknown action \"stop\"",
        "patch --deny uname --default-action errno:EWHAT -o @out @program | hardwire:"
            + " --default-action: unknown error name \"EWHAT\"",
        "patch --deny uname --output= @program        | hardwire: invalid value for option"
            + " '--output': the name is empty; give that of a file\n",
        "learn --exec --propose files -- @program     | hardwire: invalid value for option"
            + " '--propose' (SECTION): expected one of landlock, phases but was 'files'\n",
        "harden @program -c                           | hardwire: unknown option \"-c\"\n",
        "harden @program -v                           | hardwire: unknown option \"-v\"; did you"
            + " mean \"-V\"?\n",
        "restore @program                             | hardwire: give -o OUT, --output-dir DIR or"
            + " --in-place\n",
        "restore -o @out @program @script             | hardwire: -o accepts only one FILE; use"
            + " --output-dir for several\n",
        "restore                                      | hardwire: missing required parameter:"
            + " 'FILE'\\n"
            + "Try '",
        "inspect                                      | hardwire: missing required parameter:"
            + " 'FILE'\\n"
            + "Try '",
        "verify                                       | hardwire: missing required parameter:"
            + " 'FILE'\\n"
            + "Try '",
        "verify --original @program @program @script  | hardwire: --original accepts only one"
            + " FILE\n",
      })
  void wrongUsage(String line, String message) throws IOException {
    fails(line == null ? "" : line, ExitCode.USAGE, message.replace("\\n", "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "patch --deny uname -o @out @script  | @script: not-elf: e_ident at offset 0x0: the file"
            + " does not start with",
        "patch --deny uname -o @out @empty   | @empty: not-elf: e_ident at offset 0x0: ",
        "patch --deny uname -o @out @four    | @four: truncated: e_ident at offset 0x4: the file"
            + " ends inside e_ident",
        "patch --deny uname --dry-run @script | @script: not-elf: ",
        "inspect @script                     | @script: not-elf: ",
        "inspect @program                    | @program: not-patched: PT_NOTE at offset 0x0: the"
            + " file is not hard-wired; patch it first",
        "inspect --json @empty               | @empty: not-elf: ",
        "restore -o @out @script             | @script: not-elf: ",
        "restore -o @out @program            | @program: not-patched: ",
        "derive @four                        | @four: ",
        "derive @script                      | @script: e_ident at offset 0x0: the file does not"
            + " start with \\x7fELF: it is a script for /bin/sh; give an ELF executable; for a"
            + " script, derive its interpreter",
        "why --deny uname -- @script         | @script: not-elf: e_ident at offset 0x0: it is a"
            + " script for /bin/sh: run its interpreter",
        "why --deny uname -- @empty          | @empty: not-elf: ",
      })
  void notPatchable(String line, String message) throws IOException {
    Outcome outcome = hardwire(line);
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(ExitCode.NOT_PATCHABLE.code());
    assertThat(outcome.err()).startsWith("hardwire: " + message.replace("@", folder + "/"));
    assertThat(outcome.err()).hasLineCount(1);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "patch --deny unamee -o @out @program | @program: --deny, item 1: unknown system call"
            + " \"unamee\" on x86_64; did you mean \"uname\"?",
        "patch --allow read,wrte -o @out @program | @program: --allow, item 2: unknown system call"
            + " \"wrte\" on x86_64; did you mean \"write\"?",
        "patch --deny uname --default-action allow -o @out @program | --default-action: \"allow\""
            + " would allow every call",
        "patch --policy @empty -o @out @program | @empty: the file is empty",
        "patch --policy @script -o @out @program | @script:",
        "verify --policy @script @program     | @script:",
      })
  void invalidPolicy(String line, String message) throws IOException {
    fails(line, ExitCode.INVALID_POLICY, "hardwire: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "patch --deny uname -o @out @nowhere   | @nowhere: no such file or directory\n",
        "patch --deny uname -o @out @dangling  | @dangling: no such file or directory\n",
        "patch --deny uname -o @out @directory | @directory: not a regular file\n",
        "patch --deny uname -o @out @pipe      | @pipe: not a regular file\n",
        "patch --deny uname -o @out /dev/null  | /dev/null: not a regular file\n",
        "patch --policy @huge -o @out @program | @huge: larger than 2 GiB\n",
        "patch --deny uname -o @out @vast      | @vast: larger than 64 GiB\n",
        "restore -o @out @vast                 | @vast: larger than 64 GiB\n",
        "patch --deny uname -o @no/out @program | @program: @no/out: the directory @no does not"
            + " exist\n",
        "patch --deny uname -o @directory @program | @program: @directory: is a directory\n",
        "patch --deny uname -o @pipe @program  | @program: @pipe: is not a regular file\n",
        "patch --deny uname -o /dev/null @program | @program: /dev/null: is not a regular file\n",
        "patch --deny uname --output-dir @no @program | @no: no such directory\n",
        "patch --deny uname --output-dir @script @program | @script: not a directory\n",
        "patch --policy @nowhere -o @out @program | @nowhere: no such file or directory\n",
        "patch --policy @pipe -o @out @program | @pipe: not a regular file\n",
        "inspect @nowhere                      | @nowhere: no such file or directory\n",
        "restore -o @out @pipe                 | @pipe: not a regular file\n",
        "verify --original @nowhere @program   | @nowhere: no such file or directory\n",
        "verify --policy @directory @program   | @directory: not a regular file\n",
        "policy check @directory               | @directory: is a directory without index.json,"
            + " and so not an OCI artifact; give the file of a policy\n",
        "verify @pipe                          | @pipe: not a regular file\n",
      })
  void filesThatCannotBeReadOrWritten(String line, String message) throws IOException {
    fails(line, ExitCode.INPUT_OUTPUT_FAILED, "hardwire: " + message.replace("\\n", "\n"));
  }
}
