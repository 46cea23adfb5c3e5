/* The switch of switch.h on frames that lie in memory.
 *
 *   switch PORTS    then on each line of standard input a number of batches; answers with nanoseconds and a digest
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "switch.h"

enum { BATCHES = 256, STRIDE = 64, HOSTS = 64 };

static uint8_t slab[BATCHES][FRAMES * STRIDE];
static int32_t spans[BATCHES][2 * FRAMES];

static uint32_t digest;
static __attribute__((noinline)) void sink(int number, const uint8_t *bytes, const int32_t *span, int count) {
  (void)bytes;
  digest = digest * 31 + (uint32_t)(number * 64 + count);
  digest ^= (uint32_t)span[2 * count - 2];
}

/* The same frames as in JavaScript. */
static uint32_t state = 1;
static uint32_t chance(void) { return (state = state * 1664525u + 1013904223u) >> 8; }
static void mac(uint8_t *at, int port, int host) {
  const uint8_t bytes[6] = {2, 0, 0, (uint8_t)(port + 1), 0, (uint8_t)host};
  memcpy(at, bytes, 6);
}

int main(int argc, char **argv) {
  if (argc != 2 || (port_count = atoi(argv[1])) < 2 || port_count > MOST) return 2;
  begin();
  for (int b = 0; b < BATCHES; b++) {
    int port = b % port_count;
    for (int i = 0; i < FRAMES; i++) {
      uint8_t *at = &slab[b][i * STRIDE];
      int to = (port + 1 + (int)(chance() % (uint32_t)(port_count - 1))) % port_count;
      mac(at, to, (int)(chance() % HOSTS));
      mac(at + 6, port, (int)(chance() % HOSTS));
      if (chance() % 100 == 0) memset(at, 0xff, 6);
      at[12] = 0x88, at[13] = 0xb5;
      spans[b][2 * i] = i * STRIDE;
      spans[b][2 * i + 1] = STRIDE;
    }
  }
  double now = 0;
  char line[64];
  int b = 0;
  while (fgets(line, sizeof line, stdin)) {
    long batches = atol(line);
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (long n = 0; n < batches; n++) {
      forward(slab[b], spans[b], FRAMES, &ports[1 + b % port_count], now);
      deliver(slab[b], spans[b]);
      now += 1e-5;
      if (++b == BATCHES) b = 0;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%.0f %u\n", (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec), digest);
    fflush(stdout);
  }
  return 0;
}
