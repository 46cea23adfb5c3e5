/** Nexthop objects, which vnet has no word for. @module */
import type { PlacedNamespace } from './context.js'

/** `ip nexthop add id ID …`. */
export async function addNextHop(ns: PlacedNamespace, id: string, ...words: readonly string[]): Promise<void> {
  const args = ['nexthop', 'add', 'id', id, ...words]
  const program = await ns.run({ command: 'ip', args, stdio: 'pipe' })
  const { code, stderr } = await program.ended
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}
