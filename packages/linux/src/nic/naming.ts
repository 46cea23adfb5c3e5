/** How a NIC came to its name: what udev recorded of it, or what udev would say. @module */
import {
  type Link,
  type NameAssignment,
  type NicNaming,
  nameGiven,
  namesInProperties,
  predictableNames,
} from '@vnet/core'
import type { FoundDevice } from './device.js'
import { placeOf } from './place.js'
import { lineOf, numberOf } from './sysfs.js'

/** `name_assign_type` of sysfs (`linux/netdevice.h`, `NET_NAME_*`). */
const assignments: readonly NameAssignment[] = ['unknown', 'kernel', 'firmware', 'program', 'renamed']

/** Who named a link, and what the policies of udev would name it. `own`: it is in the namespace of this process. */
export function namingOf(link: Link, found: FoundDevice | undefined, own: boolean): NicNaming {
  const assignment = assignmentOf(link, found, own)
  const recorded = own ? udevProperties(link) : undefined
  if (recorded !== undefined) return nameGiven(link.name, namesInProperties(recorded), 'udev', assignment)
  const place = found === undefined ? undefined : placeOf(link, found)
  return nameGiven(link.name, place === undefined ? {} : predictableNames(place), 'computed', assignment)
}

function assignmentOf(link: Link, found: FoundDevice | undefined, own: boolean): NameAssignment {
  const byClass = `/sys/class/net/${link.name}`
  const folder = found?.folder !== undefined ? `${found.folder}/net/${link.name}` : own ? byClass : undefined
  if (folder === undefined || numberOf(`${folder}/ifindex`) !== link.index) return 'unknown'
  return assignments[numberOf(`${folder}/name_assign_type`) ?? 0] ?? 'unknown'
}

/**
 * What udev recorded of a link: lines `E:NAME=VALUE` of its database. It is by index, and that of another namespace may
 * lie there: one without a name of this link is none of it.
 */
export function udevProperties(link: Link, root = '/run/udev/data'): Record<string, string> | undefined {
  const text = lineOf(`${root}/n${link.index}`)
  if (text === undefined) return undefined
  const entries = [...text.matchAll(/^E:([^=\n]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const)
  const properties: Record<string, string> = Object.fromEntries(entries)
  const names: readonly (string | undefined)[] = [link.name, ...link.altNames]
  const recorded = ['ONBOARD', 'SLOT', 'PATH', 'MAC'].map((policy) => properties[`ID_NET_NAME_${policy}`])
  const mac = link.permanentMac ?? link.mac
  const ofItsMac = mac !== undefined && properties.ID_NET_NAME_MAC?.endsWith(mac.replaceAll(':', '')) === true
  return ofItsMac || recorded.some((name) => name !== undefined && names.includes(name)) ? properties : undefined
}
