// A module that the check finds nothing wrong with: the shape of packages/linux/dist/uapi.js.

export const uapi = {
  constants: { RTM_NEWLINK: 16, NLM_F_REQUEST: 1, IFF_UP: 1, TUNSETIFF: 0x400454ca, NTF_EXT_LOCKED: 2 },
  attributes: [
    {
      header: 'linux/if_link.h',
      fields: {
        forwardDelay: { type: 1, name: 'IFLA_BR_FORWARD_DELAY', kind: 'u32' },
        vlanProtocol: { type: 8, name: 'IFLA_BR_VLAN_PROTOCOL', kind: 'u16be' },
        localBypass: { type: 31, name: 'IFLA_VXLAN_LOCALBYPASS', kind: 'u8' },
      },
    },
    { header: 'linux/veth.h', fields: { peer: { type: 1, name: 'VETH_INFO_PEER', kind: 'struct' } } },
  ],
  structs: [
    {
      name: 'struct ifinfomsg',
      size: 16,
      fields: {
        family: { name: 'ifi_family', offset: 0, kind: 'u8' },
        index: { name: 'ifi_index', offset: 4, kind: 's32' },
      },
    },
  ],
}
