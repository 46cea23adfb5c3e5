/* Sends octets given in hexadecimal to rtnetlink and reads one answer: for requests that iproute2 cannot be made to send.
 * Usage: send HEX...   (white space between arguments is free; strict checking and extended acks are on) */
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

int main(int count, char **arguments) {
  static unsigned char request[65536], answer[65536];
  struct iovec piece = {request, 0};
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  struct msghdr message = {.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = &piece, .msg_iovlen = 1};
  struct timeval patience = {3, 0}; /* the kernel is silent about a message cut short */
  int one = 1, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  for (int i = 1; i < count; i++)
    for (char *at = arguments[i]; at[0] && at[1]; at += 2)
      if (sscanf(at, "%2hhx", &request[piece.iov_len++]) != 1) return 2;
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (sendmsg(fd, &message, 0) < 0) return 1;
  piece = (struct iovec){answer, sizeof answer};
  return recvmsg(fd, &message, 0) < 0;
}
