package dev.hardwire.cli;

import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.QuickWords;
import dev.hardwire.cli.patch.PatchCommand;
import dev.hardwire.cli.patch.RestoreCommand;
import dev.hardwire.cli.sign.SignCommand;
import dev.hardwire.cli.verify.InspectCommand;
import dev.hardwire.cli.verify.VerifyCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the usual command lines of the usual commands, as picocli reads them but in a hundredth of
 * the time: building a model of all options takes longer than patching a file. What it does not
 * know for certain, it leaves to picocli, and so every error, too.
 */
final class QuickStart {
  private QuickStart() {}

  /** The command with its options and files; empty if picocli has to read them. */
  static Optional<FileCommand> parse(String... args) {
    FileCommand command = args.length < 2 ? null : command(args[0]);
    if (command == null) {
      return Optional.empty();
    }
    QuickWords words = new QuickWords(args, 1);
    List<Path> files = new ArrayList<>();
    while (words.hasNext()) {
      Path file = words.nextFile();
      if (file != null) {
        files.add(file);
      } else if (words.isUnclear() || !command.take(words)) {
        return Optional.empty();
      }
    }
    if (words.isUnclear() || files.isEmpty()) {
      return Optional.empty();
    }
    command.take(files);
    return Optional.of(command);
  }

  private static FileCommand command(String name) {
    return switch (name) {
      case "patch" -> new PatchCommand();
      case "verify" -> new VerifyCommand();
      case "inspect" -> new InspectCommand();
      case "restore" -> new RestoreCommand();
      case "sign" -> new SignCommand();
      default -> null;
    };
  }
}
