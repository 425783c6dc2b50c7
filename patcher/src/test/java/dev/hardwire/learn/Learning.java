package dev.hardwire.learn;

import dev.hardwire.arch.Target;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Learns from texts. */
final class Learning {
  private LearnOptions options = LearnOptions.defaults();
  private boolean companions;

  /** The texts of most tests are parts of logs. */
  private boolean incomplete = true;

  private final Map<String, String> logs = new TreeMap<>();
  private final Map<String, String> copies = new TreeMap<>();

  Learning() {
    kind(LearnOptions.From.AUTO);
  }

  /** One log of a name that says nothing. */
  static Learning from(String text) {
    return new Learning().log("log", text);
  }

  Learning log(String name, String text) {
    logs.put(name, text);
    return this;
  }

  Learning exe(String exe) {
    return with(options.from(), Optional.of(exe), options.pid(), options.base());
  }

  Learning pid(int pid) {
    return with(options.from(), options.exe(), OptionalInt.of(pid), options.base());
  }

  Learning base(String yaml) {
    Policy base = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "base");
    return with(options.from(), options.exe(), options.pid(), Optional.of(base));
  }

  Learning kind(LearnOptions.From from) {
    return with(from, options.exe(), options.pid(), options.base());
  }

  private Learning with(
      LearnOptions.From from, Optional<String> exe, OptionalInt pid, Optional<Policy> base) {
    options =
        new LearnOptions(
            from,
            exe,
            pid,
            base,
            options.arguments(),
            options.whole(),
            options.ignoreOtherArchitectures(),
            companions,
            incomplete,
            Target.X86_64);
    return this;
  }

  /** A copy of a program ran in its place. */
  Learning ran(String copy, String program) {
    copies.put(copy, program);
    return this;
  }

  /** Proposes more than rules for calls. */
  Learning proposing(Proposals proposals) {
    options = options.proposing(proposals);
    return this;
  }

  /** Allows the calls that come with others, too. */
  Learning companions() {
    companions = true;
    return with(options.from(), options.exe(), options.pid(), options.base());
  }

  /** Refuses logs of which it is known that calls are missing. */
  Learning complete() {
    incomplete = false;
    return with(options.from(), options.exe(), options.pid(), options.base());
  }

  Learning flags(boolean arguments, boolean whole, boolean ignoreOtherArchitectures) {
    options =
        new LearnOptions(
            options.from(),
            options.exe(),
            options.pid(),
            options.base(),
            arguments,
            whole,
            ignoreOtherArchitectures,
            companions,
            incomplete,
            Target.X86_64);
    return this;
  }

  Learned learned() {
    Learner learner = new Learner(options);
    copies.forEach(learner::ran);
    logs.forEach(
        (name, text) -> {
          try (InputStream in =
              new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1))) {
            learner.read(name, in);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return learner.finish();
  }

  /** How often each call counted. */
  Map<String, Long> counts() {
    return learned().counts();
  }

  LearnedPolicy policy() {
    return LearnedPolicy.of(learned(), "test", Optional.empty());
  }

  /** A resource of this package. */
  static String resource(String name) {
    try (InputStream in = Learning.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
