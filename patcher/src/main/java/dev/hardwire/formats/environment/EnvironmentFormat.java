package dev.hardwire.formats.environment;

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

/** Lines that set the preload library's variables. */
public record EnvironmentFormat() implements PolicyFormat {
  private static final Pattern KEY =
      Pattern.compile("(?m)^\\h*(export\\h+)?SECCOMP_SYSCALL_(ALLOW|DENY)\\s*=");

  @Override
  public boolean detect(String text) {
    return KEY.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    return new ReadPolicy(
        EnvironmentReader.read(PolicyFiles.bytes(file), file.toString()), List.of());
  }

  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkLog(policy, this);
    Inexpressible.checkNoNewPrivs(policy, this);
    return EnvironmentWriter.write(PlainPolicy.of(policy, architecture));
  }

  @Override
  public String toString() {
    return "env";
  }
}
