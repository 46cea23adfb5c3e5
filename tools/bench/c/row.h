/* The rows of the benchmark: what stands before, and the message of each step. */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include "link.h"

struct row {
  const char *name;
  /* What stands before the clock starts; null for nothing. */
  void (*prepare)(int fd, int count);
  /* Appends the message of step i; null for dumps. */
  void (*step)(struct batch *b, int i, int flags);
  /* Appends the request of the dump; also how the result is checked. */
  void (*dump)(struct batch *b);
  /* The link that step i makes or deletes. */
  name_of link;
};

/* The rows about kinds of links (kinds.c); the last has no name. */
extern const struct row kind_rows[];

const struct row *row_find(const char *name);
/* The request that lists what the row made, and a digest of it (digest.c). */
void row_digest(const struct row *row, int fd);

#endif
