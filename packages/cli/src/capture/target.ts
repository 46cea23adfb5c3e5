/** What is captured: links of namespaces, as words of the command line. @module */
import type { Capture, CaptureOptions, Host, Link, Namespace } from '@vnet/core'
import { OpenNamespaces, placeOf } from '../namespaces.js'
import { linkRef } from '../parameter.js'

/** The word for all links of a namespace. */
export const ANY = 'any'

/** A capture, and where its links are. */
export interface Target {
  /** The capture. */
  readonly capture: Capture
  /** The namespace that the links are in. */
  readonly namespace: Namespace
  /** How that is shown: empty for the one that the command acts in. */
  readonly suffix: string
}

/** Opens what `words` name: `v0`, `eth0@blue`, `any`, `any@blue`; all links of the namespace where there are none. */
export async function openTargets(
  host: Host,
  words: readonly string[],
  options: Omit<CaptureOptions, 'link'>,
): Promise<{ readonly targets: readonly Target[]; close(): Promise<void> }> {
  const targets: Target[] = []
  const namespaces = new OpenNamespaces(host)
  const close = async () => {
    for (const { capture } of targets) await capture.close()
    await namespaces.close()
  }
  try {
    for (const word of words.length === 0 ? [ANY] : words) {
      const { link: name, namespace: place } = placeOf(word)
      const namespace = await namespaces.at(place)
      const capture = await namespace.openCapture(name === ANY ? options : { ...options, link: linkRef(name) })
      targets.push({ capture, namespace, suffix: place === '' ? '' : `@${place}` })
    }
    return { targets, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Links of targets, looked up when a frame of theirs is met first. */
export class Links {
  private readonly targets: readonly Target[]
  private readonly known = new Map<string, Link | undefined>()

  constructor(targets: readonly Target[]) {
    this.targets = targets
  }

  /** The link with an index in the namespace of a target; `undefined` for one that is gone. */
  async link(target: number, index: number): Promise<Link | undefined> {
    const key = `${target} ${index}`
    if (!this.known.has(key)) this.known.set(key, await this.targets[target]?.namespace.link.get(index))
    return this.known.get(key)
  }

  /** How the link is shown: `v0`, `eth0@blue`, `if5` for one that is gone. */
  async name(target: number, index: number): Promise<string> {
    const one = this.targets[target] as Target
    const name = one.capture.index === index ? one.capture.name : (await this.link(target, index))?.name
    return `${name ?? `if${index}`}${one.suffix}`
  }
}
