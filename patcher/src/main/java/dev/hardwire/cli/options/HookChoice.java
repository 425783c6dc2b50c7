package dev.hardwire.cli.options;

import dev.hardwire.elf.note.Hook;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;

/**
 * A value of the option {@code --hook}.
 *
 * @param hook empty where the file decides
 */
public record HookChoice(Optional<Hook> hook) {
  private static final String AUTO = "auto";

  /** The default. */
  static final HookChoice BY_FILE = new HookChoice(Optional.empty());

  private static List<String> names() {
    return List.of(AUTO, Hook.INIT.text(), Hook.POST_INIT.text(), Hook.ENTRY.text());
  }

  /** The choice of a name. */
  public static Optional<HookChoice> named(String value) {
    if (value.equals(AUTO)) {
      return Optional.of(BY_FILE);
    }
    for (Hook hook : Hook.values()) {
      if (hook.text().equals(value)) {
        return Optional.of(new HookChoice(Optional.of(hook)));
      }
    }
    return Optional.empty();
  }

  /** Reads the option. */
  public static final class Converter implements ITypeConverter<HookChoice> {
    @Override
    public HookChoice convert(String value) {
      return named(value).orElseThrow(() -> ValueConverters.unknown(names().stream(), value));
    }
  }

  /** For the help and for shell completion. */
  public static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }
}
