package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Uses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the ports that programs use, and the sockets for which Landlock has no rights. */
final class SocketCalls {
  private static final Pattern PORT = Pattern.compile("\\bsin6?_port=htons\\((\\d{1,5})\\)");
  private static final Pattern SOCKET_PATH =
      Pattern.compile("\\bsun_path=(\"(?:[^\"\\\\]|\\\\.)*\")");
  private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");

  /** An address in a struct msghdr. */
  private static final Pattern NAME = Pattern.compile("\\bmsg_name=\\{(sa_family=[^}]*)");

  /** A unix socket's one, before the data. */
  private static final Pattern UNIX_NAME =
      Pattern.compile(
          "^(?:\\[?\\{msg_hdr=)?\\{msg_name=\\{sa_family=AF_UNIX,"
              + " sun_path=@?\"(?:[^\"\\\\]|\\\\.)*\"");

  private static final Pattern UDP_SOCKET = Pattern.compile("(?:UDP(?:v6)?:.*)?", Pattern.DOTALL);
  private static final Pattern UDP_WITHOUT_PORT = Pattern.compile("(?:UDP(?:v6)?:\\[\\d+\\])?");
  private static final Pattern DATAGRAM = Pattern.compile("\\bSOCK_DGRAM\\b");
  private static final Pattern UDP = Pattern.compile("0|IPPROTO_IP|IPPROTO_UDP");
  private static final Pattern QUESTION = Pattern.compile("\\bnlmsg_type=([^,}]*)");
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
        String call = "socket(%s, %s)".formatted(first, second);
        if (ip) {
          uses.network();
        }
        if (ip && DATAGRAM.matcher(second).find() && UDP.matcher(protocol).matches()) {
          uses.datagramSocket(call, place.toString());
        } else if (first.equals("AF_UNIX")) {
          uses.unixSocket(call, place.toString());
        } else if (first.equals("AF_NETLINK") && protocol.equals("NETLINK_ROUTE")) {
          uses.routeSocket(call, place.toString());
        } else if (!ip || !TYPE.matcher(second).find() || !TCP.matcher(protocol).matches()) {
          uses.otherSocket(call, place.toString());
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
        addresses(name, arguments).forEach(to -> sent(task, first, to, result, place));
        asked(uses, first, second, place);
      }
      case "listen" -> {
        if (ANY_PORT.matcher(TracedFile.decoration(first)).matches()) {
          uses.listen();
        }
      }
      case "connect" -> {
        port(first, second).ifPresent(p -> uses.connect(p, place.toString()));
        sent(task, first, second, result, place);
      }
      case "bind" -> {
        port(first, second).ifPresent(p -> uses.bind(p, place.toString()));
        udpPort(first, second).ifPresent(p -> uses.bindUdp(p, place.toString()));
        if (result.startsWith("0")) {
          path(task, second).ifPresent(path -> paths.add(task, path, PathUse.MAKE, place));
        }
      }
      default -> {}
    }
  }

  private static List<String> addresses(String name, List<String> arguments) {
    if (name.equals("sendto")) {
      return arguments.size() > 4 ? List.of(arguments.get(4)) : List.of();
    }
    List<String> found = new ArrayList<>();
    if (!name.equals("send") && arguments.size() > 1) {
      String message = arguments.get(1);
      Matcher unix = UNIX_NAME.matcher(message);
      if (unix.find()) {
        found.add(unix.group());
      }
      Matcher matcher = NAME.matcher(QUOTED.matcher(message).replaceAll("")); // without the data
      while (matcher.find()) {
        found.add(matcher.group(1));
      }
    }
    return found;
  }

  /** A socket is connected, or datagrams are sent to an address. */
  private static void sent(Task task, String descriptor, String to, String result, Place place) {
    Uses uses = task.counts().uses;
    boolean isBound = !UDP_WITHOUT_PORT.matcher(TracedFile.decoration(descriptor)).matches();
    udpPort(descriptor, to).ifPresent(port -> uses.sendUdp(port, isBound, place.toString()));
    if (to.contains("sun_path=@")) {
      uses.otherSocket("an abstract unix socket", place.toString());
    } else if (!result.startsWith("-1 EACCES")) {
      path(task, to).ifPresent(path -> uses.reach(path, place.toString()));
    }
  }

  /** What a program asks the kernel through a netlink socket. */
  private static void asked(Uses uses, String descriptor, String data, Place place) {
    Matcher matcher = QUESTION.matcher(QUOTED.matcher(data).replaceAll(""));
    if (matcher.find()) {
      uses.question(matcher.group(1), place.toString());
    } else if (TracedFile.decoration(descriptor).startsWith("NETLINK:[ROUTE")) {
      uses.question("another message", place.toString());
    }
  }

  private static Optional<String> path(Task task, String address) {
    Matcher matcher = SOCKET_PATH.matcher(address);
    return matcher.find()
        ? TracedFile.path(matcher.group(1), task.group.directory(""))
        : Optional.empty();
  }

  /** The port of a UDP socket, or of one whose kind is not known. */
  private static Optional<Integer> udpPort(String descriptor, String address) {
    return UDP_SOCKET.matcher(TracedFile.decoration(descriptor)).matches()
        ? port(address)
        : Optional.empty();
  }

  /** The port of a TCP socket, or of one whose kind is not known. */
  private static Optional<Integer> port(String descriptor, String address) {
    String kind = TracedFile.decoration(descriptor);
    boolean other = kind.startsWith("UDP") || kind.startsWith("RAW") || kind.startsWith("PING");
    return other ? Optional.empty() : port(address);
  }

  private static Optional<Integer> port(String address) {
    Matcher matcher = PORT.matcher(address);
    return matcher.find()
        ? Optional.of(Integer.parseInt(matcher.group(1))).filter(port -> port <= 0xffff)
        : Optional.empty();
  }
}
