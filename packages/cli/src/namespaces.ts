/** Namespaces that the words of a command line name: `eth0@blue`. @module */
import type { Host, Namespace } from '@vnet/core'

/** A link's name and its namespace, as written; the namespace is empty for the one that the command acts in. */
export interface Place {
  readonly link: string
  readonly namespace: string
}

/** Takes `eth0@blue` apart. */
export function placeOf(word: string): Place {
  const at = word.lastIndexOf('@')
  return at < 1 ? { link: word, namespace: '' } : { link: word.slice(0, at), namespace: word.slice(at + 1) }
}

/** Namespaces by name or path, each opened once, and closed together. */
export class OpenNamespaces {
  private readonly host: Host
  private readonly opened = new Map<string, Namespace>()

  constructor(host: Host) {
    this.host = host
  }

  /** The namespace of a place. */
  async at(namespace: string): Promise<Namespace> {
    if (namespace === '') return this.host
    const known = this.opened.get(namespace)
    if (known !== undefined) return known
    const opened = await this.host.namespace.open(namespace)
    this.opened.set(namespace, opened)
    return opened
  }

  /** Lets go of all of them, not of the host. */
  async close(): Promise<void> {
    for (const namespace of this.opened.values()) await namespace.close()
    this.opened.clear()
  }
}
