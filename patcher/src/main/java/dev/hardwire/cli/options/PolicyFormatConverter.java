package dev.hardwire.cli.options;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.work.PolicyFormats;
import java.util.ArrayList;
import picocli.CommandLine.ITypeConverter;

/** Reads the names of policy formats. */
public final class PolicyFormatConverter implements ITypeConverter<PolicyFormat> {
  @Override
  public PolicyFormat convert(String value) {
    return PolicyFormats.named(value)
        .orElseThrow(() -> ValueConverters.unknown(PolicyFormats.all(), value));
  }

  /** The names for the help and for shell completion. */
  public static final class Candidates extends ArrayList<String> {
    public Candidates() {
      PolicyFormats.all().forEach(format -> add(format.toString()));
    }
  }
}
