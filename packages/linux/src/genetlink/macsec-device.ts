/** Requests about keys and peers of MACsec links (`drivers/net/macsec.c`). @module */
import type { MacsecDevice, Operation, Request } from '@vnet/core'
import { subjectOf, VnetError } from '@vnet/core'
import { indexOf, linkOf } from '../link-lookup.js'
import { writeAttributes } from '../netlink/attribute.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import * as k from './constants.js'
import type { Family, GenericCarrier } from './conversation.js'
import { macsecMessageAttributes, readMacsec } from './macsec.js'
import { beginGeneric, genlmsghdr } from './message.js'

const family: Family = {
  name: 'macsec',
  paths: {
    headerSize: genlmsghdr.size,
    table: macsecMessageAttributes,
    prefix: 'spec',
    // The specification holds the fields of channel and association side by side.
    paths: { channel: '', association: '' },
  },
  capability: 'link macsec',
}

/** A request about keys or peers. */
export type MacsecRequest = Request & { operation: Extract<Operation, `macsec${string}`> }
type Change = Exclude<MacsecRequest, { operation: 'macsec get' }>

/** Carries a request out. */
export function carryOutMacsec(run: GenericCarrier, request: MacsecRequest): Promise<unknown> {
  return request.operation === 'macsec get' ? readDevice(run, request) : change(run, request)
}

async function readDevice(
  run: GenericCarrier,
  request: MacsecRequest & { operation: 'macsec get' },
): Promise<MacsecDevice | undefined> {
  const { link, statistics } = request.spec
  try {
    const index = await indexOf(run, request, link)
    const all = await run.generic.list(
      request,
      family,
      (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST | NLM_F_DUMP, k.MACSEC_CMD_GET_TXSC)
        to.end()
      },
      (from, start, end) => readMacsec(from, start + genlmsghdr.size, end, statistics === true),
    )
    return all.find((one) => one.link === index)
  } catch (error) {
    if (error instanceof VnetError && error.code === 'ENODEV') return undefined
    throw error
  }
}

/** The kernel's command for each change, of the sending channel and of a receiving one. */
const commands: Readonly<Record<Change['operation'], readonly [sending: number, receiving: number]>> = {
  'macsecSc add': [k.MACSEC_CMD_ADD_RXSC, k.MACSEC_CMD_ADD_RXSC],
  'macsecSc set': [k.MACSEC_CMD_UPD_RXSC, k.MACSEC_CMD_UPD_RXSC],
  'macsecSc delete': [k.MACSEC_CMD_DEL_RXSC, k.MACSEC_CMD_DEL_RXSC],
  'macsecSa add': [k.MACSEC_CMD_ADD_TXSA, k.MACSEC_CMD_ADD_RXSA],
  'macsecSa set': [k.MACSEC_CMD_UPD_TXSA, k.MACSEC_CMD_UPD_RXSA],
  'macsecSa delete': [k.MACSEC_CMD_DEL_TXSA, k.MACSEC_CMD_DEL_RXSA],
}

async function change(run: GenericCarrier, request: Change): Promise<undefined> {
  const { operation, spec } = request
  const index = await indexOf(run, request, spec.link)
  const [sending, receiving] = commands[operation]
  const isChannel = operation.startsWith('macsecSc')
  const wide = 'packetNumber' in spec && (await isWide(run, index))
  if ('packetNumber' in spec && !wide && (spec.packetNumber ?? 0) > 0xffffffff) {
    const hint = 'packet numbers of this cipher have 32 bits: at most 4294967295; those of an XPN cipher have 64'
    const attribute = 'spec.packetNumber'
    throw new VnetError({ code: 'EINVAL', operation, subject: subjectOf(request), attribute, hint, errno: 22 })
  }
  await run.generic.change(request, family, (to, number) => {
    const command = spec.sci === undefined ? sending : receiving
    beginGeneric(to, number, NLM_F_REQUEST, command)
    const active = isChannel && 'active' in spec ? { active: spec.active } : {}
    const { packetNumber, ...rest } = spec as { readonly packetNumber?: number }
    const numbered = packetNumber === undefined ? {} : { packetNumber: { value: packetNumber, wide } }
    writeAttributes(to, macsecMessageAttributes, {
      link: index,
      channel: spec.sci === undefined ? undefined : { sci: spec.sci, ...active },
      association: isChannel ? undefined : { ...rest, ...numbered },
    })
    to.end()
  })
  return undefined
}

/** Whether the packet numbers of a link have 64 bits: that of its cipher decides, and a length that is wrong is refused. */
async function isWide(run: GenericCarrier, link: number): Promise<boolean> {
  return (await linkOf(run, link))?.macsec?.cipher?.includes('xpn') === true
}
