package dev.hardwire.formats;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Options and shorthands for the tests of foreign formats. */
public final class ForeignFormats {
  public static final Target X86_64 = Target.X86_64;

  private ForeignFormats() {}

  public static ReadOptions options(String... capabilities) {
    return new ReadOptions(X86_64, Set.of(capabilities), "6.12");
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The canonical text of the rules alone. */
  public static String rules(ReadPolicy read) {
    String text = YamlPolicyWriter.write(read.policy());
    return text.substring(text.indexOf("default:"), text.indexOf("no_new_privs"));
  }
}
