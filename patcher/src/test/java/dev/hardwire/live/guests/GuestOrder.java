package dev.hardwire.live.guests;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MethodDescriptor;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.MethodOrdererContext;
import org.junit.jupiter.api.Tag;

/** Leaves the order of {@link GuestTest} as it is, and notes which guests it is asked for. */
final class GuestOrder implements MethodOrderer {
  private static volatile List<Guest> usual = List.of();
  private static volatile List<Guest> others = List.of();

  @Override
  public void orderMethods(MethodOrdererContext context) {
    usual = guests(context, false);
    others = guests(context, true);
  }

  private static List<Guest> guests(MethodOrdererContext context, boolean tagged) {
    Set<String> tests =
        context.getMethodDescriptors().stream()
            .filter(method -> method.isAnnotated(Tag.class) == tagged)
            .map(GuestOrder::name)
            .collect(Collectors.toSet());
    return Arrays.stream(Guest.values()).filter(guest -> tests.contains(guest.test())).toList();
  }

  private static String name(MethodDescriptor method) {
    return GuestTest.class.getSimpleName() + "." + method.getMethod().getName();
  }

  /** The guests that a run of tests has together with this one: the usual ones, or the others. */
  static List<Guest> together(Guest guest) {
    return usual.contains(guest) ? usual : others;
  }
}
