/** What is configured on a NIC: what the kernel tells, and what programs noted in files. @module */
import {
  type Address,
  type Link,
  type NamespaceInfo,
  type NicSettings,
  type Request,
  type Route,
  settingsOf,
} from '@vnet/core'
import { identityOf } from '../namespace.js'
import type { NicCarrier } from './carrier.js'
import { leasesOf } from './lease.js'
import { resolversOf } from './resolver.js'

/** The settings of a link. Notes of DHCP clients are by index or name of the host's namespace, so only there. */
export async function readSettings(run: NicCarrier, link: Link): Promise<NicSettings> {
  const ask = <T>(request: Request) => run.value(request) as Promise<readonly T[]>
  const addresses = await ask<Address>({ operation: 'address list', spec: { link: link.index } })
  const four = await ask<Route>({ operation: 'route list', spec: { family: 4, link: link.index, table: 'main' } })
  const six = await ask<Route>({ operation: 'route list', spec: { family: 6, link: link.index, table: 'main' } })
  const own = run.ownFd === undefined
  return settingsOf({
    link: link.index,
    addresses,
    routes: [...four, ...six],
    leases: own ? leasesOf(link) : [],
    resolvers: resolversOf(await nameOf(run)),
  })
}

/** The name of the namespace that we are in; none for that of the process. */
async function nameOf(run: NicCarrier): Promise<string | undefined> {
  if (run.ownFd === undefined) return undefined
  const here = identityOf(run.ownFd)
  const named = (await run.value({ operation: 'namespace list', spec: {} })) as readonly NamespaceInfo[]
  return named.find(({ identity }) => identity === here)?.name
}
