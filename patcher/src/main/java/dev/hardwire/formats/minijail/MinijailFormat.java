package dev.hardwire.formats.minijail;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** minijail's {@code .policy} files. */
public record MinijailFormat() implements PolicyFormat {
  private static final Pattern LINE =
      Pattern.compile(
          "(?m)^\\h*(@(include|default|denylist|frequency)\\b"
              + "|(\\{[^{}]*\\}|(ARM_)?[a-z_][a-z0-9_]*\\s*(\\[[^\\[\\]]*\\])?)\\s*:)");

  @Override
  public boolean detect(String text) {
    return LINE.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    return MinijailReader.read(PolicyFiles.only(files), options);
  }

  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkLog(policy, this);
    Inexpressible.checkNoNewPrivs(policy, this);
    return MinijailWriter.write(PlainPolicy.of(policy, architecture));
  }

  @Override
  public String toString() {
    return "minijail";
  }
}
