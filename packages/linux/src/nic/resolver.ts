/** Where programs ask for names: resolv.conf(5), as a namespace sees it. @module */
import type { NicResolver } from '@vnet/core'
import { parseIp } from '@vnet/core'
import { textOf } from './sysfs.js'

/** What systemd-resolved answers for, and where it keeps whom it asks itself. */
const stub = '127.0.0.53'
const behindStub = '/run/systemd/resolve/resolv.conf'

/**
 * The name servers of a namespace: of one with a name those of `/etc/netns/NAME`, where it has such a file (`ip netns exec`
 * lays it over that of the host). Behind the stub of systemd-resolved those that it asks.
 */
export function resolversOf(namespace: string | undefined, root = ''): NicResolver[] {
  const own = namespace === undefined ? undefined : `${root}/etc/netns/${namespace}/resolv.conf`
  const found = (own === undefined ? undefined : read(own)) ?? read(`${root}/etc/resolv.conf`)
  if (found === undefined) return []
  const behind = found.nameServers.includes(stub) ? read(`${root}${behindStub}`) : undefined
  return behind === undefined ? [found] : [found, behind]
}

function read(file: string): NicResolver | undefined {
  const text = textOf(file)
  return text === undefined ? undefined : parseResolver(text, file)
}

/** Lines of resolv.conf(5). Of several lists of domains the last counts. */
export function parseResolver(text: string, file: string): NicResolver {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const nameServers = lines
    .filter(([word, address = '']) => word === 'nameserver' && parseIp(address.replace(/%.*$/, '')) !== undefined)
    .map(([, address = '']) => address)
  const domains =
    lines
      .filter(([word]) => word === 'search' || word === 'domain')
      .at(-1)
      ?.slice(1) ?? []
  return { file, nameServers, domains }
}
