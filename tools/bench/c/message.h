/* Netlink messages put together in a buffer, and the walk over what came back (linux/netlink.h). */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>

struct batch {
  uint8_t *at; /* where the next octet goes */
  uint8_t octets[65536];
};

static inline struct nlmsghdr *message_begin(struct batch *b, int type, int flags, uint32_t sequence, const void *fixed,
                                             size_t size) {
  struct nlmsghdr *m = (struct nlmsghdr *)b->at;
  *m = (struct nlmsghdr){.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = sequence};
  memcpy(NLMSG_DATA(m), fixed, size);
  b->at += NLMSG_SPACE(size);
  return m;
}

static inline void message_end(struct batch *b, struct nlmsghdr *m) { m->nlmsg_len = b->at - (uint8_t *)m; }

static inline void attribute(struct batch *b, int type, const void *value, size_t size) {
  struct rtattr *a = (struct rtattr *)b->at;
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(size);
  memcpy(RTA_DATA(a), value, size);
  b->at += RTA_SPACE(size);
}

static inline struct rtattr *nest_begin(struct batch *b, int type) {
  struct rtattr *a = (struct rtattr *)b->at;
  a->rta_type = type;
  b->at += RTA_LENGTH(0);
  return a;
}

static inline void nest_end(struct batch *b, struct rtattr *a) { a->rta_len = b->at - (uint8_t *)a; }

#endif
