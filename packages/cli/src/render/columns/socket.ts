/** Sockets as rows of a list. @module */
import type { SocketEnd, SocketState } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of sockets. */
export function socketColumns(names: Names): readonly Column<SocketState>[] {
  return [
    { title: 'PROTOCOL', text: ({ protocol }) => protocol },
    { title: 'STATE', text: ({ state }) => String(state) },
    { title: 'UNREAD', text: ({ receiveQueue }) => String(receiveQueue), right: true },
    { title: 'UNSENT', text: ({ sendQueue }) => String(sendQueue), right: true },
    { title: 'LOCAL', text: ({ local }) => endText(local) },
    { title: 'REMOTE', text: ({ remote }) => (remote === undefined ? '' : endText(remote)), optional: true },
    { title: 'LINK', text: ({ link }) => (link === undefined ? '' : names.link(link)), optional: true },
    { title: 'USER', text: ({ uid }) => names.user(uid) },
    { title: 'INODE', text: ({ inode }) => (inode === 0 ? '' : String(inode)), right: true, optional: true },
  ]
}

/** A socket as data: its link by name. */
export function socketJson(socket: SocketState, names: Names): Record<string, unknown> {
  const { link, ...rest } = socket
  return { ...rest, ...(link === undefined ? {} : { link: names.link(link) }) }
}

function endText({ address, port }: SocketEnd): string {
  const number = port === 0 ? '*' : String(port)
  return address.includes(':') ? `[${address}]:${number}` : `${address}:${number}`
}
