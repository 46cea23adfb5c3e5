/** A host on a mock kernel whose clock the test moves. @module */
import { type Host, openHost } from '@vnet/core'
import { type ManualClock, type MockDriver, type MockOptions, manualClock, mockDriver } from '../src/index.js'

/** What a test works with. */
export interface Lab {
  readonly host: Host
  readonly driver: MockDriver
  readonly clock: ManualClock
}

/** Opens a mock with a clock at 1000 seconds and a fixed seed. */
export async function openLab(options: MockOptions = {}): Promise<Lab> {
  const clock = manualClock(1000)
  const driver = mockDriver({ clock, seed: 7, ...options })
  return { host: await openHost({ driver }), driver, clock }
}

/** A MAC that tells itself by its last octet. */
export const mac = (last: number): string => `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`

/** Everything that lists tell of a namespace. */
export async function stateOf(
  host: Pick<Host, 'link' | 'address' | 'route' | 'rule' | 'neighbour' | 'fdb' | 'mdb' | 'nat' | 'macFilter'>,
) {
  return {
    link: await host.link.list(),
    address: await host.address.list(),
    route: await host.route.list({ table: 'all' }),
    rule: await host.rule.list(),
    neighbour: await host.neighbour.list(),
    proxy: await host.neighbour.list({ proxy: true }),
    fdb: await host.fdb.list(),
    mdb: await host.mdb.list(),
    nat: await host.nat.list(),
    macFilter: await host.macFilter.list(),
  }
}
