/* The limit of a forwarder: frames from one TUN to another and back, poll and read until there is nothing left.
 *
 * forwarder NS_A NS_B OFFLOADS: makes a0 and b0 in the two named namespaces, says "ready", and forwards until standard input
 * ends; answers each line there with the processor time that it took until then, in microseconds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int make(const char *namespace, const char *name, int offloads) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int ns = open(path, O_RDONLY);
  if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) exit(1);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0)};
  strcpy(request.ifr_name, name);
  if (ioctl(fd, TUNSETIFF, &request) < 0) exit(1);
  int size = 12;
  if (offloads && (ioctl(fd, TUNSETVNETHDRSZ, &size) < 0 || ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)) exit(1);
  return fd;
}

static void tell_time(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("%ld\n", (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  fflush(stdout);
}

int main(int argc, char **argv) {
  static char buffer[70000];
  if (argc < 4) return 2;
  int offloads = strcmp(argv[3], "offloads") == 0;
  int fds[2] = {make(argv[1], "a0", offloads), make(argv[2], "b0", offloads)};
  puts("ready");
  fflush(stdout);
  struct pollfd wait[3] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}, {0, POLLIN, 0}};
  while (poll(wait, 3, -1) > 0) {
    if (wait[2].revents) {
      if (read(0, buffer, sizeof buffer) <= 0) break;
      tell_time();
    }
    for (int i = 0; i < 2; i++) {
      if (!(wait[i].revents & POLLIN)) continue;
      for (int n = 0, got; n < 256 && (got = read(fds[i], buffer, sizeof buffer)) > 0; n++) {
        if (write(fds[!i], buffer, got) < 0) continue;
      }
    }
  }
  return 0;
}
