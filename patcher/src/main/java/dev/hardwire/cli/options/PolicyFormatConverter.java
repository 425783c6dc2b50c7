package dev.hardwire.cli.options;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.work.PolicyFormats;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;

/** Reads the names of policy formats. */
public final class PolicyFormatConverter implements ITypeConverter<PolicyFormat> {
  @Override
  public PolicyFormat convert(String value) {
    return PolicyFormats.named(value)
        .orElseThrow(() -> ValueConverters.unknown(PolicyFormats.all(), value));
  }

  /** The names for the help and for shell completion, which no other start needs. */
  public static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return PolicyFormats.all().stream().map(PolicyFormat::toString).iterator();
    }
  }
}
