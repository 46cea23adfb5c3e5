/** How changes of the identifiers of VXLANs are taken back. @module */
import type { BridgeVni, CleanBridgeVniKey } from '../bridge-vni.js'
import type { Connection } from '../driver.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** How the operations of `bridgeVni` are prepared for. */
export const vniPreparations: Preparations = {
  'bridgeVni add': async (connection, spec) => {
    const before = await those(connection, spec)
    return () => [
      ...gaps(before, spec).map((vni): LooseRequest => {
        return { operation: 'bridgeVni delete', spec: { link: spec.link, vni } }
      }),
      ...before.map(again),
    ]
  },
  'bridgeVni delete': async (connection, spec) => {
    const before = await those(connection, spec)
    return () => before.map(again)
  },
}

/** The requests that make the identifiers of a VXLAN again. */
export const vnisAgain = async (connection: Connection, link: number): Promise<LooseRequest[]> =>
  (await ask(connection, 'bridgeVni list', { link })).map(again)

async function those(
  connection: Connection,
  { link, vni: [first, last] }: CleanBridgeVniKey,
): Promise<readonly BridgeVni[]> {
  return (await ask(connection, 'bridgeVni list', { link })).filter(({ vni }) => vni >= first && vni <= last)
}

/** What of a range is not there: these are new with it. */
function gaps(there: readonly BridgeVni[], { vni: [first, last] }: CleanBridgeVniKey): [number, number][] {
  const found: [number, number][] = []
  let next = first
  for (const vni of [...there.map((entry) => entry.vni).sort((a, b) => a - b), last + 1]) {
    if (vni > next) found.push([next, vni - 1])
    next = vni + 1
  }
  return found
}

function again({ link, vni, remote }: BridgeVni): LooseRequest {
  return { operation: 'bridgeVni add', spec: { link, vni, ...(remote === undefined ? {} : { remote }) } }
}
