/* The stage and the limit of the data-plane benchmark: a TUN, who fills it, and the C loop on the same descriptor.
 *
 * stage PAIRS COUNT MODE SIZE COMMAND… runs COMMAND with the TUN as descriptor 3, and for each pair tells it to do what C
 * did right before; prints "C_NS CONTENDER_NS" a pair. MODE: read, write, echo, ping (COUNT round trips; prints p50 and p99
 * of both), only (the contender alone, echo, no pairs). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE = 16384, TUN = 3 };
static int udp, size;
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

/* A TUN that is up, 10.0.0.1/24, with a queue for QUEUE packets. */
static void make_tun(void) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  check(fd, "/dev/net/tun");
  check(dup2(fd, TUN), "dup2");
  if (fd != TUN) close(fd);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(request.ifr_name, "tun0");
  check(ioctl(TUN, TUNSETIFF, &request), "TUNSETIFF");
  int control = socket(AF_INET, SOCK_DGRAM, 0);
  request.ifr_qlen = QUEUE;
  check(ioctl(control, SIOCSIFTXQLEN, &request), "SIOCSIFTXQLEN");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(0x0a000001)}};
  memcpy(&request.ifr_addr, &address, sizeof address);
  check(ioctl(control, SIOCSIFADDR, &request), "SIOCSIFADDR");
  address.sin_addr.s_addr = htonl(0xffffff00);
  memcpy(&request.ifr_netmask, &address, sizeof address);
  check(ioctl(control, SIOCSIFNETMASK, &request), "SIOCSIFNETMASK");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  check(ioctl(control, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
  close(control);
}

/* A socket at 10.0.0.1:9000 that speaks to 10.0.0.2:9; what comes back finds its small queue full and is dropped. */
static void make_socket(int receive) {
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in own = {AF_INET, htons(9000), {htonl(0x0a000001)}, {0}};
  struct sockaddr_in other = {AF_INET, htons(9), {htonl(0x0a000002)}, {0}};
  int large = 1 << 28;
  setsockopt(udp, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
  check(bind(udp, (struct sockaddr *)&own, sizeof own), "bind");
  check(connect(udp, (struct sockaddr *)&other, sizeof other), "connect");
}

static char packet[65536];

static void drain(void) {
  while (read(TUN, packet, sizeof packet) > 0);
}

static void fill(int count) {
  static char payload[2048];
  drain();
  for (int i = 0; i < count; i++) check(send(udp, payload, size - 28, 0), "send");
}

/* Turns a UDP packet around: addresses and ports swapped, which leaves all checksums right. */
static void turn(char *p) {
  uint32_t *w = (uint32_t *)(p + 12), address = w[0], ports;
  w[0] = w[1];
  w[1] = address;
  memcpy(&ports, p + 20, 4);
  ports = ports << 16 | ports >> 16;
  memcpy(p + 20, &ports, 4);
}

/* One packet to be written over and over: to the socket above, with right checksums (UDP's left out). */
static void make_packet(char *p) {
  memset(p, 0, size);
  uint16_t head[10] = {htons(0x4500), htons(size), 0, htons(0x4000), htons(64 << 8 | 17), 0, htons(0x0a00), htons(2), htons(0x0a00), htons(1)};
  uint32_t sum = 0;
  for (int i = 0; i < 10; i++) sum += head[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  head[5] = ~sum;
  memcpy(p, head, 20);
  uint16_t ports[4] = {htons(9), htons(9000), htons(size - 20), 0};
  memcpy(p + 20, ports, 8);
}

static int64_t limit(const char *mode, int count) {
  if (strcmp(mode, "write") == 0) make_packet(packet);
  int64_t start = now();
  if (strcmp(mode, "read") == 0) {
    for (int i = 0; i < count; i++) check(read(TUN, packet, sizeof packet), "read");
  } else if (strcmp(mode, "write") == 0) {
    for (int i = 0; i < count; i++) check(write(TUN, packet, size), "write");
  } else {
    for (int i = 0; i < count; i++) {
      int got = read(TUN, packet, sizeof packet);
      check(got, "read");
      turn(packet);
      check(write(TUN, packet, got), "write");
    }
  }
  return now() - start;
}

static int64_t contender(const char *mode, int count) {
  fprintf(to, "%s %d %d\n", mode, count, size);
  fflush(to);
  long long ns;
  if (fscanf(from, "%lld", &ns) != 1) exit(1);
  return ns;
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static pid_t start(char **command) {
  int there[2], back[2];
  check(pipe(there), "pipe");
  check(pipe(back), "pipe");
  pid_t child = fork();
  if (child == 0) {
    pin(1);
    dup2(there[0], 0);
    dup2(back[1], 1);
    for (int fd = 4; fd < 32; fd++) close(fd);
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

static int less(const void *a, const void *b) { return *(int64_t *)a > *(int64_t *)b ? 1 : -1; }

static void round_trips(int count, int64_t *p50, int64_t *p99) {
  int64_t *times = malloc(count * sizeof *times);
  char payload[64] = {0};
  for (int i = 0; i < count; i++) {
    int64_t sent = now();
    check(send(udp, payload, sizeof payload, 0), "send");
    check(recv(udp, payload, sizeof payload, 0), "recv");
    times[i] = now() - sent;
  }
  qsort(times, count, sizeof *times, less);
  *p50 = times[count / 2];
  *p99 = times[count * 99 / 100];
  free(times);
}

/* The limit of a responder: epoll, then read and write until there is nothing left. */
static void respond(int count) {
  pin(1);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, TUN, &event);
  while (count > 0) {
    epoll_wait(epoll, &event, 1, -1);
    for (int got; (got = read(TUN, packet, sizeof packet)) > 0;) {
      if (packet[0] != 0x45) continue;
      turn(packet);
      check(write(TUN, packet, got), "write");
      count--;
    }
  }
  _exit(0);
}

static void ping(int pairs, int count) {
  for (int i = 0; i < pairs; i++) {
    int64_t a, b, c, d;
    drain();
    pid_t child = fork();
    if (child == 0) respond(count);
    round_trips(count, &a, &b);
    waitpid(child, NULL, 0);
    fprintf(to, "respond %d %d\n", count, 92);
    fflush(to);
    round_trips(count, &c, &d);
    long long ns;
    if (fscanf(from, "%lld", &ns) != 1) exit(1);
    printf("%lld %lld %lld %lld\n", (long long)a, (long long)b, (long long)c, (long long)d);
  }
}

/* The kernel takes the device away when the stage ends, and needs threads of its own for that: a process that goes before
   them all on its processor would wait for ever. */
static void step_back(void) {
  struct sched_param param = {0};
  sched_setscheduler(0, SCHED_OTHER, &param);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  atexit(step_back);
  int pairs = atoi(argv[1]), count = atoi(argv[2]);
  const char *mode = argv[3];
  int is_ping = strcmp(mode, "ping") == 0, is_alone = strcmp(mode, "only") == 0;
  size = atoi(argv[4]);
  make_tun();
  make_socket(is_ping ? 1 << 20 : 1);
  pid_t child = start(argv + 5);
  /* Where both run matters for a queue that one fills and the other empties: one processor, except for round trips. */
  pin(is_ping ? 0 : 1);
  if (is_ping) {
    ping(pairs, count);
  } else {
    for (int i = 0; i < pairs; i++) {
      int64_t c = 0;
      if (!is_alone) {
        if (strcmp(mode, "write") != 0) fill(count);
        c = limit(mode, count);
      }
      if (strcmp(mode, "write") != 0) fill(count);
      printf("%lld %lld\n", (long long)c, (long long)contender(is_alone ? "echo" : mode, count));
    }
  }
  fprintf(to, "end 0 0\n");
  fflush(to);
  char rest[256];
  while (fgets(rest, sizeof rest, from)) fputs(rest, stdout);
  waitpid(child, NULL, 0);
  return 0;
}
