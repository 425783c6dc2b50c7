package dev.hardwire.cli.options;

import dev.hardwire.policy.format.PolicyFormat;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;

/** Reads the names of policy formats. */
public final class PolicyFormatConverter implements ITypeConverter<PolicyFormat> {
  @Override
  public PolicyFormat convert(String value) {
    return PolicyFormat.named(value)
        .orElseThrow(() -> ValueConverters.unknown(PolicyFormat.all().stream(), value));
  }

  /** The names for the help and for shell completion. */
  public static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return PolicyFormat.all().stream().map(Object::toString).iterator();
    }
  }
}
