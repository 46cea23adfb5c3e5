// A module with one mistake of each sort; check-uapi.test.ts expects each to be named.

export const uapi = {
  constants: { RTM_NEWLINK: 17, NO_SUCH_CONSTANT: 1, NTF_EXT_LOCKED: 3 },
  attributes: [
    {
      fields: {
        number: { type: 2, name: 'IFLA_BR_FORWARD_DELAY', kind: 'u32' },
        width: { type: 6, name: 'IFLA_BR_PRIORITY', kind: 'u32' },
        order: { type: 8, name: 'IFLA_BR_VLAN_PROTOCOL', kind: 'u16' },
        flag: { type: 9, name: 'IFLA_BRPORT_PROXYARP', kind: 'u8' },
        name: { type: 1, name: 'IFLA_NO_SUCH_ATTRIBUTE', kind: 'u8' },
      },
    },
  ],
  structs: [
    { name: 'struct no_such_struct', size: 4, fields: {} },
    {
      name: 'struct ifinfomsg',
      size: 20,
      fields: {
        type: { name: 'ifi_type', offset: 1, kind: 'u16' },
        flags: { name: 'ifi_flags', offset: 8, kind: 'u16' },
        nothing: { name: 'ifi_nothing', offset: 0, kind: 'u8' },
      },
    },
  ],
}
