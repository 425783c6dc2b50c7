package dev.hardwire.cli.options;

import dev.hardwire.policy.Hook;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
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
  Choice hook;

  /** The hook; empty to let the file decide. */
  public Optional<Hook> hook() {
    return hook == null ? Optional.empty() : hook.hook();
  }

  /**
   * A value of the option, which the quick reader reads by {@link #named}.
   *
   * @param hook empty to let the file decide
   */
  public record Choice(Optional<Hook> hook) {
    /** The choice of a name; empty if there is none. */
    public static Optional<Choice> named(String name) {
      if (name.equals(AUTO)) {
        return Optional.of(new Choice(Optional.empty()));
      }
      return Stream.of(Hook.values())
          .filter(hook -> hook.id().equals(name))
          .findFirst()
          .map(hook -> new Choice(Optional.of(hook)));
    }
  }

  /** Reads a name. */
  public static final class Converter implements ITypeConverter<Choice> {
    @Override
    public Choice convert(String value) {
      return Choice.named(value).orElseThrow(() -> ValueConverters.unknown(names(), value));
    }
  }

  /** The names for the help and for shell completion. */
  public static final class Names implements Iterable<String> {
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
