/* The rows of the benchmark: what stands before, and the message of each step. */
#include "row.h"

#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"

static void ip_attribute(struct batch *b, int type, int i) {
  uint32_t ip = htonl(0x0a000000u + i);
  attribute(b, type, &ip, 4);
}

static void mac_attribute(struct batch *b, int type, int i) {
  uint8_t mac[6] = {2, 0, 0, i >> 16, i >> 8, i};
  attribute(b, type, mac, 6);
}

static void veth_delete(struct batch *b, int i, int flags) { link_delete(b, veth_name, i, flags); }

static void address_add(struct batch *b, int i, int flags) {
  struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = index_of[i % LINKS]};
  struct nlmsghdr *m = message_begin(b, RTM_NEWADDR, NEW | flags, i, &address, sizeof address);
  ip_attribute(b, IFA_LOCAL, i);
  ip_attribute(b, IFA_ADDRESS, i);
  message_end(b, m);
}

static void route_add(struct batch *b, int i, int flags) {
  struct rtmsg route = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN,
                        .rtm_protocol = RTPROT_BOOT, .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST};
  uint32_t gateway = htonl(0xc0000202u);
  struct nlmsghdr *m = message_begin(b, RTM_NEWROUTE, NEW | flags, i, &route, sizeof route);
  ip_attribute(b, RTA_DST, i);
  attribute(b, RTA_GATEWAY, &gateway, 4);
  attribute(b, RTA_OIF, &index_of[0], 4);
  message_end(b, m);
}

static void fdb_add(struct batch *b, int i, int flags) {
  struct ndmsg entry = {.ndm_family = AF_BRIDGE, .ndm_ifindex = index_of[0], .ndm_state = NUD_NOARP,
                        .ndm_flags = NTF_MASTER};
  struct nlmsghdr *m = message_begin(b, RTM_NEWNEIGH, NEW | flags, i, &entry, sizeof entry);
  mac_attribute(b, NDA_LLADDR, i);
  message_end(b, m);
}

static void neighbour_add(struct batch *b, int i, int flags) {
  struct ndmsg entry = {.ndm_family = AF_INET, .ndm_ifindex = index_of[0], .ndm_state = NUD_PERMANENT};
  struct nlmsghdr *m = message_begin(b, RTM_NEWNEIGH, NEW | flags, i, &entry, sizeof entry);
  ip_attribute(b, NDA_DST, i);
  mac_attribute(b, NDA_LLADDR, i);
  message_end(b, m);
}

static void address_dump(struct batch *b) {
  struct ifaddrmsg address = {.ifa_family = AF_INET};
  message_end(b, message_begin(b, RTM_GETADDR, NLM_F_DUMP, 1, &address, sizeof address));
}

static void route_dump(struct batch *b) {
  struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN};
  message_end(b, message_begin(b, RTM_GETROUTE, NLM_F_DUMP, 1, &route, sizeof route));
}

static void fdb_dump(struct batch *b) {
  struct ndmsg entry = {.ndm_family = AF_BRIDGE};
  message_end(b, message_begin(b, RTM_GETNEIGH, NLM_F_DUMP, 1, &entry, sizeof entry));
}

static void neighbour_dump(struct batch *b) {
  struct ndmsg entry = {.ndm_family = AF_INET};
  message_end(b, message_begin(b, RTM_GETNEIGH, NLM_F_DUMP, 1, &entry, sizeof entry));
}

static void prepare_pairs(int fd, int count) { steps(fd, count, veth_add); }

static void pairs_up(int fd, int count) {
  prepare_pairs(fd, count);
  for (int i = 0; i < count; i++) {
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "p%d", i);
    link_change(fd, if_nametoindex(name), 1, 0, 0);
    name[0] = 'v';
    index_of[i] = if_nametoindex(name);
    link_change(fd, index_of[i], 1, 0, 0);
  }
}

static void prepare_hundred_links(int fd, int count) { (void)count, pairs_up(fd, LINKS); }

static void prepare_link(int fd, int count) { (void)count, pairs_up(fd, 1); }

static void prepare_gateway(int fd, int count) {
  static struct batch b;
  struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 24};
  uint32_t ip = htonl(0xc0000201u);
  prepare_link(fd, count);
  address.ifa_index = index_of[0];
  b.at = b.octets;
  struct nlmsghdr *m = message_begin(&b, RTM_NEWADDR, NEW | NLM_F_ACK, 1, &address, sizeof address);
  attribute(&b, IFA_LOCAL, &ip, 4);
  message_end(&b, m);
  channel_send(fd, &b, 1);
}

static void prepare_routes(int fd, int count) {
  prepare_gateway(fd, count);
  steps(fd, count, route_add);
}

static void prepare_half_pairs(int fd, int count) { prepare_pairs(fd, count / 2); }

static void bridge_name(char name[IFNAMSIZ], int i) { snprintf(name, IFNAMSIZ, "br%d", i); }

static void prepare_bridge(int fd, int count) {
  static struct batch b;
  prepare_link(fd, count);
  b.at = b.octets;
  link_add(&b, bridge_name, 0, "bridge", 0, NLM_F_ACK);
  channel_send(fd, &b, 1);
  unsigned bridge = if_nametoindex("br0");
  link_change(fd, bridge, 1, 0, 0);
  link_change(fd, index_of[0], 0, IFLA_MASTER, bridge);
}

static const struct row rows[] = {
    {"veth-add", NULL, veth_add, link_dump, veth_name},
    {"veth-delete", prepare_pairs, veth_delete, link_dump, veth_name},
    {"veth-delete-one", prepare_pairs, veth_delete, link_dump, veth_name},
    {"link-dump", prepare_half_pairs, NULL, link_dump, veth_name},
    {"address-add", prepare_hundred_links, address_add, address_dump, veth_name},
    {"route-add", prepare_gateway, route_add, route_dump, veth_name},
    {"route-dump", prepare_routes, NULL, route_dump, veth_name},
    {"fdb-add", prepare_bridge, fdb_add, fdb_dump, veth_name},
    {"neighbour-add", prepare_link, neighbour_add, neighbour_dump, veth_name},
    {0},
};

static const struct row *find(const struct row *row, const char *name) {
  for (; row->name; row++)
    if (strcmp(row->name, name) == 0) return row;
  return NULL;
}

const struct row *row_find(const char *name) {
  /* No further than the first that is not there: for each of those the kernel looks for a module, with a program. */
  for (unsigned i = 0; i == 0 || (i < LINKS && index_of[i - 1]); i++) {
    char link[IFNAMSIZ];
    veth_name(link, i);
    index_of[i] = if_nametoindex(link);
  }
  const struct row *row = find(rows, name);
  if (!row) row = find(kind_rows, name);
  if (row) return row;
  fprintf(stderr, "no row %s\n", name);
  exit(2);
}
