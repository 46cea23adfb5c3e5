/** The `info_data` of `ip -j -d` in vnet's words, for kinds that stand on other links or above ports. */

type Json = Readonly<Record<string, unknown>>
type Reader = (data: Json, indexOf: (name: string) => number | undefined) => Json

const ipvlan: Reader = (d) => ({
  mode: d.mode,
  modeFlag: ['bridge', 'private', 'vepa'].find((flag) => d[flag] === true),
})

/** By the kernel's word for the kind: the property, and how its state is read. */
export const kindReaders: Readonly<Record<string, readonly [property: string, read: Reader]>> = {
  ipvlan: ['ipvlan', ipvlan],
  ipvtap: ['ipvlan', ipvlan],
  vrf: ['vrf', (d) => ({ table: d.table })],
}

/** The same of `info_slave_data`, by the kind of the master. */
export const portReaders: Readonly<Record<string, readonly [property: string, read: (data: Json) => Json]>> = {
  vrf: ['vrfPort', (d) => ({ table: d.table })],
}
