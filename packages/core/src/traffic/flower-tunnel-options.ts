/** What filters of `flower` match of a tunnel's options (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_ENC_OPTS_*`). @module */
import { choice, type Field, integer } from '../field.js'

/** An option of Geneve (RFC 8926 § 3.5), as `0102:80:00800022/ffff:ff:ffffffff`; what is absent may be anything. */
export interface GeneveMatch {
  /** Class: who defined it, 0–65,535. */
  readonly class?: number
  /** Which bits of it count. */
  readonly classMask?: number
  /** Type, 0–255; bit 0x80 says that the receiver must know it. */
  readonly type?: number
  /** Which bits of it count. */
  readonly typeMask?: number
  /** What is in it, as long as it is in packets: 4–124 octets, a multiple of 4, in hexadecimal. */
  readonly data: string
  /** Which bits of it count, as many octets; none, where only its length does. */
  readonly dataMask?: string
}

/** What VXLAN says of a group (draft-smith-vxlan-group-policy). */
export interface VxlanMatch {
  /** Group in the lower 16 bits; 0x80000: its policy was applied, 0x400000: nothing is learnt of it. */
  readonly gbp: number
  /** Which bits of it count. */
  readonly gbpMask?: number
}

/** What ERSPAN says of a mirrored frame (draft-foschiano-erspan-03), as `1:INDEX:0:0` and `2:0:DIR:HWID`. */
export interface ErspanMatch {
  /** Version of the header: 1 (type II) or 2 (type III). */
  readonly version: number
  /** Version 1: index of the mirrored port, 0–1,048,575. */
  readonly index?: number
  /** Which bits of it count. */
  readonly indexMask?: number
  /** Version 2: which way the mirrored frames went. */
  readonly dir?: 'ingress' | 'egress'
  /** Version 2: identifier of the mirroring engine, 0–63. */
  readonly hwid?: number
  /** Which bits of it count. */
  readonly hwidMask?: number
}

/** What GTP says of a session (3GPP TS 38.415 § 5.5), as `01:3f`. */
export interface GtpMatch {
  /** Type of the unit of data, 0–15: 0 downwards, 1 upwards. */
  readonly pduType?: number
  /** Which bits of it count. */
  readonly pduTypeMask?: number
  /** Identifier of the flow of one quality, 0–63. */
  readonly qfi?: number
  /** Which bits of it count. */
  readonly qfiMask?: number
}

/** What PFCP says of a session (3GPP TS 29.244 § 7.2.2), as `01:SEID`. */
export interface PfcpMatch {
  /** Whom a message is for: 0 the node, 1 a session. */
  readonly type?: number
  /** Which bits of it count. */
  readonly typeMask?: number
  /** Session: 16 hexadecimal digits. */
  readonly seid?: string
  /** Which bits of it count, as many digits. */
  readonly seidMask?: string
}

/**
 * The options of the tunnel that a packet came by, of one kind of tunnel. A kernel that does not know the kind refuses it
 * (`EINVAL`).
 */
export interface FlowerTunnelOptions {
  /** All options of Geneve, in their order; 255 octets at most, four of each its header (`geneve_opts`). Linux 4.19. */
  readonly geneveOptions?: readonly GeneveMatch[]
  /** Group of VXLAN (`vxlan_opts`). Linux 5.5. */
  readonly vxlanOptions?: VxlanMatch
  /** Header of ERSPAN (`erspan_opts`). Linux 5.5. */
  readonly erspanOptions?: ErspanMatch
  /** Session of GTP (`gtp_opts`). Linux 5.18. */
  readonly gtpOptions?: GtpMatch
  /** Session of PFCP (`pfcp_opts`). Linux 6.10. */
  readonly pfcpOptions?: PfcpMatch
}

/** Which kernel knows the options of each kind of tunnel. */
export const tunnelOptionKernels = {
  geneveOptions: 'Linux 4.19',
  vxlanOptions: 'Linux 5.5',
  erspanOptions: 'Linux 5.5',
  gtpOptions: 'Linux 5.18',
  pfcpOptions: 'Linux 6.10',
} as const satisfies Readonly<Record<keyof FlowerTunnelOptions, string>>

/** All bits of the numbers that may have a mask; of `gbp` those that the kernel keeps (`VXLAN_GBP_MASK`). */
export const tunnelOptionBits = {
  geneveOptions: { class: 0xffff, type: 0xff },
  vxlanOptions: { gbp: 0x48ffff },
  erspanOptions: { index: 0xffffffff, hwid: 0x3f },
  gtpOptions: { pduType: 0xff, qfi: 0xff },
  pfcpOptions: { type: 0xff },
} as const satisfies Readonly<Record<keyof FlowerTunnelOptions, Readonly<Record<string, number>>>>

/** A number, and the mask of its bits. */
const numbers = (name: string, most: number, bits: number, about: string): Readonly<Record<string, Field>> => ({
  [name]: integer(0, most, about),
  [`${name}Mask`]: integer(1, bits, `which bits of ${name} count`),
})
/** Octets in hexadecimal, and the mask of their bits. */
const digits = (name: string, octets: number, about: string): Readonly<Record<string, Field>> => ({
  [name]: { type: 'text', octets: 2 * octets, about },
  [`${name}Mask`]: { type: 'text', octets: 2 * octets, about: `which bits of ${name} count` },
})
const needed = (name: string, fields: Readonly<Record<string, Field>>): Readonly<Record<string, Field>> => ({
  ...fields,
  [name]: { ...(fields[name] as Field), required: true },
})

const { geneveOptions, vxlanOptions, erspanOptions, gtpOptions, pfcpOptions } = tunnelOptionBits

/** What each of these fields takes. */
export const flowerTunnelOptionFields: Readonly<Record<keyof FlowerTunnelOptions, Field>> = {
  geneveOptions: {
    type: 'records',
    about: 'options of Geneve',
    fields: needed('data', {
      ...numbers('class', 0xffff, geneveOptions.class, 'who defined it'),
      ...numbers('type', 0xff, geneveOptions.type, 'type'),
      ...digits('data', 124, 'what is in it, in hexadecimal'),
    }),
  },
  vxlanOptions: {
    type: 'record',
    about: 'group of VXLAN',
    fields: needed('gbp', numbers('gbp', vxlanOptions.gbp, vxlanOptions.gbp, 'group, and what is done with it')),
  },
  erspanOptions: {
    type: 'record',
    about: 'header of ERSPAN',
    fields: needed('version', {
      version: integer(1, 2, 'version of the header'),
      ...numbers('index', 0xfffff, erspanOptions.index, 'version 1: index of the mirrored port'),
      dir: choice(['ingress', 'egress'], 'version 2: which way the mirrored frames went'),
      ...numbers('hwid', 0x3f, erspanOptions.hwid, 'version 2: identifier of the mirroring engine'),
    }),
  },
  gtpOptions: {
    type: 'record',
    about: 'session of GTP',
    fields: {
      ...numbers('pduType', 0xf, gtpOptions.pduType, 'type of the unit of data'),
      ...numbers('qfi', 0x3f, gtpOptions.qfi, 'identifier of the flow'),
    },
  },
  pfcpOptions: {
    type: 'record',
    about: 'session of PFCP',
    fields: {
      ...numbers('type', 1, pfcpOptions.type, 'whom a message is for: 0 the node, 1 a session'),
      ...digits('seid', 8, 'session, in hexadecimal'),
    },
  },
}

/** The field that says it; a filter has one at most. */
export function tunnelOptionsOf(match: FlowerTunnelOptions): keyof FlowerTunnelOptions | undefined {
  return (Object.keys(tunnelOptionKernels) as (keyof FlowerTunnelOptions)[]).find((name) => match[name] !== undefined)
}
