package dev.hardwire.learn.record;

import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Uses.PortUse;
import dev.hardwire.learn.paths.Uses.SocketCall;
import dev.hardwire.learn.record.FileCalls.Done;
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

  private SocketCalls() {}

  static void returned(Done call, Recorder recorder) {
    String first = call.argument(0);
    String second = call.argument(1);
    switch (call.name()) {
      case "socket" -> {
        boolean ip = first.equals("AF_INET") || first.equals("AF_INET6");
        String protocol = call.argument(2);
        String text = "socket(%s, %s)".formatted(first, second);
        if (ip) {
          call.uses().network();
        }
        if (ip && DATAGRAM.matcher(second).find() && UDP.matcher(protocol).matches()) {
          call.add(SocketCall.UDP, text);
        } else if (first.equals("AF_UNIX")) {
          call.add(SocketCall.UNIX, text);
        } else if (first.equals("AF_NETLINK") && protocol.equals("NETLINK_ROUTE")) {
          call.add(SocketCall.ROUTE, text);
        } else if (!ip || !TYPE.matcher(second).find() || !TCP.matcher(protocol).matches()) {
          call.add(SocketCall.OTHER, text);
        }
      }
      case "socketpair" -> {
        if (!first.equals("AF_UNIX") || !CONNECTED.matcher(second).find()) {
          call.add(SocketCall.OTHER, call.name());
        }
      }
      case "io_uring_setup" -> call.add(SocketCall.OTHER, call.name());
      case "sendto", "send", "sendmsg", "sendmmsg" -> {
        if (call.argument(call.name().equals("sendmsg") ? 2 : 3).contains("MSG_FASTOPEN")) {
          call.add(SocketCall.OTHER, call.name() + " with MSG_FASTOPEN");
        }
        addresses(call).forEach(to -> sent(call, to));
        asked(call, first, second);
      }
      case "listen" -> {
        if (ANY_PORT.matcher(TracedFile.decoration(first)).matches()) {
          call.uses().listen();
        }
      }
      case "connect" -> {
        port(first, second).ifPresent(p -> call.add(PortUse.CONNECT, p));
        sent(call, second);
      }
      case "bind" -> {
        port(first, second).ifPresent(p -> call.add(PortUse.BIND, p));
        udpPort(first, second).ifPresent(p -> call.add(PortUse.BIND_UDP, p));
        if (call.result().startsWith("0")) {
          path(call.task(), second)
              .ifPresent(p -> recorder.use(call.task().counts(), p, PathUse.MAKE, call.place()));
        }
      }
      default -> {}
    }
  }

  private static List<String> addresses(Done call) {
    if (call.name().equals("sendto")) {
      return call.arguments().size() > 4 ? List.of(call.argument(4)) : List.of();
    }
    List<String> found = new ArrayList<>();
    if (!call.name().equals("send")) {
      String message = call.argument(1);
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
  private static void sent(Done call, String to) {
    String descriptor = call.argument(0);
    udpPort(descriptor, to)
        .ifPresent(
            port -> {
              call.add(PortUse.SEND_UDP, port);
              if (UDP_WITHOUT_PORT.matcher(TracedFile.decoration(descriptor)).matches()) {
                call.uses().sendWithoutPort();
              }
            });
    if (to.contains("sun_path=@")) {
      call.add(SocketCall.OTHER, "an abstract unix socket");
    } else if (!call.result().startsWith("-1 EACCES")) {
      path(call.task(), to).ifPresent(path -> call.add(SocketCall.REACH, path));
    }
  }

  /** What a program asks the kernel through a netlink socket. */
  private static void asked(Done call, String descriptor, String data) {
    Matcher matcher = QUESTION.matcher(QUOTED.matcher(data).replaceAll(""));
    if (matcher.find()) {
      call.add(SocketCall.QUESTION, matcher.group(1));
    } else if (TracedFile.decoration(descriptor).startsWith("NETLINK:[ROUTE")) {
      call.add(SocketCall.QUESTION, "another message");
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
