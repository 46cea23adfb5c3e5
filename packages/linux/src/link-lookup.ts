/** Looking links up for a request that is carried out by hand. @module */
import type { Link, LinkRef, Request } from '@vnet/core'
import type { EncodeContext } from './rtnetlink/codec.js'

/** Who looks up. */
export interface LinkLookup extends EncodeContext {
  /** Runs `body`, and again each time that a name's index has been found out. */
  withIndexes<T>(request: Request, body: () => T | Promise<T>): Promise<T>
  /** The value of one request, or its error thrown. */
  value(request: Request): Promise<unknown>
}

/** The index of a link that a request names; ENODEV of the request where there is none of that name. */
export const indexOf = (run: LinkLookup, request: Request, link: LinkRef): Promise<number> =>
  run.withIndexes(request, () => run.linkIndex(link))

/** A link as it is; `undefined` where there is none. */
export const linkOf = (run: LinkLookup, link: LinkRef): Promise<Link | undefined> =>
  run.value({ operation: 'link get', spec: { link } }) as Promise<Link | undefined>
