/** What to do about refusals at sockets. @module */

/** What a socket was asked. */
export type SocketAction = 'open' | 'bind' | 'connect' | 'address' | 'set' | 'join' | 'leave' | 'send' | 'receive'

const always: { readonly [code: string]: string | undefined } = {
  ENETUNREACH: 'no route leads there: check `vnet route list`',
  EHOSTUNREACH: 'nobody answers for that address on the link: check `vnet neighbour list` and the other side',
  ECONNREFUSED: 'nobody listens at that port there, said the other host (ICMP port unreachable)',
  EDESTADDRREQ: 'say whom to send to, or connect the socket first',
  EMSGSIZE: 'it is longer than a packet can be, or than the link takes: send less',
  ENOBUFS: 'the link that leads there is down or has no room: check `vnet link list`',
  ENETDOWN: 'the link is down: set it up',
  ENODEV: 'there is no such link; `vnet link list` shows those that are there',
  ENXIO: 'there is no such link; `vnet link list` shows those that are there',
  EPERM: 'raw and packet sockets need CAP_NET_RAW: run as root or in a user namespace',
}

const hints: { readonly [A in SocketAction]?: typeof always } = {
  open: {
    EACCES: 'net.ipv4.ping_group_range of the namespace allows no echo sockets: set it to "0 2147483647", or use raw4',
    EAFNOSUPPORT: 'this kernel lacks sockets of this family',
  },
  bind: {
    EADDRINUSE: 'another socket has this port: choose another, 0 for any, or open both with reuseAddress',
    EADDRNOTAVAIL: 'it is no address of this namespace: check `vnet address list`',
    EINVAL: 'a socket is bound once, and a link-local address needs its link',
    EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE',
  },
  connect: {
    EACCES: 'the address is a broadcast: allow it with broadcast: true',
    EINVAL: 'a link-local address needs its link',
  },
  join: {
    EADDRINUSE: 'it is a member already',
    ENODEV: 'say by which link: no route leads to the group',
    EINVAL: 'only groups have members: 224.0.0.0/4 or ff00::/8',
  },
  leave: {
    EADDRNOTAVAIL: 'it is no member of that group on that link',
    ENODEV: 'there is no such link, or no route to the group: say the link that it was joined by',
  },
  send: {
    EACCES: 'the address is a broadcast: allow it with broadcast: true',
    EINVAL: 'UDP has no port 0, and echo sockets send echo requests only',
    EADDRNOTAVAIL: 'this host has no address to send from: check `vnet address list`',
  },
}

/** A hint for an error of a socket. */
export function socketHint(action: SocketAction, code: string): string | undefined {
  return hints[action]?.[code] ?? always[code]
}
