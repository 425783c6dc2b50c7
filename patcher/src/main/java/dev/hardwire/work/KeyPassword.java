package dev.hardwire.work;

import dev.hardwire.input.InputFile;
import dev.hardwire.sign.algorithm.SignatureFault;
import java.io.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/** The password of a key: from a file, from the environment, or from whoever is at the terminal. */
public final class KeyPassword {
  private KeyPassword() {}

  /**
   * Reads the password if it is in a file; if not, it is looked for when it is needed.
   *
   * @param key its name, for the question
   * @param file has the password in its first line
   * @param variable of the environment, if there is no file
   * @return gives the password; throws {@link SignatureFault} if there is none
   */
  public static Supplier<char[]> of(String key, Optional<Path> file, Optional<String> variable)
      throws IOException {
    if (file.isPresent()) {
      char[] known = firstLine(file.get());
      return () -> known;
    }
    return () -> variable.isPresent() ? ofVariable(variable.get()) : asked(key);
  }

  private static char[] firstLine(Path file) throws IOException {
    byte[] content = InputFile.read(file).toArray();
    char[] text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(content)).array();
    int end = 0;
    while (end < text.length && text[end] != '\n' && text[end] != '\r' && text[end] != 0) {
      end++;
    }
    return Arrays.copyOf(text, end);
  }

  private static char[] ofVariable(String name) {
    String value = System.getenv(name);
    SignatureFault.require(
        value != null, () -> "the environment variable %s is not set".formatted(name));
    return value.toCharArray();
  }

  @SuppressWarnings("SystemConsoleNull") // newer JDKs' console answers null if nobody is there
  private static char[] asked(String key) {
    Console console = System.console();
    SignatureFault.require(
        console != null,
        "the key requires a password: use --password-file or --password-env, there is no"
            + " terminal");
    return console.readPassword("Password of %s: ", key);
  }
}
