/** The small world of random programs: few names and addresses, so that requests meet each other. @module */
import * as fc from 'fast-check'

/** Names of links. */
export const linkNames = ['l0', 'l1', 'l2', 'l3', 'l4'] as const

/** MACs that links are given. */
export const linkMacs = ['02:00:00:00:01:01', '02:00:00:00:01:02', '02:00:00:00:01:03', '02:00:00:00:01:04'] as const

/** MACs of FDB entries and neighbours: no link has them, so that no frame teaches them to a bridge. */
export const farMacs = ['02:00:00:00:00:a1', '02:00:00:00:00:a2', '02:00:00:00:00:a3'] as const

/** All MACs that programs choose; any other was chosen by the backend. */
export const chosenMacs: ReadonlySet<string> = new Set([...linkMacs, ...farMacs])

/** A name for a new link. */
export const newName = fc.constantFrom(...linkNames)

/** A link that is meant: mostly one that may be there, at times `lo`, an alternative name, or none. */
export const link = fc.oneof(
  { weight: 12, arbitrary: newName },
  { weight: 1, arbitrary: fc.constantFrom('lo', 'alt0', 'alt1', 'nope') },
)

/** A MAC for a link. */
export const linkMac = fc.constantFrom(...linkMacs)
/** A MAC that no link has. */
export const farMac = fc.constantFrom(...farMacs)
/** One of the two namespaces. */
export const side = fc.constantFrom('a' as const, 'b' as const)

/** Addresses with prefix, for links. */
export const address4 = fc.constantFrom('10.0.0.1/24', '10.0.0.2/24', '10.0.0.1/16', '10.0.1.1/24', '10.0.2.1/32')
/** The same, IPv6. */
export const address6 = fc.constantFrom('2001:db8::1/64', '2001:db8::2/64', '2001:db8:1::1/64', '2001:db8:2::1/128')
/** Hosts that are gateways and neighbours. */
export const host4 = fc.constantFrom('10.0.0.9', '10.0.1.9', '10.0.0.1', '10.9.9.9')
/** The same, IPv6. */
export const host6 = fc.constantFrom('2001:db8::9', '2001:db8:1::9', 'fe80::9')
/** Ends of tunnels: no neighbours, because a VXLAN that is up sends packets there, and thus looks for them. */
export const tunnelEnd = fc.constantFrom('10.0.0.77', '10.0.1.77')
/** Destinations of routes. */
export const network4 = fc.constantFrom('10.8.0.0/16', '10.8.1.0/24', '10.0.0.0/24', 'default')
/** The same, IPv6. */
export const network6 = fc.constantFrom('2001:db8:8::/48', '2001:db8:8:1::/64', '2001:db8::/64')

/** An object whose properties are all there, or not, each by itself. */
export function some<T extends object>(
  properties: {
    readonly [K in keyof T]: fc.Arbitrary<T[K]>
  },
): fc.Arbitrary<Partial<T>> {
  return fc.record(properties as { [K in keyof T]: fc.Arbitrary<T[K]> }, { requiredKeys: [] }) as fc.Arbitrary<
    Partial<T>
  >
}

/** An object of which exactly one property is there. */
export function one<T extends object>(
  properties: {
    readonly [K in keyof T]: fc.Arbitrary<T[K]>
  },
): fc.Arbitrary<Partial<T>> {
  const single = Object.entries(properties).map(([name, arbitrary]) =>
    (arbitrary as fc.Arbitrary<unknown>).map((value) => ({ [name]: value }) as Partial<T>),
  )
  return fc.oneof(...single)
}

/** Both objects in one. */
export function both<A extends object, B extends object>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>): fc.Arbitrary<A & B> {
  return fc.tuple(a, b).map(([left, right]) => ({ ...left, ...right }))
}
