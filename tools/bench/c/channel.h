/* One rtnetlink socket: sends a batch, collects its acknowledgements, walks a dump. */
#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#include "message.h"

struct seen {
  long messages, attributes;
};
typedef void (*visit)(struct nlmsghdr *message, void *context);

int channel_open(void);
/* Sends what the batch holds and waits for `acks` acknowledgements; exits on a failure that the kernel reports. */
void channel_send(int fd, struct batch *b, int acks);
/* Walks every message and attribute header of a dump; `each` may be null. */
struct seen channel_dump(int fd, struct batch *request, visit each, void *context);

#endif
