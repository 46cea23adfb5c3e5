/** Notes of DHCP clients about leases: where they lie, and how they are written. @module */
import { type Link, type NicLease, parseIp } from '@vnet/core'
import { namesIn, textOf } from './sysfs.js'

/** The notes about a link, the surest first; `root` is that of the file system. */
export function leasesOf(link: Link, root = ''): NicLease[] {
  const networkd = `${root}/run/systemd/netif/leases/${link.index}`
  const manager = `${root}/var/lib/NetworkManager`
  const assigned = [
    ['systemd-networkd', networkd] as const,
    ...namesIn(manager)
      .filter((name) => name.startsWith('internal-') && name.endsWith(`-${link.name}.lease`))
      .map((name) => ['NetworkManager', `${manager}/${name}`] as const),
  ]
  const dhclient = ['/var/lib/dhcp', '/var/lib/dhclient', '/var/lib/NetworkManager'].flatMap((folder) =>
    namesIn(`${root}${folder}`)
      .filter((name) => /^dhclient.*\.leases?$/.test(name))
      .map((name) => `${root}${folder}/${name}`),
  )
  return [
    ...assigned.flatMap(([client, file]) => assignedLease(textOf(file), client, file)),
    ...dhclient.flatMap((file) => dhclientLease(textOf(file), link.name, file)),
  ]
}

const words = (text: string | undefined): string[] => (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
/** Canonical addresses; what is none is left out. */
const addresses = (text: string | undefined): string[] => words(text).filter((word) => parseIp(word) !== undefined)

/** Lines `NAME=VALUE`, as systemd-networkd and the client inside NetworkManager write them. */
export function assignedLease(text: string | undefined, client: string, file: string): NicLease[] {
  const values = new Map(
    [...(text ?? '').matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
  )
  const [address] = addresses(values.get('ADDRESS'))
  if (address === undefined) return []
  const [server] = addresses(values.get('SERVER_ADDRESS'))
  return [
    {
      client,
      address,
      ...(server === undefined ? {} : { server }),
      routers: addresses(values.get('ROUTER')),
      nameServers: addresses(values.get('DNS')),
      domains: [...words(values.get('DOMAINNAME')), ...words(values.get('DOMAIN_SEARCH_LIST'))],
      file,
    },
  ]
}

/** Blocks `lease { … }` of dhclient.leases(5); the last about a link counts. */
export function dhclientLease(text: string | undefined, link: string, file: string): NicLease[] {
  const blocks = [...(text ?? '').matchAll(/^lease \{\n([\s\S]*?)^\}/gm)].map(([, block = '']) => block)
  const last = blocks.filter((block) => statement(block, 'interface') === link).at(-1)
  if (last === undefined) return []
  const [address] = addresses(statement(last, 'fixed-address'))
  if (address === undefined) return []
  const [server] = addresses(statement(last, 'option dhcp-server-identifier'))
  return [
    {
      client: 'dhclient',
      address,
      ...(server === undefined ? {} : { server }),
      routers: addresses(statement(last, 'option routers')),
      nameServers: addresses(statement(last, 'option domain-name-servers')),
      domains: words(statement(last, 'option domain-name')),
      file,
    },
  ]
}

/** The value of a statement, without quotation marks. */
function statement(block: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name} (.*);$`, 'm').exec(block)?.[1]?.replaceAll('"', '')
}
