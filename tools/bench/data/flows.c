/* Fills the queues of a TUN: flows ADDRESS OTHER SIZE sends, for each number on standard input, as many UDP packets of SIZE
 * octets from as many flows as there are sockets, so that a link with several queues spreads them; then says "filled". What
 * comes back finds a queue without room. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* So many that no queue gets much more than its half. */
enum { FLOWS = 512 };

static int flow(const char *address, const char *other, int port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), large = 1 << 28, small = 1;
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(port)}, to = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, address, &from.sin_addr);
  inet_pton(AF_INET, other, &to.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
    perror(address);
    exit(1);
  }
  return fd;
}

int main(int argc, char **argv) {
  static char payload[65536];
  int fds[FLOWS], count;
  if (argc < 4) return 2;
  for (int i = 0; i < FLOWS; i++) fds[i] = flow(argv[1], argv[2], 9000 + i);
  while (scanf("%d", &count) == 1) {
    for (int i = 0; i < count; i++) {
      if (send(fds[i % FLOWS], payload, atoi(argv[3]) - 28, 0) < 0) {
        perror("send");
        return 1;
      }
    }
    puts("filled");
    fflush(stdout);
  }
  return 0;
}
