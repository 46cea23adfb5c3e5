/* The limit: pipelines the messages of a row from C, or walks a dump; also sets the stage for every other contender. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "channel.h"
#include "program.h"
#include "row.h"

enum { BATCH = 128, DUMPS = 5 };
static struct batch b;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void add_steps(int fd, const struct row *row, int count, int size, int ack_each) {
  int held = 0;
  for (int i = 0; i < count; i++) {
    int last = ++held == size || i == count - 1;
    row->step(&b, i, ack_each || last ? NLM_F_ACK : 0);
    if (!last) continue;
    channel_send(fd, &b, ack_each ? held : 1);
    held = 0;
  }
}

static int longer(const void *a, const void *b) { return *(int64_t *)a > *(int64_t *)b ? 1 : -1; }

/* Dumps a few times, since it changes nothing, and tells the median. */
static void walk(int fd, const struct row *row) {
  int64_t spent[DUMPS];
  struct seen seen = {0};
  for (int i = 0; i < DUMPS; i++) {
    int64_t start = now();
    row->dump(&b);
    seen = channel_dump(fd, &b, NULL, NULL);
    spent[i] = now() - start;
  }
  qsort(spent, DUMPS, sizeof *spent, longer);
  printf("{\"ns\":%ld,\"objects\":%ld,\"attributes\":%ld}\n", (long)spent[DUMPS / 2], seen.messages, seen.attributes);
}

/* What can tell its user what it did: kernels before 6.2 do not send back the links that they made, and before links are
 * deleted as a group somebody must look what they are. */
static void list(int fd, const struct row *row) {
  row->dump(&b);
  channel_dump(fd, &b, NULL, NULL);
}

static void measure(const char *how, const struct row *row, int count) {
  int fd = channel_open();
  if (strcmp(how, "walk") == 0) return walk(fd, row);
  int64_t start = now();
  if (strcmp(how, "each") == 0) add_steps(fd, row, count, BATCH, 1);
  if (strcmp(how, "last") == 0) add_steps(fd, row, count, BATCH, 0);
  if (strcmp(how, "one") == 0) add_steps(fd, row, count, 1, 1);
  if (strcmp(how, "group") == 0) links_delete_by_group(fd, row->link, count);
  if (strcmp(how, "told") == 0) add_steps(fd, row, count, BATCH, 0), list(fd, row);
  if (strcmp(how, "asked") == 0) list(fd, row), links_delete_by_group(fd, row->link, count);
  printf("{\"ns\":%ld}\n", (long)(now() - start));
}

int main(int count, char **word) {
  if (count > 2 && strcmp(word[1], "time") == 0) {
    int64_t start = now();
    int failed = program_run(word + 2, 1);
    if (failed == 0) printf("{\"ns\":%ld}\n", (long)(now() - start));
    return failed;
  }
  if (count < 4) return fprintf(stderr, "limit each|last|told|one|group|asked|walk ROW N · within ROW N CMD… · time CMD…\n"), 2;
  const struct row *row = row_find(word[2]);
  b.at = b.octets;
  if (strcmp(word[1], "within") != 0) return measure(word[1], row, atoi(word[3])), 0;
  int fd = channel_open();
  if (row->prepare) row->prepare(fd, atoi(word[3]));
  fflush(stdout);
  int failed = program_run(word + 4, 0);
  if (failed == 0) row_digest(row, fd);
  return failed;
}
