package dev.hardwire.cli.options;

import dev.hardwire.work.HookChoice;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/** Reads the option {@code --hook}. */
public final class HookConverter implements ITypeConverter<HookChoice> {
  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (HookChoice choice : HookChoice.values()) {
      names.add(choice.toString());
    }
    return names;
  }

  @Override
  public HookChoice convert(String value) {
    return HookChoice.named(value).orElseThrow(() -> ValueConverters.unknown(names(), value));
  }

  /** The names for the help and for shell completion. */
  public static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }
}
