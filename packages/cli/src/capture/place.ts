/** What can be captured: links of this namespace and of those that have a name. @module */
import { type Host, isVnetError, type Link } from '@vnet/core'
import { ANY } from './target.js'

/** A link, or all links of a namespace. */
export interface CapturePlace {
  /** How `vnet capture` calls it: `eth0@blue`. */
  readonly word: string
  /** The namespace's name; `undefined` for the one that the command acts in. */
  readonly namespace: string | undefined
  /** The link; `undefined` for all of them. */
  readonly link: Link | undefined
}

/** The places of this namespace and of those with a name, as far as they may be opened. */
export async function placesOf(host: Host): Promise<readonly CapturePlace[]> {
  const places = [...placesIn(await host.link.list(), undefined)]
  for (const { name } of await host.namespace.list().catch(() => [])) {
    try {
      const namespace = await host.namespace.open(name)
      try {
        places.push(...placesIn(await namespace.link.list(), name))
      } finally {
        await namespace.close()
      }
    } catch (error) {
      // What can be captured is listed; a namespace that is not ours to enter is none of it.
      if (!isVnetError(error)) throw error
    }
  }
  return places
}

function placesIn(links: readonly Link[], namespace: string | undefined): readonly CapturePlace[] {
  return [undefined, ...links].map((link) => ({
    word: `${link?.name ?? ANY}${namespace === undefined ? '' : `@${namespace}`}`,
    namespace,
    link,
  }))
}
