/** NICs: what the kernel tells of a link on three ways, brought together (rtnetlink, ethtool, sysfs). @module */
import { existsSync } from 'node:fs'
import {
  type Link,
  type NamespaceInfo,
  type Nic,
  type NicBeneath,
  type NicSettings,
  physicalOf,
  type Request,
  subjectOf,
  VnetError,
} from '@vnet/core'
import { linkOf } from '../link-lookup.js'
import type { NicCarrier } from './carrier.js'
import { deviceOf } from './device.js'
import { driverAnswers, isWireless } from './driver-answers.js'
import { driverInfo } from './driver-info.js'
import { namingOf } from './naming.js'
import { readSettings } from './settings.js'
import { isShut, unseenNics } from './unseen.js'

/** The requests about NICs. */
export type NicRequest = Extract<Request, { operation: `nic ${string}` }>

/** How often a NIC is read that is renamed meanwhile. */
const tries = 3

/** Carries out a request about NICs. */
export async function carryOutNic(run: NicCarrier, request: NicRequest): Promise<Nic | Nic[] | undefined> {
  if (request.operation === 'nic get') {
    const link = await linkOf(run, request.spec.link)
    if (link === undefined) return undefined
    const nic = await readNic(run, request, link)
    return request.spec.settings === true ? { ...nic, settings: await settingsFor(run, request, link) } : nic
  }
  const { physical } = request.spec
  const links = (await run.value({ operation: 'link list', spec: {} })) as readonly Link[]
  const nics: Nic[] = []
  for (const link of links) {
    try {
      nics.push(await readNic(run, request, link))
    } catch (error) {
      if (!(error instanceof VnetError && error.code === 'ENODEV')) throw error
    }
  }
  const all = [...nics, ...(await unseenNics(run, nics))]
  return physical === undefined ? all : all.filter((nic) => nic.physical === physical)
}

/** What is configured; a link that goes away meanwhile is gone as ever. */
async function settingsFor(run: NicCarrier, request: NicRequest, link: Link): Promise<NicSettings> {
  try {
    return await readSettings(run, link)
  } catch (error) {
    throw error instanceof VnetError && error.code === 'ENODEV' ? gone(request, link) : error
  }
}

/** All of one NIC. Drivers are asked by name, and names change: it is the one that was meant if it has its name in the end. */
async function readNic(run: NicCarrier, request: NicRequest, first: Link): Promise<Nic> {
  let link = first
  for (let i = 0; ; i++) {
    const nic = await describe(run, request, link)
    const after = await linkOf(run, link.index)
    if (after === undefined) throw gone(request, link)
    if (after.name === link.name || i === tries) return nic
    link = after
  }
}

async function describe(run: NicCarrier, request: NicRequest, link: Link): Promise<Nic> {
  const { index, name, altNames, kind, type, mac, up, txQueues, rxQueues } = link
  const own = run.ownFd === undefined
  const found = deviceOf(link, own)
  const info = driverInfo(run.syscalls, run.ownFd, name)
  const told = await driverAnswers(run, request, index)
  const wireless = existsSync('/sys/class/ieee80211') && (await isWireless(run, request, index))
  const beneath = await beneathOf(run, link)
  const permanentMac = link.permanentMac ?? info.permanentMac
  const carrier = told.carrier ?? link.carrier
  return {
    index,
    name,
    altNames,
    ...(kind === undefined ? {} : { kind }),
    type,
    ...physicalOf({ type, kind, device: found?.device }),
    wireless,
    ...(found === undefined ? {} : { device: found.device }),
    ...(found?.driver === undefined ? {} : { driver: found.driver }),
    ...info,
    ...(mac === undefined ? {} : { mac }),
    ...(permanentMac === undefined ? {} : { permanentMac }),
    up,
    ...told,
    ...(carrier === undefined ? {} : { carrier }),
    ...(txQueues === undefined ? {} : { txQueues }),
    ...(rxQueues === undefined ? {} : { rxQueues }),
    ...(beneath === undefined ? {} : { beneath }),
    naming: namingOf(link, found, own),
  }
}

/** The lower link or the peer; its name and that of its namespace where we may look. */
async function beneathOf(run: NicCarrier, link: Link): Promise<NicBeneath | undefined> {
  const { parent: index, linkNamespaceId: namespaceId } = link
  if (index === undefined || index === 0) return undefined
  if (namespaceId === undefined) {
    const name = (await linkOf(run, index))?.name
    return { index, ...(name === undefined ? {} : { name }) }
  }
  const known = (await run.value({ operation: 'namespace list', spec: {} })) as readonly NamespaceInfo[]
  const namespace = known.find(({ id }) => id === namespaceId)?.name
  if (namespace === undefined) return { index, namespaceId }
  const name = await nameThere(run, namespace, index)
  return { index, ...(name === undefined ? {} : { name }), namespaceId, namespace }
}

/** The name of a link in a namespace; absent where it went away, or may not be entered. */
async function nameThere(run: NicCarrier, namespace: string, index: number): Promise<string | undefined> {
  try {
    const get: Request = { operation: 'link get', spec: { link: index } }
    const [there] = (await run.in(run.namespaceFd({ name: namespace }), [get])) as (Link | undefined)[]
    return there?.name
  } catch (error) {
    if (isShut(error)) return undefined
    throw error
  }
}

const gone = (request: NicRequest, link: Link): VnetError =>
  new VnetError({
    code: 'ENODEV',
    operation: request.operation,
    subject: subjectOf(request) ?? link.name,
    errno: 19,
    hint: 'it went away while it was read: deleted, unplugged, or moved to another namespace',
  })
