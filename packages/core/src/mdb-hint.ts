/** What to do about refusals of multicast databases. @module */
import { remedyOf } from './capability.js'

/** What the kernel's sentences (`net/bridge/br_mdb.c`) mean for who asked. */
const sentences: readonly (readonly [part: string, hint: string])[] = [
  ['is not a bridge port', 'the link is no port of this bridge: set its master first'],
  ['different bridge', 'the link is no port of this bridge: set its master first'],
  ['is not running', 'set the bridge up first'],
  ['processing is disabled', 'the bridge does not snoop: set its multicastSnooping'],
  ['in disabled state', 'the port is down or has no carrier: only permanent entries can be made'],
  ['Flags are not allowed', 'what this host joins is always temp: leave state out'],
  ['with sources cannot be', 'this host joins groups as a whole: leave source out'],
  ['for host groups', 'what this host joins has no sources and no maker: leave them out'],
  ['mcast_max_groups', 'the port takes no more groups: raise its multicastMaxGroups'],
  ['without a vlan', 'the bridge snoops each VLAN by itself: give vlan'],
  ['is not configured', 'the bridge itself must be in the VLAN: bridgeVlan add with self'],
]

/** A hint; `undefined` where the code alone says what to do. */
export function mdbHint(operation: string, code: string, text: string | undefined): string | undefined {
  const known = sentences.find(([part]) => text?.includes(part))
  if (known !== undefined) return known[1]
  if (operation === 'mdb set' && code === 'EEXIST') return 'before Linux 6.2 it cannot be replaced: delete it first'
  if (code === 'EOPNOTSUPP') {
    return text?.startsWith('Bulk delete')
      ? remedyOf('mdb flush')
      : 'the link is no bridge: it has no multicast database'
  }
  if (code !== 'EINVAL') return undefined
  if (text === undefined) return 'there is no such entry, or the kernel is older and does not say more'
  return text.startsWith('Unknown attribute') ? remedyOf('mdb sources') : undefined
}
