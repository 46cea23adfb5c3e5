/* The rows about kinds of links: VLANs on one parent, dummies, bridges with their ports, and a list of all kinds. */
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "program.h"
#include "row.h"

/* A bridge and its ports; bridges have numbers of their own, so that the ports of a batch can name their master. */
enum { STEPS = 1 + 32, FIRST_BRIDGE = 1000000 };

static void vlan_name(char name[IFNAMSIZ], int i) { snprintf(name, IFNAMSIZ, "v0.%d", i + 1); }

static void vlan_add(struct batch *b, int i, int flags) {
  struct ifinfomsg link = {0};
  uint16_t id = i + 1;
  struct nlmsghdr *m = message_begin(b, RTM_NEWLINK, NEW | flags, i, &link, sizeof link);
  name_attribute(b, vlan_name, i);
  attribute(b, IFLA_LINK, &index_of[0], 4);
  struct rtattr *info = nest_begin(b, IFLA_LINKINFO);
  attribute(b, IFLA_INFO_KIND, "vlan", 4);
  struct rtattr *data = nest_begin(b, IFLA_INFO_DATA);
  attribute(b, IFLA_VLAN_ID, &id, 2);
  nest_end(b, data);
  nest_end(b, info);
  message_end(b, m);
}

static void vlan_delete(struct batch *b, int i, int flags) { link_delete(b, vlan_name, i, flags); }

static void dummy_name(char name[IFNAMSIZ], int i) { snprintf(name, IFNAMSIZ, "d%d", i); }

static void dummy_add(struct batch *b, int i, int flags) { link_add(b, dummy_name, i, "dummy", 0, flags); }

static void dummy_delete(struct batch *b, int i, int flags) { link_delete(b, dummy_name, i, flags); }

static void bridge_name(char name[IFNAMSIZ], int i) {
  if (i % STEPS == 0) snprintf(name, IFNAMSIZ, "b%d", i / STEPS);
  else veth_name(name, i);
}

static void bridge_add(struct batch *b, int i, int flags) {
  unsigned master = FIRST_BRIDGE + i / STEPS;
  if (i % STEPS) veth_message(b, i, flags, master);
  else link_add(b, bridge_name, i, "bridge", master, flags);
}

static void bridge_delete(struct batch *b, int i, int flags) { link_delete(b, bridge_name, i, flags); }

static void prepare_parent(int fd, int count) {
  (void)count;
  steps(fd, 1, veth_add);
  index_of[0] = if_nametoindex("v0");
}

static void prepare_vlans(int fd, int count) {
  prepare_parent(fd, count);
  steps(fd, count, vlan_add);
}

static void prepare_dummies(int fd, int count) { steps(fd, count, dummy_add); }

static void prepare_bridges(int fd, int count) { steps(fd, count, bridge_add); }

/* What a batch file of iproute2 makes, which BENCH_STAGE names: so many kinds are not written again here. */
static void prepare_kinds(int fd, int count) {
  char *file = getenv("BENCH_STAGE");
  (void)fd, (void)count;
  if (!file) fprintf(stderr, "BENCH_STAGE names no batch file\n");
  if (!file || program_run((char *[]){"ip", "-batch", file, NULL}, 1)) exit(1);
}

const struct row kind_rows[] = {
    {"vlan-add", prepare_parent, vlan_add, link_dump, vlan_name},
    {"vlan-delete", prepare_vlans, vlan_delete, link_dump, vlan_name},
    {"dummy-add", NULL, dummy_add, link_dump, dummy_name},
    {"dummy-delete", prepare_dummies, dummy_delete, link_dump, dummy_name},
    {"bridge-add", NULL, bridge_add, link_dump, bridge_name},
    {"bridge-delete", prepare_bridges, bridge_delete, link_dump, bridge_name},
    {"kind-dump", prepare_kinds, NULL, link_dump, NULL},
    {0},
};
