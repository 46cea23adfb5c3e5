/** Frames of MACsec links: sealed on the way down, opened and checked on the way up (`macsec_start_xmit`, `macsec_handle_frame`). @module */
import { ethernetHeaderSize } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { countReceived, countSent } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { Frame } from '../stack/frame.js'
import { transmit } from '../stack/transmit.js'
import type { MacsecData } from './macsec.js'
import type { MacsecKeys, MacsecSaData, MacsecScData } from './macsec-keys.js'
import { seal, unseal } from './macsec-seal.js'
import {
  headerSizeOf,
  isMacsec,
  isWhole,
  type MacsecTag,
  macsecHeader,
  macsecTagAt,
  sciOf,
  withoutMacsecTag,
} from './macsec-tag.js'

/** Octets of MACs, which a frame keeps before its tag, and of the usual check value. */
const [macs, usualCheck] = [12, 16]
const isExtended = ({ cipher }: MacsecData): boolean => cipher.includes('xpn')

/** A frame leaves by a MACsec link. Whoever sent it does not hear of a drop. */
export function sendMacsec(kernel: Kernel, device: Device, frame: Frame): boolean {
  const [data, keys, lower] = [device.macsec as MacsecData, device.macsecKeys as MacsecKeys, device.lower as Device]
  if (!data.protect) {
    keys.counters.outPktsUntagged++
    const isSent = transmit(kernel, lower, frame)
    if (isSent) countSent(device, frame.octets.length)
    else device.counters.txDropped++
    return isSent
  }
  const sealed = keys.operational ? sealFrame(data, keys, lower, frame.octets) : 'not-encrypted'
  if (typeof sealed === 'string') kernel.dropped(device, frame.octets, sealed)
  if (typeof sealed === 'string' || !transmit(kernel, lower, new Frame(sealed, frame.priority)))
    device.counters.txDropped++
  else countSent(device, sealed.length)
  return true
}

function sealFrame(data: MacsecData, keys: MacsecKeys, lower: Device, frame: Uint8Array): Uint8Array | DropCause {
  const association = keys.associations.get(data.encodingSa)
  if (association === undefined || !association.active) {
    keys.operational = false
    return 'not-encrypted'
  }
  const { encrypt, icvLength } = data
  const { packetNumber } = association
  const hasSci = data.sendSci || (keys.channels.size > 1 && !data.endStation && !data.scb)
  const tag: MacsecTag = {
    association: data.encodingSa,
    isEncrypted: encrypt,
    isChanged: encrypt || icvLength !== usualCheck,
    endStation: !hasSci && data.endStation,
    scb: !hasSci && data.scb,
    packetNumber: packetNumber >>> 0,
    sci: hasSci ? data.sci : undefined,
  }
  const header = macsecHeader(frame, tag)
  const size = header.length + frame.length - macs + icvLength
  if (!countNumber(data, keys, association)) return 'not-encrypted'
  if (size - ethernetHeaderSize > lower.mtu) {
    keys.counters.outPktsTooLong++
    return 'mtu'
  }
  const body = frame.subarray(macs)
  const sealed = seal({ association, sci: data.sci, packetNumber, isEncrypted: encrypt, header, icvLength }, body)
  const [packets, octets] = encrypt
    ? (['outPktsEncrypted', 'outOctetsEncrypted'] as const)
    : (['outPktsProtected', 'outOctetsProtected'] as const)
  keys.counters[packets]++
  keys.counters[octets] += body.length
  association.sent[packets]++
  const out = new Uint8Array(size)
  out.set(header)
  out.set(sealed, header.length)
  return out
}

/** The number of the next frame; after the last one the key is used up (`tx_sa_update_pn`). */
function countNumber(data: MacsecData, keys: MacsecKeys, association: MacsecSaData): boolean {
  if (association.packetNumber === 0) return false
  association.packetNumber++
  if (isExtended(data) || association.packetNumber < 2 ** 32) return true
  association.packetNumber = 0
  association.active = false
  keys.operational = false
  return true
}

/** A frame came in at the parent: whether a MACsec link takes it. */
export function takeForMacsec(kernel: Kernel, lower: Device, frame: Frame): boolean {
  const { octets } = frame
  const devices = [...lower.uppers].filter((upper) => upper.macsec !== undefined)
  if (!isMacsec(octets)) {
    for (const device of devices) takePlain(kernel, device, frame)
    return false
  }
  const tag = macsecTagAt(octets)
  if (tag === undefined) {
    kernel.dropped(lower, octets, 'malformed')
    return true
  }
  // Encrypted and not changed cannot be: it is for somebody else.
  if (tag.isEncrypted && !tag.isChanged) return false
  const sci = sciOf(octets, tag)
  for (const device of devices) {
    const channel = device.macsecKeys?.channels.get(sci)
    if (!channel?.active) continue
    takeSealed(kernel, device, channel, octets, tag)
    return true
  }
  for (const device of devices) takeUnknown(kernel, device, octets, tag)
  return false
}

/** A frame without a tag, where such are not refused; the parent has it in any case. */
function takePlain(kernel: Kernel, device: Device, frame: Frame): void {
  const { counters } = device.macsecKeys as MacsecKeys
  if (device.macsec?.validate === 'strict') {
    counters.inPktsNoTag++
    device.counters.rxDropped++
  } else if (receive(kernel, device, frame)) counters.inPktsUntagged++
}

/** A frame of a channel that nobody knows, which goes on at the parent as well. */
function takeUnknown(kernel: Kernel, device: Device, octets: Uint8Array, tag: MacsecTag): void {
  const { counters } = device.macsecKeys as MacsecKeys
  if (tag.isChanged || device.macsec?.validate === 'strict') {
    counters.inPktsNoSci++
    device.counters.rxErrors++
    return
  }
  const end = octets.length - usualCheck
  const plain = withoutMacsecTag(octets, octets.subarray(headerSizeOf(tag), end))
  if (receive(kernel, device, new Frame(plain))) counters.inPktsUnknownSci++
}

function receive(kernel: Kernel, device: Device, frame: Frame): boolean {
  if (device.up) return kernel.backlog.add(device, frame)
  device.counters.rxDropped++
  return false
}

function takeSealed(kernel: Kernel, device: Device, channel: MacsecScData, octets: Uint8Array, tag: MacsecTag): void {
  const data = device.macsec as MacsecData
  const { counters } = channel
  const { icvLength, validate } = data
  const isBad = (why: keyof typeof counters) => {
    counters[why]++
    device.counters.rxErrors++
    kernel.dropped(device, octets, 'not-decrypted')
  }
  if (!isWhole(octets, tag, icvLength, isExtended(data))) {
    ;(device.macsecKeys as MacsecKeys).counters.inPktsBadTag++
    device.counters.rxErrors++
    kernel.dropped(device, octets, 'malformed')
    return
  }
  const start = headerSizeOf(tag)
  const association = channel.associations.get(tag.association)
  if (!association?.active) {
    const used = [...channel.associations.values()].find(({ active }) => active)
    const isRefused = tag.isChanged || validate === 'strict'
    const why = isRefused ? 'inPktsNotUsingSa' : 'inPktsUnusedSa'
    if (used !== undefined) used.received[why]++
    if (isRefused) isBad(why)
    else {
      counters[why]++
      pass(kernel, device, octets, octets.subarray(start, octets.length - icvLength))
    }
    return
  }
  const { packetNumber } = tag
  const next = association.packetNumber
  const lower = next % 2 ** 32
  const least = lower >= data.window ? lower - data.window : 1
  const isLate = packetNumber < least && lower >= data.window && (!isExtended(data) || isSameHalf(lower, packetNumber))
  if (data.replayProtect && isLate) {
    counters.inPktsLate++
    device.counters.rxDropped++
    kernel.dropped(device, octets, 'not-decrypted')
    return
  }
  const sealed = octets.subarray(start)
  const opened = tag.isChanged || validate !== 'disabled'
  const whole = wholeNumber(data, next, packetNumber)
  const { data: body, isValid } = opened
    ? unseal(
        {
          association,
          sci: sciOf(octets, tag),
          packetNumber: whole,
          isEncrypted: tag.isEncrypted,
          header: octets.subarray(0, start),
          icvLength,
        },
        sealed,
      )
    : { data: sealed.subarray(0, sealed.length - icvLength), isValid: false }
  if (validate !== 'disabled') counters[tag.isEncrypted ? 'inOctetsDecrypted' : 'inOctetsValidated'] += body.length
  const isDelayed = packetNumber < least
  if (isValid) {
    if (isDelayed) counters.inPktsDelayed++
    else {
      counters.inPktsOk++
      association.received.inPktsOk++
    }
    if (whole + 1 > next) association.packetNumber = whole + 1
  } else if (tag.isChanged || validate === 'strict') {
    association.received.inPktsNotValid++
    isBad('inPktsNotValid')
    return
  } else if (validate === 'check') {
    counters.inPktsInvalid++
    association.received.inPktsInvalid++
  } else counters[isDelayed ? 'inPktsDelayed' : 'inPktsUnchecked']++
  pass(kernel, device, octets, body)
}

const isSameHalf = (a: number, b: number): boolean => a >= 2 ** 31 === b >= 2 ** 31

/** The whole number of a frame that tells the lower half of it. */
function wholeNumber(data: MacsecData, next: number, packetNumber: number): number {
  if (!isExtended(data)) return packetNumber
  const lower = next % 2 ** 32
  const isBeyond = packetNumber < lower && !isSameHalf(packetNumber, lower)
  return next - lower + packetNumber + (isBeyond ? 2 ** 32 : 0)
}

function pass(kernel: Kernel, device: Device, octets: Uint8Array, body: Uint8Array): void {
  const plain = withoutMacsecTag(octets, body)
  if (receive(kernel, device, new Frame(plain))) countReceived(device, plain.length - ethernetHeaderSize)
  else if (!device.up) kernel.dropped(device, plain, 'link-down')
}
