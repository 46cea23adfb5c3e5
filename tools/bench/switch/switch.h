/* The user-space switch of @vnet/switch in C: same table, same order of checks, same counters. What includes this defines
 * `sink`, which gets the frames that leave by a port. */
#include <stdint.h>
#include <string.h>

enum { FRAMES = 64, LIMIT = 16384, MOST = 64 };

/* Gets frames that leave by a port: where they lie in `bytes`, offset and length in pairs. */
static void sink(int number, const uint8_t *bytes, const int32_t *span, int count);

/* The table: entries with chained buckets, and a list in order of age. */
struct cell { int32_t high, low, next; uint16_t port, flags; };
static struct cell cells[LIMIT];
static double seen[LIMIT];
static int32_t order[LIMIT][2], heads[2 * LIMIT];
static int32_t used, free_entry = -1, oldest = -1, newest = -1;
static uint32_t high_factor, low_factor;

static inline uint32_t bucket_of(int32_t high, int32_t low) {
  return ((uint32_t)low * low_factor + (uint32_t)high * high_factor) >> (32 - 15);
}
static inline int32_t find(int32_t high, int32_t low) {
  int32_t entry = heads[bucket_of(high, low)];
  while (entry >= 0 && (cells[entry].low != low || cells[entry].high != high)) entry = cells[entry].next;
  return entry;
}
static void unlink_entry(int32_t entry) {
  int32_t before = order[entry][0], behind = order[entry][1];
  if (before >= 0) order[before][1] = behind; else oldest = behind;
  if (behind >= 0) order[behind][0] = before; else newest = before;
}
static void append_entry(int32_t entry) {
  order[entry][0] = newest;
  order[entry][1] = -1;
  if (newest >= 0) order[newest][1] = entry; else oldest = entry;
  newest = entry;
}
static inline void refresh(int32_t entry, double now) {
  if (now - seen[entry] < 0.1) return;
  seen[entry] = now;
  if (entry == newest || (cells[entry].flags & 1)) return;
  unlink_entry(entry);
  append_entry(entry);
}
static void delete_entry(int32_t entry) {
  int32_t *at = &heads[bucket_of(cells[entry].high, cells[entry].low)];
  while (*at != entry) at = &cells[*at].next;
  *at = cells[entry].next;
  unlink_entry(entry);
  cells[entry].next = free_entry;
  free_entry = entry;
}
static void add_entry(int32_t high, int32_t low, uint16_t port, double now) {
  int32_t entry = free_entry;
  if (entry >= 0) free_entry = cells[entry].next;
  else if (used < LIMIT) entry = used++;
  else {
    delete_entry(oldest);
    entry = free_entry;
    free_entry = cells[entry].next;
  }
  int32_t *head = &heads[bucket_of(high, low)];
  cells[entry] = (struct cell){high, low, *head, port, 0};
  *head = entry;
  seen[entry] = now;
  append_entry(entry);
}
static void expire(double before) {
  while (oldest >= 0 && seen[oldest] <= before) delete_entry(oldest);
}

/* Ports. */
struct bucket { double rate, burst, tokens, filled; };
struct port {
  int number, forwards, learns, learning, sticky, isolated, hairpin, flood[3];
  void *allow, *deny;
  struct bucket *storm[3];
  uint32_t mtu;
  double inbound[10], outbound[2], passed[7];
  uint16_t slots[FRAMES];
  int count;
};
static struct port ports[MOST + 1];
static struct port *flooded[MOST + 1], *active[MOST + 1];
static int port_count, active_count;
enum { MALFORMED, BAD_SOURCE, RESERVED, BLOCKED, NOT_ALLOWED, VLAN, STORM, SAME_PORT, NOWHERE, MOVED };

static int32_t places[2 * FRAMES];
static const int32_t own_high = 0x0200, own_low = 0x0000ffff;

static int take(struct bucket *b, double now) {
  b->tokens += (now - b->filled) * b->rate;
  if (b->tokens > b->burst) b->tokens = b->burst;
  b->filled = now;
  if (b->tokens < 1) return 0;
  b->tokens -= 1;
  return 1;
}
static inline int reaches(const struct port *from, const struct port *to) {
  if (!to->forwards || (to == from && !from->hairpin)) return 0;
  return !(from->isolated && to->isolated);
}
static inline void push(struct port *to, int slot) {
  if (to->count == 0) active[active_count++] = to;
  to->slots[to->count++] = (uint16_t)slot;
}
static void flood(struct port *from, int slot, int sort, double now) {
  if (from->storm[sort] && !take(from->storm[sort], now)) { from->inbound[STORM]++; return; }
  int sent = 0;
  for (int i = 0; i <= port_count; i++) {
    struct port *to = flooded[i];
    if (!to->flood[sort] || !reaches(from, to)) continue;
    push(to, slot);
    sent++;
  }
  if (sent == 0) from->inbound[NOWHERE]++; else from->passed[4]++;
}
static inline void send_to(struct port *from, struct port *to, int slot) {
  if (to == from && !from->hairpin) from->inbound[SAME_PORT]++;
  else if (!reaches(from, to)) from->inbound[NOWHERE]++;
  else push(to, slot);
}
static inline int32_t u16(const uint8_t *at) { uint16_t v; memcpy(&v, at, 2); return __builtin_bswap16(v); }
static inline int32_t u32(const uint8_t *at) { uint32_t v; memcpy(&v, at, 4); return (int32_t)__builtin_bswap32(v); }

static int learn(struct port *port, int32_t entry, int32_t high, int32_t low, double now) {
  if (entry >= 0) {
    if (cells[entry].flags) { port->inbound[MOVED]++; return 0; }
    if (!port->learning || !port->learns) return 1;
    cells[entry].port = (uint16_t)port->number;
    refresh(entry, now);
    return 1;
  }
  if (port->learning && port->learns) add_entry(high, low, (uint16_t)port->number, now);
  return 1;
}

static double last_now;
static void forward(const uint8_t *bytes, const int32_t *span, int count, struct port *port, double now) {
  if (now != last_now) { expire(now - 300); last_now = now; }
  for (int i = 0; i < active_count; i++) active[i]->count = 0;
  active_count = 0;
  double octets = 0;
  for (int i = 0; i < count; i++) {
    int32_t start = span[2 * i], length = span[2 * i + 1];
    octets += length;
    if (length < 14) { port->inbound[MALFORMED]++; continue; }
    const uint8_t *at = bytes + start;
    int32_t source_high = u16(at + 6), source_low = u32(at + 8);
    if ((source_high & 0x100) || (source_high | source_low) == 0) { port->inbound[BAD_SOURCE]++; continue; }
    if (port->allow || port->deny) { port->inbound[NOT_ALLOWED]++; continue; }
    int32_t high = u16(at), low = u32(at + 2);
    if (high == 0x0180 && (low & ~0xf) == (int32_t)0xc2000000) { port->inbound[RESERVED]++; continue; }
    if (!port->forwards && !port->learns) { port->inbound[BLOCKED]++; continue; }
    if (port->number != 0) {
      if (source_high == own_high && source_low == own_low) { port->inbound[BAD_SOURCE]++; continue; }
      int32_t entry = find(source_high, source_low);
      if (entry >= 0 && cells[entry].port == port->number) refresh(entry, now);
      else if (!learn(port, entry, source_high, source_low, now)) continue;
    }
    if (!port->forwards) { port->inbound[BLOCKED]++; continue; }
    if (high & 0x100) flood(port, i, high == 0xffff && low == -1 ? 0 : 1, now);
    else if (high == own_high && low == own_low) send_to(port, &ports[0], i);
    else {
      int32_t entry = find(high, low);
      if (entry < 0) flood(port, i, 2, now);
      else send_to(port, &ports[cells[entry].port], i);
    }
  }
  port->passed[0] += count;
  port->passed[1] += octets;
}

static void deliver(const uint8_t *bytes, const int32_t *span) {
  for (int k = 0; k < active_count; k++) {
    struct port *to = active[k];
    int filled = 0;
    double octets = 0;
    for (int i = 0; i < to->count; i++) {
      int slot = to->slots[i];
      int32_t length = span[2 * slot + 1];
      if ((uint32_t)length > to->mtu + 18) { to->outbound[0]++; continue; }
      places[2 * filled] = span[2 * slot];
      places[2 * filled + 1] = length;
      filled++;
      octets += length;
    }
    to->passed[2] += filled;
    to->passed[3] += octets;
    to->count = 0;
    if (filled > 0) sink(to->number, bytes, places, filled);
  }
  active_count = 0;
}

/* An empty table, and ports 1 to `port_count` that are up; port 0 is the host's. */
static void begin(void) {
  high_factor = (0x2545f491u * 0x9e3779b1u) | 1;
  low_factor = (0x6c078965u * 0x85ebca6bu) | 1;
  memset(heads, -1, sizeof heads);
  for (int p = 0; p <= port_count; p++) {
    ports[p] = (struct port){.number = p, .forwards = 1, .learns = p > 0, .learning = 1, .flood = {1, 1, p > 0}, .mtu = 1500};
    flooded[p] = &ports[p];
  }
}
