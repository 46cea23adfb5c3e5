/** VLANs of bridges as a whole as rows of a list. @module */
import type { BridgeVlanGlobal } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of them. */
export function bridgeVlanGlobalColumns(names: Names): readonly Column<BridgeVlanGlobal>[] {
  return [
    { title: 'BRIDGE', text: (entry) => names.link(entry.bridge) },
    { title: 'VLAN', text: (entry) => String(entry.vlan), right: true },
    { title: 'SNOOPING', text: (entry) => yes(entry.multicastSnooping) },
    { title: 'QUERIER', text: (entry) => yes(entry.multicastQuerier) },
    { title: 'IGMP', text: (entry) => String(entry.multicastIgmpVersion ?? ''), right: true },
    { title: 'MLD', text: (entry) => String(entry.multicastMldVersion ?? ''), right: true },
    { title: 'QUERY', text: (entry) => span(entry.multicastQueryInterval), right: true },
    { title: 'MEMBERSHIP', text: (entry) => span(entry.multicastMembershipInterval), right: true },
    { title: 'MSTI', text: (entry) => (entry.msti ? String(entry.msti) : ''), right: true, optional: true },
  ]
}

const yes = (value: boolean | undefined) => (value === undefined ? '' : value ? 'yes' : 'no')
const span = (seconds: number | undefined) => (seconds === undefined ? '' : `${seconds}s`)
