/** Who is in a ring or on both LANs, and which frames of it have left where already (`net/hsr/hsr_framereg.c`). @module */
import type { HsrData } from './hsr.js'

/** Where frames come in and leave: the link itself, its first and second slave, and the link to another ring. */
export type HsrPortName = 'master' | 'first' | 'second' | 'interlink'

/** A node (`struct hsr_node`). MACs are numbers. */
export interface HsrNode {
  readonly mac: number
  /** The MAC of its second link, once it was told. */
  otherMac: number | undefined
  /** Where frames with that come in. */
  otherPort: HsrPortName | undefined
  /** Number of the last frame that left by each port, and when, kernel time. */
  readonly left: { [P in HsrPortName]?: { number: number; at: number } }
  /** When it was heard of last, kernel time. */
  heard: number
}

/** Seconds after which the number of a frame may come again (`HSR_ENTRY_FORGET_TIME`), and a silent node is forgotten (`HSR_NODE_FORGET_TIME`). */
const [forgetFrame, forgetNode] = [0.4, 60]

/** The node that a frame with a source comes from; made where it is not known. */
export function nodeOf(data: HsrData, mac: number, now: number): HsrNode {
  for (const node of data.nodes.values()) {
    if (now - node.heard > forgetNode) data.nodes.delete(node.mac)
    else if (node.mac === mac || node.otherMac === mac) {
      node.heard = now
      return node
    }
  }
  const node: HsrNode = { mac, otherMac: undefined, otherPort: undefined, left: {}, heard: now }
  data.nodes.set(mac, node)
  return node
}

/** The node with a first MAC. */
export const findNode = (data: HsrData, mac: number): HsrNode | undefined => data.nodes.get(mac)

/** Whether a number of 16 bits comes after another. */
function isAfter(number: number, other: number): boolean {
  const distance = (number - other) & 0xffff
  return distance !== 0 && distance < 0x8000
}

/** Whether a frame has left by a port already; from now on it has (`hsr_register_frame_out`). */
export function hasLeft(node: HsrNode, port: HsrPortName, number: number, now: number): boolean {
  const last = node.left[port]
  if (last !== undefined && !isAfter(number, last.number) && now - last.at < forgetFrame) return true
  node.left[port] = { number, at: now }
  return false
}

/** A node tells its first MAC in a frame with its second one as source: both are one (`hsr_handle_sup_frame`). */
export function mergeNodes(data: HsrData, from: HsrNode, source: number, mac: number, port: HsrPortName): void {
  const node = nodeOf(data, mac, from.heard)
  if (node === from) return
  node.otherMac = source
  node.otherPort = port
  for (const [name, last] of Object.entries(from.left) as [HsrPortName, { number: number; at: number }][]) {
    const known = node.left[name]
    if (known === undefined || isAfter(last.number, known.number)) node.left[name] = last
  }
  data.nodes.delete(from.mac)
}
