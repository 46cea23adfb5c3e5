/** What the demo tells while it runs; the reports are made of it. @module */
import type { NamespaceNode } from '../tree.js'

/** Where the network is built. */
export type DemoPlace = 'own' | 'rootless' | 'here'

/** One thing that happened. */
export type DemoEvent =
  | { readonly event: 'start'; readonly driver: string; readonly place: DemoPlace }
  /** Something was made. */
  | { readonly event: 'made'; readonly what: string }
  /** A packet came back. */
  | {
      readonly event: 'ping'
      readonly from: string
      readonly to: string
      readonly address: string
      readonly sequence: number
      readonly time: number
    }
  /** Something cannot be done on this backend. */
  | { readonly event: 'skipped'; readonly what: string; readonly reason: string }
  | { readonly event: 'tree'; readonly tree: readonly NamespaceNode[] }
  /** The MACs that the bridge has learned, by port. */
  | {
      readonly event: 'learned'
      readonly bridge: string
      readonly entries: readonly { readonly port: string; readonly mac: string }[]
    }
  /** The demo is being stopped. */
  | { readonly event: 'interrupted'; readonly signal: string }
  | { readonly event: 'removed'; readonly what: string }
  /** Something could not be removed. */
  | { readonly event: 'left'; readonly what: string; readonly reason: string }
  | { readonly event: 'end'; readonly left: number }

/** Takes what is told. */
export type Tell = (event: DemoEvent) => void
