package dev.hardwire.formats.oci;

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

/** JSON of the OCI runtime specification, Docker and Podman. */
public record OciFormat() implements PolicyFormat {
  private static final Pattern KEY = Pattern.compile("\"(defaultAction|syscalls)\"\\s*:");

  @Override
  public boolean detect(String text) {
    return text.stripLeading().startsWith("{") && KEY.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    return OciReader.read(PolicyFiles.bytes(file), file.toString(), options);
  }

  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkNoNewPrivs(policy, this);
    return OciWriter.write(PlainPolicy.of(policy, architecture));
  }

  @Override
  public String toString() {
    return "oci";
  }
}
