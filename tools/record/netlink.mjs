// Reads just enough of netlink messages to split, name and normalise them (linux/netlink.h, linux/rtnetlink.h).

import { getSystemErrorName } from 'node:util'

/** Control types, and the objects of rtnetlink by the number of their NEW type; DEL, GET and SET follow it. */
const control = new Map([
  [1, 'NLMSG_NOOP'],
  [2, 'NLMSG_ERROR'],
  [3, 'NLMSG_DONE'],
  [4, 'NLMSG_OVERRUN'],
])
const objects = new Map([
  [16, 'LINK'],
  [20, 'ADDR'],
  [24, 'ROUTE'],
  [28, 'NEIGH'],
  [32, 'RULE'],
  [36, 'QDISC'],
  [40, 'TCLASS'],
  [44, 'TFILTER'],
  [48, 'ACTION'],
  [84, 'MDB'],
  [88, 'NSID'],
  [92, 'STATS'],
  [104, 'NEXTHOP'],
  [108, 'LINKPROP'],
  [112, 'VLAN'],
  [120, 'TUNNEL'],
])
const verbs = ['NEW', 'DEL', 'GET', 'SET']

const commonFlags = [
  [0x1, 'REQUEST'],
  [0x2, 'MULTI'],
  [0x4, 'ACK'],
  [0x8, 'ECHO'],
  [0x10, 'DUMP_INTR'],
  [0x20, 'DUMP_FILTERED'],
]
const newFlags = [
  [0x100, 'REPLACE'],
  [0x200, 'EXCL'],
  [0x400, 'CREATE'],
  [0x800, 'APPEND'],
]
const deleteFlags = [
  [0x100, 'NONREC'],
  [0x200, 'BULK'],
]
const getFlags = [
  [0x100, 'ROOT'],
  [0x200, 'MATCH'],
]
const controlFlags = [
  [0x100, 'CAPPED'],
  [0x200, 'ACK_TLVS'],
]

/** @param {Buffer} message */
export const typeOf = (message) => message.readUInt16LE(4)

/** The number of the NEW type of the message's object: 16 for every RTM_…LINK. @param {Buffer} message */
export const objectOf = (message) => typeOf(message) & ~3

/** Whether the message changes something: NEW, DEL or SET. @param {Buffer} message */
export const isMutating = (message) => typeOf(message) >= 16 && (typeOf(message) & 3) !== 2

/** The kernel's name of a message's type. @param {Buffer} message */
export function typeName(message) {
  const type = typeOf(message)
  const object = objects.get(type & ~3)
  return control.get(type) ?? (object === undefined ? `type ${type}` : `RTM_${verbs[type & 3]}${object}`)
}

/** The kernel's names of a message's flags, whose upper half depends on the type. @param {Buffer} message */
export function flagNames(message) {
  const type = typeOf(message)
  const flags = message.readUInt16LE(6)
  const upper = type < 16 ? controlFlags : [newFlags, deleteFlags, getFlags, newFlags][type & 3]
  const known = [...commonFlags, ...(upper ?? [])]
  const names = known.filter(([bit]) => flags & Number(bit)).map(([, name]) => name)
  const rest = known.reduce((left, [bit]) => left & ~Number(bit), flags)
  if (rest !== 0) names.push(`0x${rest.toString(16)}`)
  return names.length === 0 ? '0' : names.join('|')
}

/**
 * Cuts a datagram into its messages, each exactly nlmsg_len octets. iproute2 sends some requests with unused room
 * behind them, which the kernel ignores (netlink_rcv_skb stops at a length below 16); so does this.
 *
 * @param {Buffer} datagram
 */
export function split(datagram) {
  const messages = []
  for (let at = 0; at < datagram.length; ) {
    const length = at + 16 <= datagram.length ? datagram.readUInt32LE(at) : 0
    if (length < 16 && messages.length > 0) break
    if (length < 16 || at + length > datagram.length) throw new Error(`no netlink message at octet ${at}`)
    messages.push(datagram.subarray(at, at + length))
    at += (length + 3) & ~3
  }
  return messages
}

/** A copy with sequence number and port id zero, also in the request that an answer quotes. @param {Buffer} message */
export function normalise(message) {
  const copy = Buffer.from(message)
  copy.fill(0, 8, 16)
  if (typeOf(copy) === 2 && copy.length >= 36) copy.fill(0, 28, 36)
  return copy
}

/** The kernel's name of an error: Node calls 95 ENOTSUP, the other name that POSIX has for it. */
const errorName = (/** @type {number} */ error) => getSystemErrorName(error).replace('ENOTSUP', 'EOPNOTSUPP')

/** Attributes in a range, as type and value. @param {Buffer} bytes @returns {{ type: number, value: Buffer }[]} */
function attributes(bytes) {
  const found = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at)
    if (length < 4) break
    found.push({ type: bytes.readUInt16LE(at + 2) & 0x3fff, value: bytes.subarray(at + 4, at + length) })
    at += (length + 3) & ~3
  }
  return found
}

/**
 * What the kernel answered: `ok`, or the name of the error, with the extended ack's sentence and attribute offset.
 * A failed dump is told in NLMSG_DONE, whose payload is the error and then the attributes.
 *
 * @param {Buffer[]} replies
 * @returns {{ answer: string, message?: string, offset?: number }}
 */
export function answerOf(replies) {
  for (const reply of replies) {
    const type = typeOf(reply)
    if ((type !== 2 && type !== 3) || reply.length < 20) continue
    const error = reply.readInt32LE(16)
    const flags = reply.readUInt16LE(6)
    const quoted = type === 3 ? 0 : flags & 0x100 ? 16 : (reply.readUInt32LE(20) + 3) & ~3
    const tlvs = flags & 0x200 ? attributes(reply.subarray(20 + quoted)) : []
    const message = tlvs
      .find((tlv) => tlv.type === 1)
      ?.value.toString('utf8')
      .replace(/\0$/, '')
    const offset = tlvs.find((tlv) => tlv.type === 2)?.value.readUInt32LE(0)
    if (error === 0 && message === undefined) continue
    const answer = error === 0 ? 'ok' : errorName(error)
    return { answer, ...(message !== undefined && { message }), ...(offset !== undefined && { offset }) }
  }
  return { answer: 'ok' }
}
