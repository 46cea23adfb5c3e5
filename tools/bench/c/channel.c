/* One rtnetlink socket: sends a batch, collects its acknowledgements, walks a dump. */
#include "channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

int channel_open(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1;
  struct sockaddr_nl local = {.nl_family = AF_NETLINK};
  if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof local)) die("socket");
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return fd;
}

static void fail_unless_zero(struct nlmsghdr *m) {
  int error = *(int *)NLMSG_DATA(m);
  if (m->nlmsg_type != NLMSG_ERROR && m->nlmsg_type != NLMSG_DONE) return;
  if (error == 0) return;
  fprintf(stderr, "message %u: %s\n", m->nlmsg_seq, strerror(-error));
  exit(1);
}

void channel_send(int fd, struct batch *b, int acks) {
  static uint8_t reply[32768];
  if (send(fd, b->octets, b->at - b->octets, 0) < 0) die("send");
  b->at = b->octets;
  while (acks > 0) {
    int left = recv(fd, reply, sizeof reply, 0);
    if (left < 0) die("recv");
    for (struct nlmsghdr *m = (void *)reply; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
      fail_unless_zero(m);
      if (m->nlmsg_type == NLMSG_ERROR) acks--;
    }
  }
}

struct seen channel_dump(int fd, struct batch *request, visit each, void *context) {
  static uint8_t reply[65536];
  struct seen seen = {0};
  if (send(fd, request->octets, request->at - request->octets, 0) < 0) die("send");
  request->at = request->octets;
  for (;;) {
    int left = recv(fd, reply, sizeof reply, 0);
    if (left < 0) die("recv");
    for (struct nlmsghdr *m = (void *)reply; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
      if (m->nlmsg_type == NLMSG_ERROR || m->nlmsg_type == NLMSG_DONE) {
        fail_unless_zero(m);
        return seen;
      }
      int fixed = m->nlmsg_type == RTM_NEWLINK ? sizeof(struct ifinfomsg)
                  : m->nlmsg_type == RTM_NEWADDR ? sizeof(struct ifaddrmsg) : sizeof(struct rtmsg);
      int rest = m->nlmsg_len - NLMSG_SPACE(fixed);
      struct rtattr *a = (void *)((uint8_t *)m + NLMSG_SPACE(fixed));
      for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) seen.attributes++;
      seen.messages++;
      if (each) each(m, context);
    }
  }
}
