package dev.hardwire.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * What tests take of the kernel. Where it lacks that, a patched program has to refuse to start, and
 * the test passes at the first one that {@link Programs} runs and that does so, with the message
 * for it. It fails if it comes to its end, or at any other failure before. What is at a method
 * counts instead of what is at its class.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Takes.Refusals.class)
public @interface Takes {
  KernelFeature[] value();

  /** Ends a test whose program has refused to start. */
  final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
      super(message);
    }
  }

  /** Lets refusals pass that the kernel explains. */
  final class Refusals implements InvocationInterceptor {
    /** What the kernel lacks of what the test takes that is running. */
    private static volatile List<KernelFeature> lacking = List.of();

    static void check(Outcome outcome) {
      if (lacking.stream().anyMatch(feature -> feature.isMissedBy(outcome))) {
        throw new Refusal(outcome.err());
      }
    }

    @Override
    public void interceptTestMethod(
        Invocation<Void> invocation,
        ReflectiveInvocationContext<Method> method,
        ExtensionContext context)
        throws Throwable {
      intercept(invocation, method.getExecutable());
    }

    @Override
    public void interceptTestTemplateMethod(
        Invocation<Void> invocation,
        ReflectiveInvocationContext<Method> method,
        ExtensionContext context)
        throws Throwable {
      intercept(invocation, method.getExecutable());
    }

    private static void intercept(Invocation<Void> invocation, Method method) throws Throwable {
      Takes takes = method.getAnnotation(Takes.class);
      if (takes == null) {
        takes = method.getDeclaringClass().getAnnotation(Takes.class);
      }
      List<KernelFeature> lacks =
          Arrays.stream(takes.value()).filter(feature -> !feature.isOffered()).toList();
      if (lacks.isEmpty()) {
        invocation.proceed();
        return;
      }
      lacking = lacks;
      try {
        invocation.proceed();
      } catch (Refusal refusal) {
        System.out.printf("%s: %s", method.getName(), refusal.getMessage());
        return;
      } finally {
        lacking = List.of();
      }
      throw new AssertionError(
          "the kernel lacks %s, and no program refused to start".formatted(lacks));
    }
  }
}
