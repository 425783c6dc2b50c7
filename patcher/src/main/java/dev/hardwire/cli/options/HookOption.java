package dev.hardwire.cli.options;

import dev.hardwire.policy.HookChoice;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code --hook} of the commands that patch. */
@OptionHeading("Patching")
public final class HookOption {
  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = Converter.class,
      completionCandidates = Names.class,
      description = "Where the stub runs: ${COMPLETION-CANDIDATES} (default: auto).")
  HookChoice hook;

  public HookChoice hook() {
    return hook == null ? HookChoice.AUTO : hook;
  }

  /** Reads a name. */
  public static final class Converter implements ITypeConverter<HookChoice> {
    @Override
    public HookChoice convert(String value) {
      return HookChoice.named(value)
          .orElseThrow(() -> ValueConverters.unknown(HookChoice.names(), value));
    }
  }

  /** The names for the help and for shell completion, which no other start needs. */
  public static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return HookChoice.names().iterator();
    }
  }
}
