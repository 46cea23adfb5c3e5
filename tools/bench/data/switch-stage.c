/* The stage and the limit of the switch benchmark: TAPs, who fills their queues, and the switch of ../switch/switch.h on them.
 *
 * switch-stage PAIRS COUNT PORTS SIZE COMMAND… runs COMMAND with the TAPs as descriptors 3 and up, and for each pair tells it
 * to forward as many frames as C did right before; prints "C_NS CONTENDER_NS" a pair. In each round the queues are filled
 * with the same COUNT frames of SIZE octets, by the stations of all ports to each other. The kernel counts the frames that
 * every port sent, which must be the same.
 *
 * switch-stage PAIRS COUNT PORTS SIZE bridge fills the links end0, end1, …, whose peers are ports of the kernel's bridge, and
 * plain0, plain1, …, whose peers are not, with the same frames: prints how much longer the former takes, which is the bridge
 * and the way out of it. The kernel does all of it before it comes back from sending. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../switch/switch.h"

enum { FIRST = 3, QUEUE = 16384, HOSTS = 64, TURN = 64, LARGEST = 1514 };

static int size, sockets[MOST];
static FILE *to, *from;

static void check(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Binds a socket to a link, which it brings up with a queue for QUEUE frames; what is sent there waits in no other queue. */
static int make_socket(const char *prefix, int port) {
  struct ifreq request = {.ifr_qlen = QUEUE};
  snprintf(request.ifr_name, IFNAMSIZ, "%s%d", prefix, port);
  int made = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  check(made, "packet socket");
  check(ioctl(made, SIOCSIFTXQLEN, &request), "SIOCSIFTXQLEN");
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_PROMISC;
  check(ioctl(made, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
  check(ioctl(made, SIOCGIFINDEX, &request), "SIOCGIFINDEX");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = request.ifr_ifindex};
  check(bind(made, (struct sockaddr *)&address, sizeof address), "bind");
  int large = 1 << 28, on = 1;
  setsockopt(made, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
  check(setsockopt(made, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on), "PACKET_QDISC_BYPASS");
  return made;
}

static void make_tap(int port) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  check(fd, "/dev/net/tun");
  check(dup2(fd, FIRST + port), "dup2");
  if (fd != FIRST + port) close(fd);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  snprintf(request.ifr_name, IFNAMSIZ, "tap%d", port);
  check(ioctl(FIRST + port, TUNSETIFF, &request), "TUNSETIFF");
  sockets[port] = make_socket("tap", port);
}

static uint32_t state = 1;
static uint32_t chance(void) { return (state = state * 1664525u + 1013904223u) >> 8; }

static void address(uint8_t *at, int port, int host) {
  const uint8_t octets[6] = {2, 0, 0, (uint8_t)(port + 1), 0, (uint8_t)host};
  memcpy(at, octets, 6);
}

/* Puts `count` frames into the queue of a port. `learn`: one of each of its stations, to nobody known. */
static void fill(int port, int count, int learn) {
  static uint8_t frames[QUEUE][64];
  static struct iovec parts[QUEUE][2];
  static struct mmsghdr messages[QUEUE];
  static uint8_t rest[LARGEST];
  for (int i = 0; i < count; i++) {
    uint8_t *at = frames[i];
    int to = (port + 1 + (int)(chance() % (uint32_t)(port_count - 1))) % port_count;
    address(at, to, learn ? 255 : (int)(chance() % HOSTS));
    address(at + 6, port, learn ? i : (int)(chance() % HOSTS));
    /* One in a hundred goes to everybody. */
    if (!learn && chance() % 100 == 0) memset(at, 0xff, 6);
    at[12] = 0x88, at[13] = 0xb5;
    parts[i][0] = (struct iovec){at, 64};
    parts[i][1] = (struct iovec){rest, (size_t)size - 64};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = parts[i], .msg_iovlen = size > 64 ? 2 : 1};
  }
  for (int done = 0; done < count;) {
    int taken = sendmmsg(sockets[port], messages + done, (unsigned)(count - done), 0);
    check(taken, "sendmmsg");
    done += taken;
  }
}

/* Frames that every port has sent, which the kernel counts as received by the link; all of them together. */
static int64_t count_sent(const char *prefix, int64_t *by_port) {
  struct ifaddrs *list;
  size_t length = strlen(prefix);
  int64_t sum = 0;
  check(getifaddrs(&list), "getifaddrs");
  for (struct ifaddrs *each = list; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_PACKET || strncmp(each->ifa_name, prefix, length) != 0) continue;
    int port = atoi(each->ifa_name + length);
    by_port[port] = ((struct rtnl_link_stats *)each->ifa_data)->rx_packets;
    sum += by_port[port];
  }
  freeifaddrs(list);
  return sum;
}

static void sink(int number, const uint8_t *bytes, const int32_t *span, int count) {
  if (number == 0) return;
  for (int i = 0; i < count; i++) {
    if (write(FIRST + number - 1, bytes + span[2 * i], (size_t)span[2 * i + 1]) < 0) ports[number].outbound[1]++;
  }
}

/* The limit: a frame goes out before the next one comes in, so that it is still in the processor's cache. */
static int64_t limit(int count) {
  static uint8_t frame[1600];
  struct pollfd wait[MOST];
  for (int p = 0; p < port_count; p++) wait[p] = (struct pollfd){FIRST + p, POLLIN, 0};
  int64_t start = now();
  while (count > 0) {
    check(poll(wait, (nfds_t)port_count, -1), "poll");
    double time = (double)now() * 1e-9;
    for (int p = 0; p < port_count; p++) {
      if (!(wait[p].revents & POLLIN)) continue;
      for (int n = 0; n < TURN; n++, count--) {
        ssize_t got = read(FIRST + p, frame, sizeof frame);
        if (got < 0) break;
        const int32_t span[2] = {0, (int32_t)got};
        forward(frame, span, 1, &ports[p + 1], time);
        deliver(frame, span);
      }
    }
  }
  return now() - start;
}

static int64_t contender(int count) {
  fprintf(to, "%d\n", count);
  fflush(to);
  long long ns;
  if (fscanf(from, "%lld", &ns) != 1) exit(1);
  return ns;
}

static pid_t start(char **command) {
  int there[2], back[2];
  check(pipe2(there, O_CLOEXEC), "pipe");
  check(pipe2(back, O_CLOEXEC), "pipe");
  pid_t child = fork();
  if (child == 0) {
    dup2(there[0], 0);
    dup2(back[1], 1);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
  }
  close(there[0]);
  close(back[1]);
  to = fdopen(there[1], "w");
  from = fdopen(back[0], "r");
  return child;
}

/* Fills the queues of all ports and has them emptied; how long that took. `sent`: what each port has sent meanwhile. */
static int64_t run(int64_t (*forwards)(int), int count, int learn, int64_t *sent) {
  int64_t before[MOST], after[MOST];
  for (int p = 0; p < port_count; p++) fill(p, count / port_count, learn);
  count_sent("tap", before);
  int64_t time = forwards(count);
  count_sent("tap", after);
  for (int p = 0; p < port_count; p++) sent[p] = after[p] - before[p];
  return time;
}

static int64_t time_fill(int *links, int count) {
  memcpy(sockets, links, sizeof sockets);
  int64_t start = now();
  for (int p = 0; p < port_count; p++) fill(p, count / port_count, 0);
  return now() - start;
}

static void bridge(int pairs, int count) {
  int ends[MOST], plain[MOST];
  int64_t by_port[MOST];
  for (int p = 0; p < port_count; p++) plain[p] = make_socket("plain", p);
  for (int p = 0; p < port_count; p++) sockets[p] = ends[p] = make_socket("end", p);
  for (int p = 0; p < port_count; p++) fill(p, HOSTS, 1);
  for (int i = 0; i < pairs; i++) {
    uint32_t same = state;
    int64_t without = time_fill(plain, count), before = count_sent("end", by_port);
    state = same;
    int64_t with = time_fill(ends, count);
    if (count_sent("end", by_port) - before < count) {
      fprintf(stderr, "the bridge was not done when the frames were sent\n");
      exit(1);
    }
    printf("%lld\n", (long long)(with - without));
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  int pairs = atoi(argv[1]), count = atoi(argv[2]);
  port_count = atoi(argv[3]);
  size = atoi(argv[4]);
  if (port_count < 2 || port_count > MOST || size < 64 || size > LARGEST || count / port_count > QUEUE) return 2;
  count = count / port_count * port_count;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(1, &set);
  sched_setaffinity(0, sizeof set, &set);
  if (strcmp(argv[5], "bridge") == 0) {
    bridge(pairs, count);
    return 0;
  }
  int quiet = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
  if (quiet >= 0 && write(quiet, "1", 1) == 1) close(quiet);
  /* The descriptors that the contender gets are taken, so that nothing else has their numbers. */
  for (int p = 0; p < port_count; p++) check(dup2(2, FIRST + p), "dup2");
  for (int p = 0; p < port_count; p++) make_tap(p);
  begin();
  pid_t child = start(argv + 5);
  int64_t by_c[MOST], by_other[MOST];
  run(limit, HOSTS * port_count, 1, by_c);
  run(contender, HOSTS * port_count, 1, by_other);
  for (int i = 0; i < pairs; i++) {
    uint32_t same = state;
    int64_t c = run(limit, count, 0, by_c);
    state = same;
    int64_t own = run(contender, count, 0, by_other);
    if (memcmp(by_c, by_other, (size_t)port_count * sizeof *by_c) != 0) {
      fprintf(stderr, "the two switches sent different numbers of frames\n");
      return 1;
    }
    printf("%lld %lld\n", (long long)c, (long long)own);
    fflush(stdout);
  }
  fclose(to);
  char rest[256];
  while (fgets(rest, sizeof rest, from)) fputs(rest, stdout);
  waitpid(child, NULL, 0);
  return 0;
}
