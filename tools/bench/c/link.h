/* Messages about links, which several rows share (linux/if_link.h). */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <linux/if_link.h>
#include <net/if.h>

#include "message.h"

enum { NEW = NLM_F_CREATE | NLM_F_EXCL, LINKS = 100 };

/* Of v0, v1, …; 0 for those that are not there. */
extern unsigned index_of[LINKS];

/* Writes the name of the link of step i. */
typedef void (*name_of)(char name[IFNAMSIZ], int i);

void veth_name(char name[IFNAMSIZ], int i);
void name_attribute(struct batch *b, name_of name, int i);
/* A link of a kind without options; `index` may be 0. */
void link_add(struct batch *b, name_of name, int i, const char *kind, unsigned index, int flags);
/* A pair v… and p…; `master` may be 0. */
void veth_message(struct batch *b, int i, int flags, unsigned master);
void veth_add(struct batch *b, int i, int flags);
void link_delete(struct batch *b, name_of name, int i, int flags);
void link_dump(struct batch *b);

/* Sends `count` steps, 128 at once. */
void steps(int fd, int count, void (*step)(struct batch *, int, int));
void link_change(int fd, unsigned index, int up, int attribute_type, unsigned value);
/* Moves links into a group and deletes the group: the least work that deletes them. */
void links_delete_by_group(int fd, name_of name, int count);

#endif
