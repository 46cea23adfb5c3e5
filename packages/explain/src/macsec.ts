/** MACsec links: with which key they send, and whether the far end has it (IEEE 802.1AE § 10.7). @module */
import type { Link } from '@vnet/core'
import type { Seal } from './frame.js'
import type { Spot, World } from './world.js'

/** How a link seals what it sends, or why it cannot. */
export async function sealOf(world: World, spot: Spot, link: Link): Promise<Seal | { readonly refused: string }> {
  const device = await world.macsec(spot)
  const number = device?.encodingSa ?? link.macsec?.encodingSa ?? 0
  const association = device?.associations.find((each) => each.association === number)
  if (device?.sci === undefined || association === undefined) return { refused: `has no key ${number} to send with` }
  if (!association.active) return { refused: `its key ${number} is not active` }
  return { sci: device.sci, association: number }
}

/** Why a link does not take what another has sealed. Keys themselves are not told: two with one name may differ. */
export async function sealRefusal(world: World, spot: Spot, { sci, association }: Seal): Promise<string | undefined> {
  const device = await world.macsec(spot)
  if (device === undefined || device.validate !== 'strict') return undefined
  const channel = device.channels.find((each) => each.sci === sci)
  if (channel === undefined) return `knows no sender ${sci}`
  const key = channel.associations.find((each) => each.association === association)
  if (key === undefined) return `has no key ${association} of ${sci}`
  return channel.active && key.active ? undefined : `the key ${association} of ${sci} is not active`
}
