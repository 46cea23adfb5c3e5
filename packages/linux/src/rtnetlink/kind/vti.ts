/** VTI links: options as attributes (`linux/if_tunnel.h`, `IFLA_VTI_*`; `net/ipv4/ip_vti.c`, `net/ipv6/ip6_vti.c`). @module */
import { attributes, u32, u32be, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { LinkKind } from './kind.js'
import { endAddress, endState, endValues, type Loose } from './tunnel.js'

/** Attributes of a vti or vti6. */
export const vtiAttributes = attributes({
  link: u32(1, 'IFLA_VTI_LINK'),
  ikey: u32be(2, 'IFLA_VTI_IKEY'),
  okey: u32be(3, 'IFLA_VTI_OKEY'),
  local: endAddress(4, 'IFLA_VTI_LOCAL'),
  remote: endAddress(5, 'IFLA_VTI_REMOTE'),
  fwmark: u32(6, 'IFLA_VTI_FWMARK'),
})

const vtiKind = (property: string): LinkKind<Loose, Loose> => ({
  property,
  attributes: vtiAttributes,
  replaces: true,
  encode(to, options, context) {
    const { ikey, okey } = options
    writeAttributes(to, vtiAttributes, {
      ...endValues(options, context),
      ikey: ikey ?? undefined,
      okey: okey ?? undefined,
    })
  },
  decode: (from, start, end) => readValues(vtiAttributes, from, start, end, `link.${property}`, endState),
})

/** VTI over IPv4. */
export const vti = vtiKind('vti')
/** VTI over IPv6. */
export const vti6 = vtiKind('vti6')
