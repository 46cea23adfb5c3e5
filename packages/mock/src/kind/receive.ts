/** Links on a parent want of it what is wanted of them: all frames, all groups (`ndo_change_rx_flags`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { setAllMulti, setPromiscuity } from '../object/state.js'
import { refuse } from '../refusal.js'

/** Frames that wait for a program (`TUN_READQ_SIZE`). */
export const tapQueueLength = 500

/** Passes a change on to the parent of a link that is up. */
export function passUp(kernel: Kernel, device: Device, what: 'promiscuity' | 'allMulti', on: boolean): void {
  if (!device.up || device.lower === undefined) return
  if (what === 'allMulti') setAllMulti(kernel, device.lower, on ? 1 : -1)
  else if (device.macvlan?.mode !== 'passthru') setPromiscuity(kernel, device.lower, on ? 1 : -1)
}

/** Passes all on when the link goes up, and takes it back when it goes down. */
export function passAll(kernel: Kernel, device: Device, on: boolean): void {
  const { lower } = device
  if (lower === undefined || device.macvlan?.mode === 'passthru') return
  if (device.allMulti > 0) setAllMulti(kernel, lower, on ? 1 : -1)
  if (device.promiscuity > 0) setPromiscuity(kernel, lower, on ? 1 : -1)
}

/** Refuses a link whose frames somebody takes already (`netdev_is_rx_handler_busy`): a master, macvlans, ipvlans, a program. */
export function refuseTaken(device: Device, attribute: string): void {
  const { uppers } = device
  const [taker] = (
    [
      ['a bond', device.bondPort !== undefined],
      ['a team', device.teamPort !== undefined],
      ['a bridge', device.port !== undefined],
      ['the macvlans on it', [...uppers].some((upper) => upper.macvlan !== undefined)],
      ['the MACsec links on it', [...uppers].some((upper) => upper.macsec !== undefined)],
      ['the ipvlans on it', device.ipvlanPort !== undefined],
      ['the HSR link on it', [...uppers].some((upper) => upper.hsr !== undefined)],
      ['its tap', device.kind?.hasTap === true],
    ] as const
  ).find(([, takes]) => takes) ?? [undefined]
  if (taker === undefined) return
  refuse('EBUSY', undefined, { attribute, hint: `the frames of ${device.name} go to ${taker} already` })
}

/** Refuses a link whose frames nobody may take, or somebody takes already (`netdev_rx_handler_register`). */
export function refuseReceiver(device: Device, attribute: string): void {
  refuseTaken(device, attribute)
  if (device.kind?.keepsFrames) {
    refuse('EINVAL', undefined, { attribute, hint: `nothing takes the frames of a link of kind ${device.kind.name}` })
  }
}
