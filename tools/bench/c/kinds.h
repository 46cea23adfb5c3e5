/* The rows about kinds of links. */
#ifndef BENCH_KINDS_H
#define BENCH_KINDS_H

#include "row.h"

/* Null for the name of another row. */
const struct row *kind_row_find(const char *name);

#endif
