// A second opinion: the kernel's YNL specifications (Documentation/netlink/specs/*.yaml), where VNET_SPECS says they are.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alike } from './compare.mjs'

/** Layouts of the specifications in our words; those left out tell no layout. @type {Record<string, string>} */
const layouts = {
  u8: 'u8',
  u16: 'u16',
  u32: 'u32',
  s32: 's32',
  u64: 'u64',
  string: 'string',
  binary: 'bytes',
  flag: 'flag',
  nest: 'nested',
  'sub-message': 'nested',
  'indexed-array': 'nested',
  'nest-type-value': 'nested',
}

/** Bridge-port options that have an octet, 0 or 1; the specifications call them flags, which have none. */
const octets = [
  'MODE',
  'GUARD',
  'PROTECT',
  'FAST_LEAVE',
  'LEARNING',
  'UNICAST_FLOOD',
  'PROXYARP',
  'PROXYARP_WIFI',
  'MCAST_FLOOD',
  'MCAST_TO_UCAST',
  'VLAN_TUNNEL',
  'BCAST_FLOOD',
  'NEIGH_SUPPRESS',
  'ISOLATED',
  'MRP_RING_OPEN',
  'MRP_IN_OPEN',
  'LOCKED',
  'MAB',
  'NEIGH_VLAN_SUPPRESS',
]

/** Where the specifications are known to be wrong, and what they say there. @type {Record<string, string>} */
const wrong = {
  ...Object.fromEntries(octets.map((name) => [`IFLA_BRPORT_${name}`, 'flag'])),
  IFLA_BR_VLAN_PROTOCOL: 'u16', // network order
  IFLA_BR_FDB_FLUSH: 'bytes', // only whether it is there counts
  NDA_PORT: 'u16', // network order
  FRA_TUN_ID: 'u64', // network order
  IFA_TARGET_NETNSID: 'bytes', // a number with sign
}

/**
 * @param {import('./compare.mjs').Uapi} uapi
 * @param {string | undefined} directory
 * @param {import('./compare.mjs').Notes} notes
 * @returns {string} a line that says what was compared
 */
export function compareSpecs(uapi, directory, notes) {
  if (directory === undefined || directory === '') return 'specs absent: second opinion skipped'
  const specs = new Map(
    readdirSync(directory)
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => [...readSpec(readFileSync(join(directory, file), 'utf8'))]),
  )
  let compared = 0
  for (const { name, kind } of uapi.attributes.flatMap((table) => Object.values(table.fields))) {
    const theirs = specs.get(name)
    if (theirs === undefined) continue
    compared++
    if (!alike(name, kind, theirs) && wrong[name] !== theirs) {
      notes.differences.push(`${name}: ${kind} here, ${theirs} in the specifications`)
    }
  }
  return `specs: ${compared} attributes have a second opinion, ${Object.keys(wrong).length} known errors in it`
}

/**
 * Layouts by the kernel's attribute names. Reads only what the files really use: lists of mappings with one key a line.
 *
 * @param {string} text
 * @returns {Map<string, string>}
 */
export function readSpec(text) {
  /** @type {Map<string, string>} */
  const found = new Map()
  let section = ''
  let prefix = ''
  /** @type {{ name?: string, type?: string, order?: string }} */
  let attribute = {}
  const keep = () => {
    const layout = attribute.type === undefined ? undefined : layouts[attribute.type]
    if (attribute.name !== undefined && layout !== undefined) {
      const name = `${prefix}${attribute.name}`.toUpperCase().replaceAll('-', '_')
      found.set(name, attribute.order === 'big-endian' ? `${layout}be` : layout)
    }
    attribute = {}
  }
  for (const line of text.split('\n')) {
    const [, indent = '', key = '', value = ''] = /^( *)([a-z-]+):(?: +(.*))?$/.exec(line) ?? []
    if (key !== '' && indent === '') {
      keep()
      section = key
    }
    if (section !== 'attribute-sets') continue
    if (/^ {2}-$|^ {6}-$/.test(line)) keep()
    if (/^ {2}-$/.test(line)) prefix = ''
    if (indent.length === 4 && key === 'name-prefix') prefix = value
    if (indent.length === 8 && key === 'name') attribute.name = value
    if (indent.length === 8 && key === 'type') attribute.type = value
    if (indent.length === 8 && key === 'byte-order') attribute.order = value
  }
  keep()
  return found
}
