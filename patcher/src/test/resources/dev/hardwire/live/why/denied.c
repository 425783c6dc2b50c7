/* Makes a call that policies deny, in the way that its first argument names. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) void forbidden(void) {
  volatile int result = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
  (void)result;
}

static void *work(void *argument) {
  forbidden();
  return argument;
}

static void *idle(void *argument) {
  for (;;) {
    pause();
  }
  return argument;
}

static void handler(int signal, siginfo_t *info, void *context) {
  (void)context;
  dprintf(1, "handled %d: call %d\n", signal, info->si_syscall);
}

static void interrupted(int signal) {
  (void)signal;
  forbidden();
}

int main(int count, char **words) {
  const char *how = count > 1 ? words[1] : "plain";
  if (!strcmp(how, "plain")) {
    forbidden();
  } else if (!strcmp(how, "thread")) {
    pthread_t threads[4];
    for (int i = 0; i < 3; i++) {
      pthread_create(threads + i, NULL, idle, NULL);
    }
    usleep(20000);
    pthread_create(threads + 3, NULL, work, NULL);
    pthread_join(threads[3], NULL);
    puts("joined");
  } else if (!strcmp(how, "child")) {
    int status;
    pid_t child = fork();
    if (child == 0) {
      forbidden();
      _exit(0);
    }
    waitpid(child, &status, 0);
    printf("child: signal %d\n", WTERMSIG(status));
  } else if (!strcmp(how, "handler")) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    forbidden();
  } else if (!strcmp(how, "error")) {
    for (volatile int i = 0; i < 3; i++) {
      forbidden();
    }
    printf("%s\n", strerror(errno));
    fflush(stdout);
    open("/nonexistent", O_RDONLY);
  } else if (!strcmp(how, "signal")) {
    signal(SIGALRM, interrupted);
    raise(SIGALRM);
  } else if (!strcmp(how, "sent")) {
    kill(getpid(), SIGSYS);
  } else if (!strcmp(how, "open")) {
    open("/etc/hostname\n", O_RDONLY | O_CLOEXEC);
  } else if (!strcmp(how, "exec")) {
    execl(words[2], words[2], "thread", NULL);
  } else if (!strcmp(how, "stopped")) {
    raise(SIGSTOP);
    forbidden();
  }
  fflush(stdout);
  return 3;
}
