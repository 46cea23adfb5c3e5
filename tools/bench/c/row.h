/* The rows of the benchmark: what stands before, and the message of each step. */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include "message.h"

struct row {
  const char *name;
  /* What stands before the clock starts. */
  void (*prepare)(int fd, int count);
  /* Appends the message of step i; null for dumps. */
  void (*step)(struct batch *b, int i, int flags);
  /* Appends the request of the dump; also how the result is checked. */
  void (*dump)(struct batch *b);
};

const struct row *row_find(const char *name);
/* The request that lists what the row made, and a digest of it (digest.c). */
void row_digest(const struct row *row, int fd);
/* Moves all links v0… into a group and deletes the group: the least work that deletes them. */
void row_delete_by_group(int fd, int count);

#endif
