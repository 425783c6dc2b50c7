package dev.hardwire.formats.oci;

import dev.hardwire.arch.Target;
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

/**
 * Kubernetes resources: the {@code SeccompProfile} of the security-profiles-operator, and pods that
 * name one.
 */
public record KubernetesFormat() implements PolicyFormat {
  private static final Pattern KEY = Pattern.compile("(?m)^(apiVersion|kind)\\s*:");

  @Override
  public boolean detect(String text) {
    return KEY.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    return KubernetesReader.read(PolicyFiles.only(files), options);
  }

  /** The profile of an OCI runtime is the resource's spec; JSON is YAML. */
  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    String spec = new OciFormat().write(policy, architecture);
    String name = policy.name().replaceAll("[^a-z0-9.-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
    return "apiVersion: %s/v1beta1\nkind: %s\nmetadata:\n  name: %s\nspec:\n  %s"
            .formatted(
                KubernetesReader.GROUP,
                KubernetesReader.KIND,
                name.isEmpty() ? "policy" : name,
                spec.strip().replace("\n", "\n  "))
        + "\n";
  }

  @Override
  public String toString() {
    return "kubernetes";
  }
}
