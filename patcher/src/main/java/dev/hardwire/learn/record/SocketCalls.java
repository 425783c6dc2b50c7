package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Uses;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the ports that programs use, and the sockets for which Landlock has no rights. */
final class SocketCalls {
  private static final Pattern PORT = Pattern.compile("\\bsin6?_port=htons\\((\\d{1,5})\\)");
  private static final Pattern SOCKET_PATH =
      Pattern.compile("\\bsun_path=(\"(?:[^\"\\\\]|\\\\.)*\")");
  private static final Pattern ANY_PORT = Pattern.compile("TCP(?:v6)?:\\[\\d+\\]");
  private static final Pattern TYPE = Pattern.compile("\\bSOCK_STREAM\\b");
  private static final Pattern CONNECTED = Pattern.compile("\\bSOCK_(?:STREAM|SEQPACKET)\\b");
  private static final Pattern TCP = Pattern.compile("0|IPPROTO_IP|IPPROTO_TCP");

  /** Receives paths of sockets. */
  interface Paths {
    void add(Task task, String path, PathUse way, Place place);
  }

  private SocketCalls() {}

  static void returned(
      Task task, String name, List<String> arguments, String result, Place place, Paths paths) {
    Uses uses = task.counts().uses;
    String first = arguments.isEmpty() ? "" : arguments.get(0);
    String second = arguments.size() > 1 ? arguments.get(1) : "";
    switch (name) {
      case "socket" -> {
        boolean ip = first.equals("AF_INET") || first.equals("AF_INET6");
        String protocol = arguments.size() > 2 ? arguments.get(2) : "";
        if (ip) {
          uses.network();
        }
        if (!ip || !TYPE.matcher(second).find() || !TCP.matcher(protocol).matches()) {
          uses.otherSocket("socket(%s, %s)".formatted(first, second), place.toString());
        }
      }
      case "socketpair" -> {
        if (!first.equals("AF_UNIX") || !CONNECTED.matcher(second).find()) {
          uses.otherSocket(name, place.toString());
        }
      }
      case "io_uring_setup" -> uses.otherSocket(name, place.toString());
      case "sendto", "send", "sendmsg", "sendmmsg" -> {
        int flags = name.equals("sendmsg") ? 2 : 3;
        if (arguments.size() > flags && arguments.get(flags).contains("MSG_FASTOPEN")) {
          uses.otherSocket(name + " with MSG_FASTOPEN", place.toString());
        }
      }
      case "listen" -> {
        if (ANY_PORT.matcher(TracedFile.decoration(first)).matches()) {
          uses.listen();
        }
      }
      case "connect" -> port(first, second).ifPresent(p -> uses.connect(p, place.toString()));
      case "bind" -> {
        port(first, second).ifPresent(p -> uses.bind(p, place.toString()));
        Matcher matcher = SOCKET_PATH.matcher(second);
        if (matcher.find() && result.startsWith("0")) {
          TracedFile.path(matcher.group(1), task.group.directory(""))
              .ifPresent(path -> paths.add(task, path, PathUse.MAKE, place));
        }
      }
      default -> {}
    }
  }

  /** The port of a TCP socket, or of one whose kind is not known. */
  private static Optional<Integer> port(String descriptor, String address) {
    String kind = TracedFile.decoration(descriptor);
    boolean other = kind.startsWith("UDP") || kind.startsWith("RAW") || kind.startsWith("PING");
    Matcher matcher = PORT.matcher(address);
    return !other && matcher.find()
        ? Optional.of(Integer.parseInt(matcher.group(1))).filter(port -> port <= 0xffff)
        : Optional.empty();
  }
}
