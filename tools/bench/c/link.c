/* Messages about links, which several rows share. */
#include "link.h"

#include <linux/veth.h>
#include <stdio.h>

#include "channel.h"

enum { BATCH = 128, GROUP = 4242 };

unsigned index_of[LINKS];

void veth_name(char name[IFNAMSIZ], int i) { snprintf(name, IFNAMSIZ, "v%d", i); }

static void peer_name(char name[IFNAMSIZ], int i) { snprintf(name, IFNAMSIZ, "p%d", i); }

void name_attribute(struct batch *b, name_of name, int i) {
  char text[IFNAMSIZ];
  name(text, i);
  attribute(b, IFLA_IFNAME, text, strlen(text) + 1);
}

void link_add(struct batch *b, name_of name, int i, const char *kind, unsigned index, int flags) {
  struct ifinfomsg link = {.ifi_index = index};
  struct nlmsghdr *m = message_begin(b, RTM_NEWLINK, NEW | flags, i, &link, sizeof link);
  name_attribute(b, name, i);
  struct rtattr *info = nest_begin(b, IFLA_LINKINFO);
  attribute(b, IFLA_INFO_KIND, kind, strlen(kind));
  nest_end(b, info);
  message_end(b, m);
}

void veth_message(struct batch *b, int i, int flags, unsigned master) {
  struct ifinfomsg link = {0};
  struct nlmsghdr *m = message_begin(b, RTM_NEWLINK, NEW | flags, i, &link, sizeof link);
  name_attribute(b, veth_name, i);
  if (master) attribute(b, IFLA_MASTER, &master, 4);
  struct rtattr *info = nest_begin(b, IFLA_LINKINFO);
  attribute(b, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = nest_begin(b, IFLA_INFO_DATA), *peer = nest_begin(b, VETH_INFO_PEER);
  memcpy(b->at, &link, sizeof link);
  b->at += sizeof link;
  name_attribute(b, peer_name, i);
  nest_end(b, peer);
  nest_end(b, data);
  nest_end(b, info);
  message_end(b, m);
}

void veth_add(struct batch *b, int i, int flags) { veth_message(b, i, flags, 0); }

void link_delete(struct batch *b, name_of name, int i, int flags) {
  struct ifinfomsg link = {0};
  struct nlmsghdr *m = message_begin(b, RTM_DELLINK, flags, i, &link, sizeof link);
  name_attribute(b, name, i);
  message_end(b, m);
}

void link_dump(struct batch *b) {
  struct ifinfomsg link = {0};
  uint32_t mask = RTEXT_FILTER_SKIP_STATS;
  struct nlmsghdr *m = message_begin(b, RTM_GETLINK, NLM_F_DUMP, 1, &link, sizeof link);
  attribute(b, IFLA_EXT_MASK, &mask, 4);
  message_end(b, m);
}

void steps(int fd, int count, void (*step)(struct batch *, int, int)) {
  static struct batch b;
  b.at = b.octets;
  for (int i = 0; i < count; i++) {
    int last = i % BATCH == BATCH - 1 || i == count - 1;
    step(&b, i, last ? NLM_F_ACK : 0);
    if (last) channel_send(fd, &b, 1);
  }
}

void link_change(int fd, unsigned index, int up, int attribute_type, unsigned value) {
  static struct batch b;
  struct ifinfomsg link = {.ifi_index = index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = up ? IFF_UP : 0};
  b.at = b.octets;
  struct nlmsghdr *m = message_begin(&b, RTM_SETLINK, NLM_F_ACK, 1, &link, sizeof link);
  if (attribute_type) attribute(&b, attribute_type, &value, 4);
  message_end(&b, m);
  channel_send(fd, &b, 1);
}

void links_delete_by_group(int fd, name_of name, int count) {
  static struct batch b;
  uint32_t group = GROUP;
  struct ifinfomsg link = {0};
  b.at = b.octets;
  for (int i = 0; i < count; i++) {
    int last = i % BATCH == BATCH - 1 || i == count - 1;
    struct nlmsghdr *m = message_begin(&b, RTM_SETLINK, last ? NLM_F_ACK : 0, i, &link, sizeof link);
    name_attribute(&b, name, i);
    attribute(&b, IFLA_GROUP, &group, 4);
    message_end(&b, m);
    if (last) channel_send(fd, &b, 1);
  }
  struct nlmsghdr *m = message_begin(&b, RTM_DELLINK, NLM_F_ACK, count, &link, sizeof link);
  attribute(&b, IFLA_GROUP, &group, 4);
  message_end(&b, m);
  channel_send(fd, &b, 1);
}
