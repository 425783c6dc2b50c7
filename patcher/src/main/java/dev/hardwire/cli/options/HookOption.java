package dev.hardwire.cli.options;

import dev.hardwire.policy.Hook;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code --hook} of the commands that patch. */
@OptionHeading("Patching")
public final class HookOption {
  private static final String AUTO = "auto";

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = Converter.class,
      completionCandidates = Names.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: " + AUTO + ").")
  Hook hook;

  /** The hook; empty to let the file decide. */
  public Optional<Hook> hook() {
    return Optional.ofNullable(hook);
  }

  /** Reads the name of a hook; null lets the file decide. */
  static final class Converter implements ITypeConverter<Hook> {
    @Override
    public Hook convert(String value) {
      for (Hook hook : Hook.values()) {
        if (hook.id().equals(value)) {
          return hook;
        }
      }
      if (value.equals(AUTO)) {
        return null;
      }
      throw ValueConverters.unknown(names(), value);
    }
  }

  /** The names for the help and for shell completion. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(List.of(AUTO));
    for (Hook hook : Hook.values()) {
      names.add(hook.id());
    }
    return names;
  }
}
