package dev.hardwire.policy.format;

/**
 * What the formats call an architecture.
 *
 * @param id the kernel's name, such as {@code x86_64}; minijail has it too
 * @param libseccomp such as {@code SCMP_ARCH_X86_64}, in OCI profiles
 * @param go such as {@code amd64}, in the conditions of Docker's and Podman's profiles
 * @param systemd such as {@code x86-64}
 */
public record ArchitectureName(String id, String libseccomp, String go, String systemd) {
  @Override
  public String toString() {
    return id;
  }
}
