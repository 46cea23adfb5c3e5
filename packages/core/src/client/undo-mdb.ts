/** What must be read before a change of a multicast database, so that it can be taken back. @module */
import type { Connection } from '../driver.js'
import { formatIp } from '../ip.js'
import type { CleanMdbKey, MdbEntry } from '../mdb.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import { mdbSpec } from './spec.js'
import type { Preparations } from './undo.js'

/** The preparations for entries of multicast databases. */
export const mdbPreparations: Preparations = {
  'mdb add': async (_, spec) => () => [{ operation: 'mdb delete', spec: keyOf(spec) }],
  'mdb set': async (connection, spec) => {
    const before = await entriesOf(connection, spec)
    return () => [{ operation: 'mdb delete', spec: keyOf(spec) }, ...before.map(again)]
  },
  'mdb delete': async (connection, spec) => {
    const before = await entriesOf(connection, spec)
    return () => before.map(again)
  },
  'mdb flush': async (connection, spec) => {
    const { bridge, port, vlan, permanent, protocol } = spec
    const where = { bridge, ...(port === undefined ? {} : { port }), ...(vlan === undefined ? {} : { vlan }) }
    const before = (await ask(connection, 'mdb list', where)).filter(
      (entry) =>
        (permanent === undefined || permanent === (entry.state === 'permanent')) &&
        (protocol === undefined || protocol === entry.protocol),
    )
    // What was heard is heard again; what others excluded follows from them.
    return () => before.filter(isChosen).map(again)
  },
}

/** What a port loses of its groups: all when it leaves the bridge, those that age when it goes down. */
export async function portGroups(connection: Connection, port: number, leaves: boolean): Promise<LooseRequest[]> {
  const entries = await ask(connection, 'mdb list', { port })
  return entries.filter((entry) => isChosen(entry) && (leaves || entry.state === 'temp')).map(again)
}

/** Whether somebody made it: not the kernel, by what it heard or by what it works out. */
function isChosen({ protocol, flags }: MdbEntry): boolean {
  return protocol !== 'kernel' && !flags.includes('added_by_star_ex')
}

const again = (entry: MdbEntry): LooseRequest => ({ operation: 'mdb add', spec: mdbSpec(entry) })

function keyOf({ bridge, port, group, source, vlan }: CleanMdbKey): CleanMdbKey {
  return { bridge, port, group, ...(source && { source }), ...(vlan === undefined ? {} : { vlan }) }
}

/** What the key means: without a VLAN, the entries of each. */
async function entriesOf(connection: Connection, key: CleanMdbKey): Promise<MdbEntry[]> {
  const { bridge, port, group, vlan } = key
  const asked = { bridge, port, group, ...(vlan === undefined ? {} : { vlan }) }
  const source = key.source === undefined ? undefined : formatIp(key.source)
  return (await ask(connection, 'mdb list', asked)).filter((entry) => entry.source === source)
}
