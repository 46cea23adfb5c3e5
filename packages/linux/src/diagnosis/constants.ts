/** Numbers of sock_diag (`linux/sock_diag.h`, `linux/inet_diag.h`). @module */

/** Asks for the sockets of a family and protocol; type of the answers, too. */
export const SOCK_DIAG_BY_FAMILY = 20
/** Version 4 of IP. */
export const AF_INET = 2
/** Version 6 of IP. */
export const AF_INET6 = 10
/** TCP. */
export const IPPROTO_TCP = 6
/** UDP. */
export const IPPROTO_UDP = 17
