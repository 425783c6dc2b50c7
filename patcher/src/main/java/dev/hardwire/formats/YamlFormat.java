package dev.hardwire.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallWeights;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Hardwire's own YAML. */
public record YamlFormat() implements PolicyFormat {
  /**
   * Hardwire's keys, none of which is a system call. The start of a document shows YAML, so that
   * the reader's error says what is missing.
   */
  private static final Pattern KEY = Pattern.compile("(?m)^(version|default|rules)\\s*:|\\A---\\s");

  @Override
  public boolean detect(String text) {
    boolean flow = text.stripLeading().startsWith("{") && text.contains("version");
    return flow || KEY.matcher(text).find();
  }

  @Override
  public boolean dependsOnArchitecture() {
    return false;
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    return YamlPolicyReader.read(
        PolicyFiles.only(files),
        options.includeRoots(),
        new CallWeights.Names(CallGroups::isKnownSomewhere));
  }

  @Override
  public String write(Policy policy, Target architecture) {
    return YamlPolicyWriter.write(policy);
  }

  @Override
  public String toString() {
    return "yaml";
  }
}
