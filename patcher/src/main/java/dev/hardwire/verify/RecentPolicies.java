package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.patch.Format;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupProgram;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What was found out about the last policies, for the next file that has the same one: most files
 * of a directory tree have. All of it follows from the text of a policy, an architecture and a
 * filter, which are the keys. What fails is not remembered.
 */
final class RecentPolicies {
  private static final Recent<String, Policy> PARSED = new Recent<>();
  private static final Recent<String, Policy> READ = new Recent<>();
  private static final Recent<Compiled, SetupProgram> COMPILED = new Recent<>();
  private static final Recent<Proven, ResolvedPolicy> PROVEN = new Recent<>();

  private RecentPolicies() {}

  private record Compiled(Format format, Target machine, String text) {}

  private record Proven(Target machine, String text, Filter filter) {}

  /** A map of a few entries, of which the one that was not used for the longest time goes first. */
  private static final class Recent<K, V> {
    private static final int MOST = 8;

    /** In longer policies there may be anything; they are proven again. */
    private static final int LONGEST = 1 << 16;

    private final Map<K, V> entries =
        new LinkedHashMap<>(MOST, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > MOST;
          }
        };

    V get(String text, K key, Supplier<V> make) {
      if (text.length() > LONGEST) {
        return make.get();
      }
      V known;
      synchronized (entries) {
        known = entries.get(key);
      }
      if (known == null) {
        known = make.get();
        synchronized (entries) {
          entries.put(key, known);
        }
      }
      return known;
    }
  }

  static Policy parsed(String text) {
    return PARSED.get(
        text,
        text,
        () -> YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "policy note"));
  }

  /** The policy of a text, which has to be canonical. */
  static Policy read(String text) {
    return READ.get(
        text,
        text,
        () -> {
          Policy policy = parsed(text);
          CheckList.require(
              YamlPolicyWriter.write(policy).equals(text), "the policy's text is not canonical");
          return policy;
        });
  }

  static SetupProgram compiled(PatchLayer layer) {
    String text = layer.notes().policy().text();
    Target machine = layer.elf().machine();
    return COMPILED.get(
        text,
        new Compiled(layer.format(), machine, text),
        () -> layer.format().setup(machine, layer.policy()));
  }

  /**
   * The policy of a layer, after a proof.
   *
   * @param proof that the filter decides as this policy does; throws if it does not
   */
  static ResolvedPolicy proven(PatchLayer layer, Filter filter, Supplier<ResolvedPolicy> proof) {
    String text = layer.notes().policy().text();
    return PROVEN.get(text, new Proven(layer.elf().machine(), text, filter), proof);
  }
}
