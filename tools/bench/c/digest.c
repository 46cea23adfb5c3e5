/* A digest of what a row left behind, independent of order, so that every contender is seen to have done the same. */
#include <inttypes.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <sys/socket.h>

#include "channel.h"
#include "row.h"

struct total {
  long count;
  uint64_t sum;
};

static uint64_t fold(uint64_t hash, const void *octets, size_t size) {
  for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)octets)[i]) * 1099511628211u;
  return hash;
}

/* Attributes that a request decides; the rest (counters, random MACs, times) differ from run to run. */
static int decided(int message, int type) {
  switch (message) {
    case RTM_NEWLINK:
      return type == IFLA_IFNAME || type == IFLA_MTU || type == IFLA_GROUP || type == IFLA_LINK || type == IFLA_MASTER;
    case RTM_NEWADDR: return type == IFA_LOCAL || type == IFA_ADDRESS || type == IFA_BROADCAST || type == IFA_LABEL;
    case RTM_NEWROUTE: return type == RTA_DST || type == RTA_GATEWAY || type == RTA_OIF || type == RTA_PRIORITY;
    default: return type == NDA_DST || type == NDA_LLADDR || type == NDA_MASTER || type == NDA_VLAN;
  }
}

static size_t fixed_size(int message) {
  return message == RTM_NEWLINK ? sizeof(struct ifinfomsg) : message == RTM_NEWADDR ? sizeof(struct ifaddrmsg) : 12;
}

/* The kind of a link, and of a VLAN its options; those of others hold timers. */
static uint64_t fold_kind(uint64_t hash, struct rtattr *info) {
  int rest = RTA_PAYLOAD(info), steady = 0;
  struct rtattr *a = RTA_DATA(info);
  for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
    if (a->rta_type == IFLA_INFO_KIND) steady = strncmp(RTA_DATA(a), "vlan", 4) == 0;
    if (a->rta_type == IFLA_INFO_KIND || (a->rta_type == IFLA_INFO_DATA && steady))
      hash = fold(hash, RTA_DATA(a), RTA_PAYLOAD(a));
  }
  return hash;
}

static void add(struct nlmsghdr *m, void *context) {
  struct total *total = context;
  size_t fixed = fixed_size(m->nlmsg_type);
  uint64_t hash = 14695981039346656037u;
  if (m->nlmsg_type != RTM_NEWLINK) hash = fold(hash, NLMSG_DATA(m), fixed);
  int rest = m->nlmsg_len - NLMSG_SPACE(fixed);
  struct rtattr *a = (void *)((uint8_t *)m + NLMSG_SPACE(fixed));
  for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
    if (decided(m->nlmsg_type, a->rta_type)) hash = fold(fold(hash, &a->rta_type, 2), RTA_DATA(a), RTA_PAYLOAD(a));
    if (m->nlmsg_type == RTM_NEWLINK && a->rta_type == IFLA_LINKINFO) hash = fold_kind(hash, a);
  }
  /* Entries that the kernel makes by itself: a link's own MACs and the multicast groups it joins. */
  if (m->nlmsg_type == RTM_NEWNEIGH) {
    struct ndmsg *entry = NLMSG_DATA(m);
    int asked = entry->ndm_family == AF_BRIDGE ? entry->ndm_state == NUD_NOARP : entry->ndm_state == NUD_PERMANENT;
    if (!asked) return;
  }
  total->count++;
  total->sum += hash;
}

void row_digest(const struct row *row, int fd) {
  static struct batch b;
  struct total total = {0}, before;
  b.at = b.octets;
  /* A table that changes under the dump may show an entry twice: two dumps must agree. */
  do {
    before = total;
    total = (struct total){0};
    row->dump(&b);
    channel_dump(fd, &b, add, &total);
  } while (total.count != before.count || total.sum != before.sum);
  printf("{\"left\":%ld,\"digest\":\"%016" PRIx64 "\"}\n", total.count, total.sum);
}
